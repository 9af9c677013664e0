"""Networks as trees of blocks: what each part holds, computes and keeps, for any width, resolution and batch."""

import reprlib

from course_lib.widgets import (
    architecture_network,
    architecture_rules,
    architecture_shapes,
    architecture_tree,
    arguments,
    host,
    room,
)
from course_lib.widgets import architecture_settings as settings

WORDS = {
    "sentence": "{name}: {layers} layers, {parameters} parameters, {macs} MACs and {memory} of activations{setting}",
    "setting": " (width × {width:g}, input {size}, batch {batch})",
    "stopped": "{name} stops after {layers} layers: {error}",
    "about": "about {number}",
    "no_size": "the input's own size",
    "networks": "networks must be a list of one or two profiles; got {got}.",
}  # fmt: skip
LINE_PX = {
    "row": 53,
    "half": 89,
    "stacked": 91,
}  # of a tree in the column, of one of two there, and on a phone
TEXT_PX = ((630, 994), (652, 1177))  # all but the trees, of one network and of two; in the column, on a phone
LARGE_PX = (101, 61)  # numbers of eight digits take two lines in the table of the column
NOTE_PX = (40, 81)  # what the numbers at another width, size or batch rest on


def architecture(
    network, other=None, *, names=None, input_shapes=None, share="macs", order="run", width=1, resolution=None,
    batch=1, opened=None,
):  # fmt: skip
    """Widget for one network or two side by side, e.g. `architecture(measure.profile(model, (3, 224, 224)))`.

    network, other: what `course_lib.measure.profile` returns, its JSON text or the dict in it; `{"layers": rows,
    "error": sentence}` draws a network up to the layer that failed, and why. names: a name for each. input_shapes:
    C×H×W for each, where an older profile does not tell it. share: the column whose share of the whole is drawn,
    "parameters", "macs" or "activation_bytes"; order: "run" or "largest" first. width multiplies all channels but those
    of image and scores, an estimate unless all stay multiples of 8; resolution: height of the image, for each network;
    batch: images. opened: for each network the paths of its open blocks.
    ValueError for what is no profile, and for a resolution at which the network cannot run, with the nearest legal one.
    Sizes at other resolutions follow the arithmetic of Dumoulin and Visin, *A guide to convolution arithmetic*, 2016.
    """  # fmt: skip
    given = [one for one in (network, other) if one is not None]
    extra = {
        "name": settings.one_each(names, given, "names"),
        "input_shape": settings.input_shapes(input_shapes, given),
    }
    networks = [
        architecture_network.network(one, index + 1)
        | {key: values[index] for key, values in extra.items() if values[index] is not None}
        for index, one in enumerate(given)
    ]
    return host.create(
        Architecture, networks=networks, share=share, order=order, width=width, resolution=resolution,
        batch=batch, opened=opened,
    )  # fmt: skip


class Architecture(host.Widget):
    """The state behind `architecture`: networks as `architecture_network.network` gives them, and the settings."""

    name = "architecture"
    fields = ("networks", "share", "order", "width", "resolution", "batch", "opened")

    @staticmethod
    def check(state, changed=None):
        """The state in its one form; ValueError with the reason and the nearest legal value."""
        given = state["networks"]
        if not isinstance(given, list | tuple) or len(given) not in (1, 2):
            raise ValueError(WORDS["networks"].format(got=reprlib.repr(given)))
        networks = [architecture_network.network(one, index + 1) for index, one in enumerate(given)]
        limits = architecture_rules.LIMITS
        return {
            "networks": networks,
            "share": arguments.choice(state["share"], "share", settings.SHARES),
            "order": arguments.choice(state["order"], "order", settings.ORDERS),
            "width": arguments.number(state["width"], "width", *limits["width"]),
            "resolution": settings.resolution(state["resolution"], networks),
            "batch": arguments.whole(state["batch"], "batch", *limits["batch"]),
            "opened": settings.opened(state["opened"], networks),
        }

    def measured(self):
        """For each network its layers and what `architecture_rules.scale` makes of them: (layers, rows, totals)."""
        found = []
        for network, height in zip(self.networks, self.resolution, strict=True):
            layers = architecture_rules.rows(network)
            rows, totals, _ = architecture_rules.scale(
                network, layers, width=self.width, height=height, batch=self.batch
            )
            found.append((layers, rows, totals))
        return found

    def totals(self):
        """For each network the numbers of the whole at the present width, resolution and batch, as a dict."""
        return [{name: value for name, (value, _) in totals.items()} for _, _, totals in self.measured()]

    def sentence(self):
        """Name, layers and totals of each network."""
        said = []
        for network, height, (layers, _, totals) in zip(
            self.networks, self.resolution, self.measured(), strict=True
        ):
            if network["error"]:
                said.append(
                    WORDS["stopped"].format(name=network["name"], layers=len(layers), error=network["error"])
                )
                continue
            texts = {name: _text(name, *totals[name]) for name in settings.SHARES}
            said.append(
                WORDS["sentence"].format(
                    name=network["name"],
                    layers=len(layers),
                    parameters=texts["parameters"],
                    macs=texts["macs"],
                    memory=texts["activation_bytes"],
                    setting=self._setting(network, layers, height),
                )
            )
        text = "; ".join(one.rstrip(".") for one in said) + "."
        return text[0].upper() + text[1:]

    def _setting(self, network, layers, height):
        if (self.width, height, self.batch) == (1, None, 1):
            return ""
        base, _ = architecture_shapes.input_size(network, layers)
        size = base and " × ".join(map(str, architecture_shapes.size_for(base, height or base[0])))
        return WORDS["setting"].format(width=self.width, size=size or WORDS["no_size"], batch=self.batch)

    def draw(self):
        """The lines in sight of each network, their numbers, and their shares as bars."""
        from course_lib.widgets import architecture_figure

        return architecture_figure.draw(self)

    def heights_px(self):
        """About how tall the widget stands in the book's column and on a phone."""
        return room.both(self._height)

    def _height(self, phone):
        measured = self.measured()
        lines = [
            len(
                architecture_tree.lines(
                    architecture_tree.tree(layers), layers, rows, set(keys), "run", self.share
                )
            )
            for (layers, rows, _), keys in zip(measured, self.opened, strict=True)
        ]
        two = len(lines) > 1
        scaled = any((self.width != 1, self.batch != 1, *self.resolution))
        height = TEXT_PX[two][phone] + NOTE_PX[phone] * scaled
        if phone:
            return height + sum(24 + LINE_PX["stacked"] * count for count in lines)
        large = min(totals["parameters"][0] or 0 for _, _, totals in measured) > 1e6
        return height + LARGE_PX[two] * large + 8 + LINE_PX["half" if two else "row"] * max(lines)


def _text(name, value, sure):
    from course_lib.widgets.architecture_figure import number_text

    number = number_text(name, value)
    return number if sure else WORDS["about"].format(number=number)
