"""Grouped convolutions with a channel shuffle between them: which channel reaches which, and what it costs."""

from course_lib.widgets import arguments, host, room
from course_lib.widgets import shuffle_rules as rules

# Of the room on a page, in the column and on a phone: what always stands, and what stands below the channels.
TEXT_PX, SIDE_PX = (425, 855), (295, 317)
NAMES = {
    "nothing": "nothing",
    "shuffle": "a channel shuffle",
    "pointwise": "a 1×1 convolution",
    "squeeze_excitation": "squeeze-and-excitation",
}
COLUMNS = {"conv": "conv {}", "shuffle": "shuffle", "pointwise": "1×1", "squeeze_excitation": "SE"}


def shuffle(channels=12, groups=3, *, layers=2, between="shuffle", kernel_size=3, size=28, channel=None):
    """Widget for 1 to 3 layers `torch.nn.Conv2d(channels, channels, kernel_size, groups=groups)` in a row.

    between: "shuffle" for `torch.nn.ChannelShuffle(groups)`, "nothing", "pointwise" (a dense 1×1 convolution) or
    "squeeze_excitation". size: side of the square map, for the cost. channel: the chosen (stage, channel), stage 0
    being the input; None shows the first output. ValueError, with the nearest legal value, for what torch refuses.
    Source: Zhang and others, ShuffleNet, 2018, https://arxiv.org/abs/1707.01083.
    """
    return host.create(Shuffle, **locals())


class Shuffle(host.Widget):
    """The state behind `shuffle`; `channel` is [stage, channel] or None."""

    name = "shuffle"
    fields = ("channels", "groups", "layers", "between", "kernel_size", "size", "channel")

    @staticmethod
    def check(state, changed=None):
        """The state with plain whole numbers; ValueError if torch or the widget refuses it."""
        net = state | {name: arguments.as_whole(state[name]) for name in rules.LIMITS}
        problem = rules.problem(net, changed or "groups")
        if problem:
            raise ValueError(problem)
        between = "nothing" if net["between"] is None else net["between"]
        net["between"] = arguments.choice(between, "between", rules.BETWEEN)
        try:
            net["channel"] = _channel(net)
        except ValueError:
            if changed in (None, "channel"):
                raise
            net["channel"] = None  # the net has become smaller than the choice
        return net

    def sentence(self):
        """The layers, what stands between them, how many inputs reach an output, and the cost."""
        net = self.state()
        last = len(rules.operations(net))
        counts = sorted({int(count) for count in (rules.reach(net, 0, last) > 0).sum(1)})
        parameters, macs = rules.total(net)
        kernel = f"{self.kernel_size}×{self.kernel_size}"
        layers = f"{('One', 'Two', 'Three')[self.layers - 1]} grouped {kernel} convolution{'s' * (self.layers > 1)}"
        between = f", with {NAMES[self.between]} between" if self.layers > 1 else ""
        found = rules.components(net)
        return (
            f"{layers} of {self.channels} channels in {self.groups} group{'s' * (self.groups > 1)}{between}: "
            f"{' or '.join(map(str, counts))} of {self.channels} inputs reach an output; {found} "
            f"connected component{'s' * (found > 1)}; {parameters:,} parameters and {macs:,} MACs on a map of "
            f"{self.size} × {self.size}."
        )

    def draw(self):
        """The columns of channels with their links, those of the chosen channel in colour, and the cost in words."""
        from matplotlib.collections import LineCollection
        from matplotlib.figure import Figure

        from course_lib.widgets.figure import INK

        net = self.state()
        operations = rules.operations(net)
        stage, channel = self.check(net, "size")["channel"] or (len(operations), 0)
        tree = rules.tree(net, stage, channel)
        row, width = 0.26, 1.2 + 1.15 * len(operations)
        width, height = max(width, 6.8), 1.75 + row * self.channels
        figure = Figure(figsize=(width, height), facecolor=INK["page"])
        axes = figure.add_axes((0.04, 1.05 / height, 0.92, row * self.channels / height))
        axes.set(xlim=(-0.25, len(operations) + 0.25), ylim=(self.channels - 0.5, -0.5))
        axes.axis("off")
        plain, marked = [], {rules.GATE: [], rules.VALUE: []}
        for index, operation in enumerate(operations):
            links = rules.links(net, operation)
            for to, of in zip(*links.nonzero(), strict=True):
                line = ((index, of), (index + 1, to))
                ahead = index >= stage
                near, far = (of, to) if ahead else (to, of)
                one, other = (index, index + 1) if ahead else (index + 1, index)
                strength = min(tree[one][near], tree[other][far], links[to, of])
                (marked[strength] if strength else plain).append(line)
        axes.add_collection(LineCollection(plain, colors=INK["line"], linewidths=0.5, alpha=0.55))
        axes.add_collection(
            LineCollection(marked[1], colors=INK["mark"], linewidths=0.8, linestyles=(0, (3, 2)))
        )
        axes.add_collection(LineCollection(marked[2], colors=INK["mark"], linewidths=1.5))
        numbers = 0
        for column in range(len(operations) + 1):
            after = operations[column - 1] if column else None
            numbers += after == "conv"
            title = COLUMNS[after].format(numbers) if after else "input"
            axes.text(
                column, -0.9, title, color=INK["text"], size=10, weight="bold", ha="center", va="bottom"
            )
            texts = rules.order(self.channels, self.groups) if after == "shuffle" else range(self.channels)
            for place, text in enumerate(texts):
                current = [column, place] == [stage, channel]
                link = tree[column][place]
                axes.scatter(
                    column,
                    place,
                    s=190,
                    color=INK["mark"] if current else INK["page"],
                    edgecolors=INK["mark"] if link else INK["line"],
                    linewidths=1.8 if link else 0.8,
                    linestyles=(0, (2, 1)) if link == rules.GATE else "solid",
                    zorder=3,
                )
                color = INK["page"] if current else INK["text"]
                axes.text(
                    column, place, str(text), size=8, color=color, ha="center", va="center_baseline", zorder=4
                )
        for index, line in enumerate(self._notes(tree, stage, channel)):
            figure.text(0.04, (0.72 - 0.26 * index) / height, line, size=9, color=INK["text"], va="center")
        return figure

    def heights_px(self):
        """About how tall the widget stands in the book's column and on a phone."""
        return room.both(self._height)

    def _height(self, phone):
        side = SIDE_PX[phone] + (self.between == "squeeze_excitation") * (95 if phone else 73)
        return TEXT_PX[phone] + 37 + 28 * self.channels + side

    def _notes(self, tree, stage, channel):
        net = self.state()
        parameters, macs = rules.total(net)
        before, after = (int((tree[end] > 0).sum()) for end in (0, -1))
        found = rules.components(net)
        return [
            f"The filled channel: {before} of {self.channels} inputs reach it, it reaches {after} of {self.channels} "
            f"outputs. {found} connected component{'s' * (found > 1)}.",
            f"{parameters:,} parameters; {macs:,} MACs on a map of {self.size} × {self.size}.",
            f"{rules.order(self.channels, self.groups)}" if self.between == "shuffle" else "",
        ]


def _channel(net):
    if net["channel"] is None:
        return None
    stages, last = len(rules.operations(net)), net["channels"] - 1
    try:
        stage, channel = (arguments.as_whole(each) for each in net["channel"])
    except (TypeError, ValueError):
        stage = channel = None
    legal = arguments.is_whole(stage) and arguments.is_whole(channel)
    if not legal or not (0 <= stage <= stages and 0 <= channel <= last):
        nearest = _nearest_channel(stage, channel, stages, last) if legal else ""
        raise ValueError(
            rules.WORDS["channel"].format(stages=stages, last=last, got=net["channel"]) + nearest
        )
    return [stage, channel]


def _nearest_channel(stage, channel, stages, last):
    nearest = (min(max(stage, 0), stages), min(max(channel, 0), last))
    return arguments.nearest_text("channel", nearest)
