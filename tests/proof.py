"""Print what every network is held to: python tests/proof.py [FAMILY OR PART OF A NAME …]

One line for each network and reference, with the largest relative difference of outputs, input gradients and running
statistics, in evaluation and in training mode, in float64; then one line for each seeded fault, with the claims that
notice it. Ends with an error if a network differs or a fault goes unnoticed.
"""

import sys

import torch
from claims import (
    FAMILIES,
    TOLERANCE,
    broken_claims,
    collect,
    difference,
    empty,
    macs_by_torch,
    parameters,
    randomise,
    stage_shapes,
)

from course_lib import models


def main(words):
    stages, references, faults = (collect(table) for table in ("STAGES", "REFERENCES", "FAULTS"))
    of_families = {name for word in words if word in FAMILIES for name in collect("STAGES", [word])}
    parts = [word for word in words if word not in FAMILIES]
    chosen = [name for name in models.names()
              if not words or name in of_families or any(part in name for part in parts)]  # fmt: skip
    if not chosen:
        sys.exit(
            f"no family and no network has {' or '.join(words)} in its name: families are {', '.join(FAMILIES)}"
        )
    wrong, compared = [], 0
    print(f"{'network':28}{'parameters':>13}{'MACs':>17}  stages  reference and difference")
    for name in chosen:
        info = models.info(name)
        with torch.device("meta"):
            model = models.create(name)
        counts = f"{parameters(model):13,}{macs_by_torch(model, info.input_shape):17,}"
        if counts != f"{info.parameters:13,}{info.macs:17,}":
            wrong.append(f"{name}: parameters or MACs are not those of the registry")
        if stage_shapes(model, info.input_shape) != stages[name]:
            wrong.append(f"{name}: the stages are not those of the paper")
        line = f"{name:28}{counts}  {len(stages[name]):>6}  "
        for reference in references[name]:
            ours = randomise(empty(lambda name=name, r=reference: models.create(name, **r.options)))
            largest = difference(ours, reference, empty(reference.build))
            if not largest <= TOLERANCE:
                wrong.append(f"{name}: differs from {reference.name} by {largest:.1e}")
            print(f"{line}{reference.name}  {largest:.1e}", flush=True)
            line, compared = " " * len(line), compared + 1
    print(f"{len(chosen)} networks, {compared} comparisons")
    faults = {what: fault for what, fault in faults.items() if fault[0] in chosen}
    for what, fault in faults.items():
        broken = broken_claims(*fault)
        noticed = [
            f"{claim} (does not run)" if isinstance(found, Exception) else claim
            for claim, found in broken.items()
        ]
        print(f"{fault[0]:28}{what}: {', '.join(noticed) or 'NOT NOTICED'}", flush=True)
        if all(isinstance(found, Exception) for found in broken.values()):
            wrong.append(f"{fault[0]}: nobody notices {what}")
    print(f"{len(faults)} faults")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main(sys.argv[1:])
