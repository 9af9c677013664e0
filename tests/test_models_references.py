"""Every network gives what independent implementations of the same graph give, weight for weight.

`python tests/proof.py` prints the table of all comparisons.
"""

import pytest
from claims import FAMILIES, TOLERANCE, collect, difference, empty, randomise

from course_lib import models

REFERENCES = collect("REFERENCES")

# All comparisons take six minutes, which `tests/proof.py` has. Here each network meets its first reference,
# and the first network of each file all of its references.
FIRST_OF_FAMILY = {next(iter(collect("STAGES", [family]))) for family in FAMILIES}
CASES = [
    pytest.param(name, reference, id=f"{name}-{reference.name}")
    for name, references in REFERENCES.items()
    for reference in (references if name in FIRST_OF_FAMILY else references[:1])
]


@pytest.mark.parametrize("name, reference", CASES)
def test_outputs_and_gradients_equal_those_of_an_independent_implementation(name, reference):
    ours = randomise(empty(lambda: models.create(name, **reference.options)))
    assert difference(ours, reference, empty(reference.build)) <= TOLERANCE


def test_every_network_has_a_reference():
    assert {name for name, references in REFERENCES.items() if references} == set(models.names())
