"""Print what every network is held to: python tests/proof.py [PART OF A NAME …]

One line for each network and reference, with the largest relative difference of outputs and input gradients, in
evaluation and in training mode, in float64; then one line for each seeded fault, with the claims that notice it.
"""

import sys

from claims import broken_claims, collect, difference, empty, randomise, stage_shapes, wrong_counts

from course_lib import models


def main(parts):
    stages, references, unreferenced = (collect(table) for table in ("STAGES", "REFERENCES", "UNREFERENCED"))
    faults = collect("FAULTS")
    chosen = [name for name in models.names() if not parts or any(part in name for part in parts)]
    print(f"{'network':28}{'parameters':>13}{'MACs':>17}  stages  reference and difference")
    compared = 0
    for name in chosen:
        info = models.info(name)
        model = randomise(empty(lambda name=name: models.create(name)))
        counts = "wrong" if wrong_counts(model, info) else ""
        sizes = len(stages[name]) if stage_shapes(model, info.input_shape) == stages[name] else "wrong"
        line = f"{name:28}{info.parameters:13,}{info.macs:17,}{counts}  {sizes:>6}  "
        for reference in references.get(name, []):
            if reference.options:
                model = randomise(empty(lambda name=name, r=reference: models.create(name, **r.options)))
            largest = difference(model, reference, empty(reference.build))
            print(f"{line}{reference.name}  {largest:.1e}", flush=True)
            line, compared = " " * len(line), compared + 1
        if name in unreferenced:
            print(f"{line}none: {unreferenced[name]}")
    print(f"{len(chosen)} networks, {compared} comparisons")
    for what, (name, spoil) in faults.items():
        if name in chosen:
            model = randomise(empty(lambda name=name: models.create(name)))
            spoil(model)
            print(f"{name:28}{what}: {', '.join(broken_claims(name, model)) or 'NOT NOTICED'}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
