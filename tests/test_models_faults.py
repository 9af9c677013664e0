"""The claims can fail: a fault put into a network breaks at least one, by a number and not by an error alone."""

import pytest
from claims import FAMILIES, broken_claims, collect

FAULTS = collect("FAULTS")


@pytest.mark.parametrize("what", FAULTS)
def test_a_fault_is_noticed(what):
    broken = broken_claims(*FAULTS[what])
    assert any(not isinstance(found, Exception) for found in broken.values()), (
        f"nobody notices {what}: {broken}"
    )


def test_every_family_has_two_faults():
    for family in FAMILIES:
        assert len(collect("FAULTS", [family])) >= 2, family


@pytest.mark.parametrize("family", FAMILIES)
def test_an_unspoiled_network_breaks_no_claim(family):
    name, _ = next(iter(collect("FAULTS", [family]).values()))
    assert not broken_claims(name)
