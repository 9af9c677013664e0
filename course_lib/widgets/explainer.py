"""A small trained network of the reader's own that runs on the page, with every number in sight."""

import base64
import math

from course_lib.widgets import explainer_fields, explainer_forward, host, room

MOST_MAPS = 6  # of a layer in the figure
# Of the room on a page, in the column and on a phone: what is neither picture, layers nor detail; the picture without
# those to choose from; and of the detail what is no grid.
TEXT_PX, PICTURE_PX, DETAIL_PX = (180, 193), (430, 451), (547, 697)
TITLES = ("Its window, 3 × 3", "", "Products")
WORDS = {
    "sentence": "A network of {layers} layers with {weights:,} weights; it takes {input} and gives a score for each of "
    "{classes} classes. For the picture shown it says {said} with probability {share}.",
    "more": "+ {count} more",
    "input": "input",
}


def explainer(network, images=None, labels=None, classes=None, *, input=None, target=None, at=None):
    """Widget that runs `network` on the page and explains each of its numbers.

    network: what `explainer_export.export` returns, as a dict or as JSON text. images: N×C×H×W (or N×H×W for one
    channel), whole numbers 0 to 255 or fractions 0 to 1, at most 40, to choose from; labels: the right class of each,
    as an index; classes: the names. input: the picture shown, by default the first image. target: the class that
    occlusion and saliency ask about, by default the one predicted. at: [layer, channel, row, column] of the number
    told first.
    ValueError for a network or a picture that does not fit, with the reason. The idea is that of CNN Explainer (Wang et
    al. 2020).
    """
    return host.create(Explainer, **locals())


class Explainer(host.Widget):
    """The state behind `explainer`: pictures as base64 of their bytes, C × H × W, 0 to 255."""

    name = "explainer"
    fields = ("network", "images", "labels", "classes", "input", "target", "at")

    @staticmethod
    def check(state, changed=None):
        """The state in its one form; ValueError with the reason if a part does not fit the network."""
        network = explainer_fields.network(state["network"])
        shapes = network["shapes"]
        images = explainer_fields.images(state["images"], network["input"])
        count = shapes[-1][0]
        blank = base64.b64encode(bytes(math.prod(network["input"]))).decode()
        shown = state["input"]
        return {
            "network": network,
            "images": images,
            "labels": explainer_fields.labels(state["labels"], len(images), count),
            "classes": explainer_fields.classes(state["classes"], count),
            "input": (images or [blank])[0]
            if shown is None
            else explainer_fields.picture(shown, network["input"], "input"),
            "target": explainer_fields.target(state["target"], count),
            "at": explainer_fields.place(state["at"], shapes),
        }

    @property
    def pixels(self):
        """The picture shown, C × H × W, from 0 to 1."""
        import numpy as np

        flat = np.frombuffer(base64.b64decode(self.input), np.uint8)
        return flat.reshape(self.network["input"]) / 255

    @property
    def scores(self):
        """The score of each class for the picture shown."""
        return explainer_forward.forward(self.network, self.pixels)[-1]

    @property
    def probabilities(self):
        """The softmax of the scores."""
        return explainer_forward.softmax(self.scores)

    def sentence(self):
        """What the network is, and what it says of the picture shown."""
        shares = self.probabilities
        layers = self.network["layers"]
        weighted = [layer for layer in layers if layer["kind"] in ("conv2d", "linear")]
        return WORDS["sentence"].format(
            layers=len(layers),
            weights=sum(math.prod(layer["weight"]["shape"]) for layer in weighted),
            input=" × ".join(map(str, self.network["input"])),
            classes=len(self.classes),
            said=self.classes[shares.argmax()],
            share=f"{shares.max():.3f}",
        )

    def draw(self):
        """The picture, some maps of each layer that keeps maps, and the probabilities as bars."""
        from matplotlib.figure import Figure

        from course_lib.widgets.figure import INK

        outputs = explainer_forward.forward(self.network, self.pixels)
        layers = [{"path": WORDS["input"]}, *self.network["layers"]]
        shown = [(layer, x) for layer, x in zip(layers, outputs, strict=True) if x.ndim == 3]
        figure = Figure(figsize=(max(1.05 * len(shown), 2) + 3, 5.6), facecolor=INK["page"])
        columns = figure.subplots(1, 2, width_ratios=[max(1.05 * len(shown), 2), 2.2])
        figure.subplots_adjust(left=0.02, right=0.97, top=0.9, bottom=0.04, wspace=0.12)
        _draw_maps(columns[0], shown, INK)
        shares = self.probabilities
        bars = columns[1].barh(range(len(shares)), shares, color=INK["positive"], edgecolor=INK["line"])
        columns[1].bar_label(bars, [f"{share:.3f}" for share in shares], padding=3, fontsize=9)
        columns[1].set_yticks(range(len(shares)), self.classes, fontsize=9)
        columns[1].set(xlim=(0, 1.25), ylim=(len(shares) - 0.4, -0.6), xticks=[])
        columns[1].spines[:].set_visible(False)
        columns[1].set_title("softmax", fontsize=9)
        return figure

    def heights_px(self):
        """About how tall the widget stands in the book's column and on a phone."""
        return room.both(self._height)

    def _height(self, phone):
        options = 40 * -(-len(self.images) // 7)
        scores = 75 + (24 if phone else 25) * min(len(self.classes), 20)
        picture = PICTURE_PX[phone] + options
        height = TEXT_PX[phone] + (picture + 8 + scores if phone else max(picture, scores))
        cards = [self._card(shape, phone) for shape in self.network["shapes"]]
        return height + room.flow(cards, phone, 8, 8) + self._detail_height(phone)

    def _card(self, shape, phone):
        """(width, height) of the card of a layer: its maps, four in a line, or its vector."""
        if len(shape) == 1:
            return 140, 122
        return (
            (148, 90 + 32 * -(-min(shape[0], 16) // 4))
            if phone
            else (180, 90 + 40 * -(-min(shape[0], 16) // 4))
        )

    def _detail_height(self, phone):
        """Where the number told first comes from: the maps, and the window with what it is multiplied by."""
        index, _, row, column = self.at
        layer = self.network["layers"][index]
        shape = layer["weight"]["shape"] if layer["kind"] == "conv2d" else (1, 1, 3, 3)
        texts = 6, 8, 9
        if index == 0 and layer["kind"] == "conv2d":
            window = self._window(layer, row, column)
            texts = (room.characters(window.tolist()), 8, 7 if window.any() else 1)
        grids = [
            room.grid(shape[2:], phone, "middle", text, title)
            for text, title in zip(texts, TITLES, strict=True)
        ]
        height = (
            DETAIL_PX[phone] + (shape[1] > 1) * (93 if phone else 72) + (index > 0) * (66 if phone else 22)
        )
        return height + room.flow(room.between(grids, phone), phone)

    def _window(self, layer, row, column):
        """The pixels that a number of the first layer is computed from, of all channels."""
        spans = []
        for axis, place in enumerate((row, column)):
            start = place * layer["stride"][axis] - layer["padding"][axis][0]
            spans.append(slice(max(start, 0), start + layer["weight"]["shape"][2 + axis]))
        return self.pixels[:, *spans]


def _draw_maps(axes, shown, ink):
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    two_colours = LinearSegmentedColormap.from_list("", [ink["negative"], ink["page"], ink["positive"]])
    axes.axis("off")
    axes.set(xlim=(0, len(shown)), ylim=(MOST_MAPS + 0.3, 0), aspect="equal", anchor="N")
    for column, (layer, maps) in enumerate(shown):
        axes.text(column + 0.5, -0.1, layer["path"].split(".", 1)[-1], size=7, ha="center", color=ink["text"])
        largest = max(np.abs(maps).max(), 1e-12)
        for row, values in enumerate(maps[:MOST_MAPS]):
            extent = (column + 0.06, column + 0.94, row + 0.94, row + 0.06)
            if column == 0:
                axes.imshow(values, cmap="gray", extent=extent)  # the picture itself, channel under channel
            else:
                axes.imshow(values, cmap=two_colours, vmin=-largest, vmax=largest, extent=extent)
        if len(maps) > MOST_MAPS:
            more = WORDS["more"].format(count=len(maps) - MOST_MAPS)
            axes.text(column + 0.5, MOST_MAPS + 0.2, more, size=7, ha="center", color=ink["muted"])
    axes.set(xlim=(0, len(shown)), ylim=(MOST_MAPS + 0.3, 0))
