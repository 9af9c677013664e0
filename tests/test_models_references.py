"""Every network gives what independent implementations of the same graph give, weight for weight.

`python tests/proof.py` prints the table of all comparisons.
"""

import pytest
from claims import TOLERANCE, collect, difference, empty, randomise

from course_lib import models

REFERENCES, UNREFERENCED = collect("REFERENCES"), collect("UNREFERENCED")


@pytest.mark.parametrize(
    "name, reference",
    [
        pytest.param(name, reference, id=f"{name}-{reference.name}")
        for name in models.names()
        for reference in REFERENCES.get(name, [])
    ],
)
def test_outputs_and_gradients_equal_those_of_an_independent_implementation(name, reference):
    ours = randomise(empty(lambda: models.create(name, **reference.options)))
    assert difference(ours, reference, empty(reference.build)) <= TOLERANCE


def test_every_network_has_a_reference_or_a_reason():
    for name in models.names():
        assert bool(REFERENCES.get(name)) != bool(UNREFERENCED.get(name)), name
    assert set(REFERENCES) | set(UNREFERENCED) == set(models.names())
