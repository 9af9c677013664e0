"""The claims can fail: a fault put into a network breaks at least one of them."""

import pytest
from claims import FAMILIES, broken_claims, collect, empty, randomise

from course_lib import models

FAULTS = collect("FAULTS")


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_noticed(what):
    name, spoil = FAULTS[what]
    model = randomise(empty(lambda: models.create(name)))
    spoil(model)
    assert broken_claims(name, model), f"nobody notices: {what}"


def test_every_family_has_two_faults():
    for family in FAMILIES:
        faults = collect("FAULTS", [family])
        assert len(faults) >= 2, family


@pytest.mark.parametrize("family", FAMILIES)
def test_an_unspoiled_network_breaks_no_claim(family):
    name, _ = next(iter(collect("FAULTS", [family]).values()))
    assert not broken_claims(name, randomise(empty(lambda: models.create(name))))
