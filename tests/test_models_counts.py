"""Parameters and MACs of every network, and of its references, are exactly those of the registry."""

import pytest
import torch
from claims import collect, macs_by_torch, parameters

from course_lib import measure, models

REFERENCES = collect("REFERENCES")


@pytest.mark.parametrize("name", models.names())
def test_parameters_and_macs_are_the_published_ones(name):
    info = models.info(name)
    with torch.device("meta"):
        model = models.create(name)
    assert parameters(model) == info.parameters
    assert measure.profile(model, info.input_shape).macs == info.macs
    assert macs_by_torch(model, info.input_shape) == info.macs


# Implementations that do more work for the same outputs
MORE = {
    "lenet5_1998": "its C3 is dense, with zeros where table I has no cross, and its codes are parameters",
    "nasnet_a_mobile": "pytorchcv computes a row and a column of some maps that it then cuts off",
    "nasnet_a_large": "the same",
}
FIRST = {
    name: next((r for r in references if not r.options), None) for name, references in REFERENCES.items()
}


@pytest.mark.parametrize(
    "name", [name for name, reference in FIRST.items() if reference and name not in MORE]
)
def test_an_independent_implementation_has_as_many(name):
    info = models.info(name)
    with torch.device("meta"):
        theirs = FIRST[name].build()
    assert parameters(theirs) == info.parameters
    assert macs_by_torch(theirs, info.input_shape) == info.macs


def test_every_row_of_the_registry_names_its_paper_and_its_source():
    with open("references.bib", encoding="utf-8") as file:
        entries = dict(
            entry.split("{", 1)[1].split(",", 1) for entry in file.read().split("\n@") if "{" in entry
        )
    for name in models.names():
        info = models.info(name)
        assert f"{{{info.year}}}" in entries[info.paper] and info.source, name
        assert None in (info.top1_error, info.top5_error) or info.top5_error < info.top1_error, name
