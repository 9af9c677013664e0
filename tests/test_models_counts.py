"""Parameters and MACs of every network are exactly those of the registry, by our counter and by torch's."""

import pytest
import torch
from claims import wrong_counts
from torch.utils.flop_counter import FlopCounterMode

from course_lib import models


@pytest.mark.parametrize("name", models.names())
def test_parameters_and_macs_are_the_published_ones(name):
    info = models.info(name)
    with torch.device("meta"):
        model = models.create(name)
    assert not wrong_counts(model, info)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(torch.empty(1, *info.input_shape, device="meta"))
    assert counter.get_total_flops() == 2 * info.macs


def test_every_row_of_the_registry_names_its_paper_and_its_source():
    with open("references.bib", encoding="utf-8") as file:
        bibliography = file.read()
    for name in models.names():
        info = models.info(name)
        assert f"{{{info.paper}," in bibliography and str(info.year) in info.paper and info.source, name
        assert None in (info.top1_error, info.top5_error) or info.top5_error < info.top1_error, name
