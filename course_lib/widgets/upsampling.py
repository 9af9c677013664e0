"""Ways to make a map larger: interpolation, transposed convolution, pixel shuffle, max-unpooling."""

import reprlib

from course_lib.widgets import arguments, host, room
from course_lib.widgets import upsampling_rules as rules

# The numbers that a size without values is filled with; js/core/upsampling.mjs has the same rules.
START = {
    "input": lambda row, column: 1 + (2 * row**2 + 3 * column + row * column) % 7,
    "kernel": lambda row, column: 1 + (row + 2 * column) % 3,
    "switches": lambda row, column: (3 * row + 2 * column) % 4,
}
MOST_SWITCHES = rules.LIMITS["height"][1]
NAMES = {
    "nearest": "Nearest neighbour",
    "bilinear": "Bilinear interpolation",
    "bicubic": "Bicubic interpolation",
    "transposed": "Transposed convolution",
    "pixel_shuffle": "Pixel shuffle",
    "max_unpool": "Max-unpooling",
    "resize_conv": "Resize, then convolve",
}
# Of the room on a page, in the column and on a phone: what is neither fields nor grids, and a sum of sixteen terms.
TEXT_PX, BICUBIC_PX = (350, 511), (35, 110)
FIELDS = {"transposed": 8, "resize_conv": 6}  # and 5 of the others
WORDS = {
    "rows": "{name} must be a 2-D array of finite numbers or a size such as {example}; got {got}.",
    "square": "kernel must be square; got {rows} × {columns}. The nearest legal kernel is {nearest} × {nearest}.",
    "switches": "switches must be rows of whole numbers from 0 to 15, places in a window, at most 6 × 6; got {got}.",
}


def upsampling(
    method="transposed",
    input=(4, 4),
    kernel=None,
    *,
    scale=2,
    padding=0,
    output_padding=0,
    align_corners=False,
    switches=None,
):
    """Widget for seven ways to make a map larger, side by side.

    method: "nearest", "bilinear", "bicubic" (torch's `interpolate`), "transposed" (`conv_transpose2d`), "pixel_shuffle"
    (a 1×1 convolution to scale² channels, then `pixel_shuffle`), "max_unpool" (`max_unpool2d`) or "resize_conv"
    (nearest, then a "same" convolution). input: (H, W) values, 1 to 6 a side, or a size; kernel: a square of
    weights, 1 to 7 a side, or a size. scale: the scale factor, which is also the stride. switches: where in its
    window max-unpooling puts each value, counted row by row, modulo scale². ValueError, with the nearest legal
    value, for what torch refuses.
    Sources: Odena and others, Deconvolution and checkerboard artifacts, 2016,
    https://distill.pub/2016/deconv-checkerboard; Shi and others, 2016, https://arxiv.org/abs/1609.05158.
    """
    if kernel is None:
        kernel = scale if method == "pixel_shuffle" else 3
    if switches is None:
        switches = [[]]
    return host.create(Upsampling, **locals())


class Upsampling(host.Widget):
    """The state behind `upsampling`: input, kernel and switches as rows of numbers."""

    name = "upsampling"
    fields = (
        "method",
        "input",
        "kernel",
        "scale",
        "padding",
        "output_padding",
        "align_corners",
        "switches",
    )

    @staticmethod
    def check(state, changed=None):
        """The state with values for sizes; ValueError if torch or the widget refuses it."""
        found = state | {
            "method": arguments.choice(state["method"], "method", rules.METHODS),
            "align_corners": arguments.flag(state["align_corners"], "align_corners"),
        }
        size = {}
        for name, example in (("input", "(4, 4)"), ("kernel", "3")):
            text = WORDS["rows"].format(name=name, example=example, got=arguments.shown(state[name]))
            found[name], size[name] = arguments.values_or_size(state[name], 2, ValueError(text))
        if size["kernel"][0] != size["kernel"][1]:
            rows, columns = size["kernel"]
            raise ValueError(
                WORDS["square"].format(rows=rows, columns=columns, nearest=min(rows, columns, 7))
            )
        found |= {name: arguments.as_whole(state[name]) for name in ("scale", "padding", "output_padding")}
        sizes = found | {"height": size["input"][0], "width": size["input"][1], "kernel": size["kernel"][0]}
        problem = rules.problem(sizes, "height" if changed == "input" else changed or "padding")
        if problem:
            raise ValueError(problem)
        for name in ("input", "kernel"):
            found[name] = arguments.filled(START[name], size[name], found[name])
        return found | {"switches": _switches(state["switches"])}

    @property
    def output(self):
        """Output of the present state, as rows of numbers."""
        return rules.forward(self.state()).tolist()

    def sentence(self):
        """The method, the sizes, and how evenly a transposed convolution covers its output."""
        height, width = len(self.input), len(self.input[0])
        size = " × ".join(map(str, (len(self.output), len(self.output[0]))))
        used = rules.USES[self.method]
        kernel = f" with a {len(self.kernel)} × {len(self.kernel)} kernel" if "kernel" in used else ""
        text = f"{NAMES[self.method]}{kernel} by {self.scale}: a {height} × {width} input becomes {size}."
        return " ".join([text, *self._evenness()])

    def draw(self):
        """Input, kernel and output, one output and what it reads outlined, and the counts of the overlap."""
        import numpy as np

        from course_lib.widgets import figure

        x, output = np.array(self.input), np.array(self.output)
        current = np.zeros(output.shape, bool)
        current[output.shape[0] // 2, output.shape[1] // 2] = True
        grids = [{"title": f"Input {x.shape[0]} × {x.shape[1]}", "values": x, "linked": self._read(current)}]
        if "kernel" in rules.USES[self.method]:
            grids.append({"title": f"Kernel {len(self.kernel)} × {len(self.kernel)}", "values": self.kernel})
        if self.method == "max_unpool":
            places = np.array(self.switches)[: x.shape[0], : x.shape[1]] % self.scale**2
            grids.append({"title": "Switches", "values": places})
        shape = f"{output.shape[0]} × {output.shape[1]}"
        grids.append({"title": f"Output {shape}", "values": output, "current": current})
        if self.method == "transposed":
            grids.append({"title": f"Overlap {shape}", "values": rules.counts(self.state())})
        signs = ["∗"] * (len(grids) > 2 and "kernel" in rules.USES[self.method])
        signs += [""] * (self.method == "max_unpool") + ["="]
        signs += [""] * (self.method == "transposed")
        evenness = self._evenness()
        sentence = self.sentence().removesuffix(" ".join(evenness)).rstrip()
        return figure.panels(grids, signs, [sentence, *evenness])

    def heights_px(self):
        """About how tall the widget stands in the book's column and on a phone."""
        return room.both(self._height)

    def _height(self, phone):
        method, output = self.method, self.output
        shown = [self.input, *[self.kernel] * ("kernel" in rules.USES[method])]
        shown += [self.input] * (method == "max_unpool") + [output]  # of as many switches as inputs
        cells = room.density([len(rows[0]) for rows in shown])
        text = max(5, room.characters(output)) if method in ("bilinear", "bicubic") else None
        grids = [
            room.grid((len(rows), len(rows[0])), phone, cells, text or room.characters(rows), "Kernel 3 × 3")
            for rows in shown
        ]
        about = 0 if method in ("nearest", "bilinear") else room.LINE_PX  # a line longer
        height = TEXT_PX[phone] + about + room.fields(FIELDS.get(method, 5), phone)
        return height + (BICUBIC_PX[phone] if method == "bicubic" else 0) + room.flow(grids, phone)

    def _evenness(self):
        """One line on the overlap of a transposed convolution, none for the other methods."""
        if self.method != "transposed":
            return []
        remainder, least, most = rules.evenness(len(self.kernel), self.scale)
        even = "evenly" if least == most else f"unevenly, {least} to {most} products a cell"
        return [f"{len(self.kernel)} mod {self.scale} = {remainder}: it covers the inside {even}."]

    def _read(self, current):
        """Mask of the input cells with a weight in the `current` output cell."""
        import numpy as np

        mask = np.zeros(np.shape(self.input), bool)
        state = self.state() | {"kernel": np.ones_like(self.kernel)}
        for cell in np.ndindex(*mask.shape):
            one = np.zeros(mask.shape)
            one[cell] = 1
            mask[cell] = abs(rules.forward(state | {"input": one})[current][0]) > 1e-12
        return mask


def _switches(value):
    """Six rows of six places, with the starting ones beyond those given."""
    import numpy as np

    array = arguments.numbers(value)
    legal = array is not None and array.ndim == 2 and max(array.shape) <= MOST_SWITCHES
    if not legal or (array.size and (array.dtype.kind not in "iu" or array.min() < 0 or array.max() > 15)):
        raise ValueError(WORDS["switches"].format(got=reprlib.repr(value)))
    places = np.array(arguments.filled(START["switches"], (MOST_SWITCHES, MOST_SWITCHES)), int)
    places[: array.shape[0], : array.shape[1]] = array
    return places.tolist()
