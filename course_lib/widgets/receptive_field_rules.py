"""What part of the input each unit of a chain of sliding windows sees, and which chains torch refuses.

The arithmetic is that of Araujo, Norris and Sim, *Computing Receptive Fields of Convolutional Neural Networks*,
Distill 2019. A chain is {"input": [H, W], "layers": [{name, kernel, stride, padding, dilation}, ...]}, each part a
[height, width] pair; `js/core/receptive_field.mjs` has the same rules for the page; tests hold both to torch.
"""

from typing import NamedTuple

from course_lib.widgets.arguments import is_number, is_whole, nearest_whole
from course_lib.widgets.sliding import extent

AXES = ("height", "width")
LINES = ("rows", "columns")
PARTS = ("kernel", "stride", "padding", "dilation")
PLAIN = {"stride": 1, "padding": 0, "dilation": 1}  # of a layer that does not say otherwise
LIMITS = {"input": (1, 512), "kernel": (1, 64), "stride": (1, 64), "padding": (0, 64), "dilation": (1, 64)}
MAX_LAYERS = 64
MAX_SPAN = (
    4096  # positions along an axis, padding included, that all units of a map see together: more is not drawn
)
NONE_MENDS = "No single number helps: take layers out."


def _resnet(blocks, convs):
    """The trunk of a ResNet: `convs` are kernel and stride within a block; the first stride 2 waits for conv3."""
    rows = ["conv1 7 2 3", "pool1 3 2 1"]
    for stage, count in enumerate(blocks, 2):
        for block in range(1, count + 1):
            for letter, (kernel, halves) in zip("abc", convs):
                stride = 2 if halves and stage > 2 and block == 1 else 1
                rows.append(f"conv{stage}_{block}{letter} {kernel} {stride} {kernel // 2}")
    return ", ".join(rows)


# Input side, and the layers as "name kernel stride padding dilation", whose ends may be left out where they are plain.
PRESETS = {
    "lenet5": (28, "c1 5 1 2, s2 2 2, c3 5, s4 2 2, c5 5"),
    "alexnet": (
        224,
        "conv1 11 4 2, pool1 3 2, conv2 5 1 2, pool2 3 2, conv3 3 1 1, conv4 3 1 1, conv5 3 1 1, pool5 3 2",
    ),
    "vgg16": (
        224,
        ", ".join(
            f"conv{block}_{number} 3 1 1" if number <= count else f"pool{block} 2 2"
            for block, count in enumerate((2, 2, 3, 3, 3), 1)
            for number in range(1, count + 2)
        ),
    ),
    "resnet18": (224, _resnet((2, 2, 2, 2), [(3, True), (3, False)])),
    "resnet50": (224, _resnet((3, 4, 6, 3), [(1, True), (3, False), (1, False)])),
    "dilated": (64, "d1 3 1 1 1, d2 3 1 2 2, d4 3 1 4 4, d8 3 1 8 8"),
    "gridding": (32, "g1 3 1 2 2, g2 3 1 2 2, g3 3 1 2 2"),
}


def preset(name):
    """The chain called `name`; KeyError if there is none."""
    side, text = PRESETS[name]
    layers = []
    for row in text.split(", "):
        label, *sizes = row.split()
        parts = dict(zip(PARTS, map(int, sizes)))
        layers.append({"name": label} | {part: [(PLAIN | parts)[part]] * 2 for part in PARTS})
    return {"input": [side, side], "layers": layers}


class Level(NamedTuple):
    """Along one axis: units of a map; unit 0 sees input pixels `low` to `high`, the next unit `step` further on."""

    size: int
    low: int
    high: int
    step: int

    @property
    def span(self):
        """Positions from the first that a unit sees to the last."""
        return self.high + (self.size - 1) * self.step - self.low + 1

    def window(self, unit):
        """First and last input position that `unit` sees; those below 0 are padding."""
        return self.low + unit * self.step, self.high + unit * self.step


def levels(chain, axis):
    """The input and the map after each layer, as `Level`."""
    found = [Level(chain["input"][axis], 0, 0, 1)]
    for layer in chain["layers"]:
        at, padding = found[-1], layer["padding"][axis]
        padded = at.size + 2 * padding
        found.append(
            Level(
                (padded - extent(layer, axis)) // layer["stride"][axis] + 1,
                at.low - padding * at.step,
                at.high + (extent(layer, axis) - 1 - padding) * at.step,
                at.step * layer["stride"][axis],
            )
        )
    return found


def paths(chain, axis, layer, unit):
    """In how many ways `unit` of the map after `layer` is reached from each input pixel: a list of numbers.

    This is the gradient of the unit when every weight is 1; zero padding between the layers ends a path.
    """
    sizes = [level.size for level in levels(chain, axis)]
    counts = [0] * sizes[layer + 1]
    counts[unit] = 1
    for index in range(layer, -1, -1):
        each, below = chain["layers"][index], [0] * sizes[index]
        kernel, stride, padding, dilation = (each[part][axis] for part in PARTS)
        for place, count in enumerate(counts):
            for tap in range(kernel) if count else ():
                at = place * stride - padding + tap * dilation
                if 0 <= at < len(below):
                    below[at] += count
        counts = below
    return counts


def problem(chain, changed=None):
    """Why torch or the widget refuses `chain`, as one sentence with the nearest legal value; None where legal.

    `changed` is the (layer, part) last set, (None, "input") for the input: it is laid to that where it can be mended.
    """
    square = all(chain_value[0] == chain_value[1] for _, _, chain_value in _values(chain))
    for axis in (0, 1):
        for layer, part, value in _values(chain):
            if not _in_range(part, value[axis]):
                low, high = LIMITS[part]
                why = f"is {value[axis]}; it must be a whole number from {low} to {high}."
                return _sentence(chain, why, axis, [(layer, part)], square)
    for axis in (0, 1):
        failing = misfit(chain, axis)
        if failing is not None:
            layer = chain["layers"][failing]
            padded = levels(chain, axis)[failing].size + 2 * layer["padding"][axis]
            why = (
                f"Layer {layer['name']} has nothing to slide over: its window covers {extent(layer, axis)} "
                f"{LINES[axis]}, its padded map has {padded}."
            )
            targets = [changed, (failing, "kernel"), (None, "input")]
            return _sentence(chain, why, axis, [target for target in targets if target], square)
    for axis in (0, 1):
        wide = too_wide(chain, axis)
        if wide is not None:
            span = levels(chain, axis)[wide + 1].span
            name = chain["layers"][wide]["name"]
            why = f"Layer {name} spans {span:,} {LINES[axis]}, padding included; at most {MAX_SPAN:,} are drawn."
            others = [(layer, part) for layer in range(wide, -1, -1) for part in ("kernel", "stride")]
            return _sentence(chain, why, axis, [*([changed] if changed else []), *others], square)
    return None


def too_wide(chain, axis):
    """Index of the first layer whose units together span more positions than are drawn, or None."""
    found = levels(chain, axis)[1:]
    return next((index for index, level in enumerate(found) if level.span > MAX_SPAN), None)


def misfit(chain, axis):
    """Index of the first layer whose window is larger than its padded map, or None."""
    size = chain["input"][axis]
    for index, layer in enumerate(chain["layers"]):
        room = size + 2 * layer["padding"][axis] - extent(layer, axis)
        if room < 0:
            return index
        size = room // layer["stride"][axis] + 1
    return None


def _values(chain):
    yield None, "input", chain["input"]
    for index, layer in enumerate(chain["layers"]):
        for part in PARTS:
            yield index, part, layer[part]


def _sentence(chain, why, axis, targets, square):
    axes = (0, 1) if square else (axis,)
    mends = [(layer, part, nearest_legal(chain, layer, part, axes)) for layer, part in targets]
    layer, part, nearest = next((mend for mend in mends if mend[2] is not None), mends[0])
    label = "input size" if layer is None else f"{part} of {chain['layers'][layer]['name']}"
    label += "" if square else f" along the {AXES[axis]}"
    text = why if why.startswith("Layer") else f"{label} {why}"
    return f"{text} {NONE_MENDS if nearest is None else f'The nearest legal {label} is {nearest}.'}"


def nearest_legal(chain, layer, part, axes):
    """The value of one part closest to the present one that makes `chain` legal along `axes`, or None."""
    low, high = LIMITS[part]
    value = (chain["input"] if layer is None else chain["layers"][layer][part])[axes[0]]
    if not is_number(value):
        return None
    start = nearest_whole(value, low, high)
    for candidate in sorted(range(low, high + 1), key=lambda candidate: (abs(candidate - start), candidate)):
        if _is_legal(with_value(chain, layer, part, axes, candidate), axes):
            return candidate
    was_in_range = all(_in_range(part, value) for axis in axes)
    return None if was_in_range else start


def with_value(chain, layer, part, axes, value):
    """`chain` with one part of one layer, or the input (layer None), set along `axes`."""

    def put(pair):
        return [value if axis in axes else pair[axis] for axis in (0, 1)]

    if layer is None:
        return {**chain, "input": put(chain["input"])}
    layers = [
        {**each, part: put(each[part])} if i == layer else each for i, each in enumerate(chain["layers"])
    ]
    return {**chain, "layers": layers}


def _is_legal(chain, axes):
    ranges = all(_in_range(part, value[axis]) for _, part, value in _values(chain) for axis in axes)
    return ranges and all(misfit(chain, axis) is None and too_wide(chain, axis) is None for axis in axes)


def _in_range(part, value):
    return is_whole(value, *LIMITS[part])
