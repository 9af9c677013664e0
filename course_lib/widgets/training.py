"""A training run step by step: curves, norms of each layer, first filters, wrong examples; live in a kernel."""

import base64
import math

from course_lib.widgets import arguments, host, room, training_arguments

# The room on a page, in the column and on a phone: of a run without a step, of one with steps, and what parts add.
EMPTY_PX, RUN_PX = (180, 198), (553, 1020)
PARTS_PX = {"test": (15, 40), "filters": (115, 181), "watch": (135, 245), "live": (54, 107)}
WORDS = {
    "sentence": "A training run of {steps:,} steps{epochs}; the training loss falls from {first} to {last}{test}.",
    "epochs": " in {count} epochs",
    "test": ", and {share:.1%} of the test images are right at the end",
    "begun": "A training run that has not made a step yet.",
    "loss": "loss",
    "accuracy": "accuracy",
    "norms": "gradient norm of each layer",
    "filters": "filters of layer {layer}, step {step}",
    "batches": "batches",
    "train": "train, epoch",
    "tested": "test, epoch",
    "step": "step",
}


def training(record, frame=None, *, live=False, paused=False, lr_factor=1.0):
    """Widget that replays a training run, or shows one that is going on.

    record: what `training_record.Recorder.record` returns, as a dict or as JSON text, at most 200 KB. frame: which of
    its frames is shown, None for the last. live: whether the page may pause the run and change its learning rate; it
    then sets paused and lr_factor, by which the loop's own learning rate is multiplied. ValueError for a record that is
    not whole.
    """
    return host.create(Training, record=record, frame=frame, live=live, paused=paused, lr_factor=lr_factor)


class Training(host.Widget):
    """The state behind `training`."""

    name = "training"
    fields = ("record", "frame", "live", "paused", "lr_factor")

    @staticmethod
    def check(state, changed=None):
        """The state in its one form; ValueError with the reason."""
        record, frame = training_arguments.record(state["record"]), state["frame"]
        last = len(record["frames"]) - 1
        if changed == "record" and isinstance(frame, int) and frame > last:
            frame = last if last >= 0 else None  # a long run keeps every second frame
        return {
            "record": record,
            "frame": training_arguments.frame(frame, last + 1),
            "live": arguments.flag(state["live"], "live"),
            "paused": arguments.flag(state["paused"], "paused"),
            "lr_factor": arguments.number(state["lr_factor"], "lr_factor", *training_arguments.RATES),
        }

    def sentence(self):
        """Length of the run, and what became of its loss."""
        record = self.record
        losses = [loss for loss in record["curve"]["loss"] if loss is not None]
        if not losses:
            return WORDS["begun"]
        epochs = record["epochs"]
        tested = [epoch["test_accuracy"] for epoch in epochs if epoch["test_accuracy"] is not None]
        return WORDS["sentence"].format(
            steps=record["steps"],
            epochs=WORDS["epochs"].format(count=len(epochs)) if epochs else "",
            first=f"{losses[0]:.3g}",
            last=f"{losses[-1]:.3g}",
            test=WORDS["test"].format(share=tested[-1]) if tested else "",
        )

    def draw(self):
        """Loss, accuracy, gradient norms, and the first filters at the frame shown."""
        from matplotlib.figure import Figure

        from course_lib.widgets.figure import INK

        record = self.record
        figure = Figure(figsize=(9.6, 5.4), facecolor=INK["page"], layout="constrained")
        axes = figure.subplots(2, 2)
        for one, name in ((axes[0, 0], "loss"), (axes[0, 1], "accuracy")):
            _draw_curve(one, record, name, INK)
        steps = [frame["step"] for frame in record["frames"]]
        for index, layer in enumerate(record["layers"]):
            norms = [frame["gradient"][index] for frame in record["frames"]]
            line = [math.nan if norm is None or norm <= 0 else norm for norm in norms]
            axes[1, 0].plot(
                steps, line, label=layer, linewidth=1.2, linestyle=("-", "--", ":", "-.")[index % 4]
            )
        axes[1, 0].set(yscale="log", title=WORDS["norms"], xlabel=WORDS["step"])
        if 0 < len(record["layers"]) <= 8:
            axes[1, 0].legend(fontsize=7)
        _draw_filters(axes[1, 1], record, len(steps) - 1 if self.frame is None else self.frame)
        return figure

    def heights_px(self):
        """About how tall the widget stands in the book's column and on a phone."""
        return room.both(self._height)

    def _height(self, phone):
        record = self.record
        if not record["frames"]:
            return EMPTY_PX[phone]
        parts = {
            "test": any(epoch["test_accuracy"] is not None for epoch in record["epochs"]),
            "filters": record["filters"],
            "watch": record["watch"],
            "live": self.live,
        }
        layers = (38 if phone else 29) * len(record["layers"])
        return RUN_PX[phone] + layers + sum(PARTS_PX[name][phone] for name, part in parts.items() if part)


def _draw_curve(axes, record, name, ink):
    def line(values):
        return [math.nan if value is None else value for value in values]

    axes.plot(record["curve"]["step"], line(record["curve"][name]), color=ink["positive"], linewidth=0.9,
              label=WORDS["batches"])  # fmt: skip
    steps = [epoch["step"] for epoch in record["epochs"]]
    for key, word, style in ((f"train_{name}", "train", "o-"), (f"test_{name}", "tested", "s--")):
        values = line(epoch[key] for epoch in record["epochs"])
        if not all(map(math.isnan, values)):
            color = ink["text"] if word == "train" else ink["mark"]
            axes.plot(steps, values, style, color=color, markersize=3.5, linewidth=1, label=WORDS[word])
    axes.set(title=WORDS[name], xlabel=WORDS["step"])
    axes.legend(fontsize=7)


def _draw_filters(axes, record, frame):
    import numpy as np
    from matplotlib.colors import LinearSegmentedColormap

    from course_lib.widgets.figure import INK

    axes.axis("off")
    if record["filters"] is None:
        return
    filters = record["filters"]
    index = max((place for place, at in enumerate(filters["frames"]) if at <= frame), default=0)
    raw = np.frombuffer(base64.b64decode(filters["int8"][index]), np.int8).reshape(filters["shape"])
    pictures = raw.transpose(0, 2, 3, 1) / 127
    two_colours = LinearSegmentedColormap.from_list("", [INK["negative"], INK["page"], INK["positive"]])
    columns = math.ceil(math.sqrt(2 * len(pictures)))
    for place, picture in enumerate(pictures):
        row, column = divmod(place, columns)
        one = picture[..., 0] if picture.shape[-1] == 1 else (picture + 1) / 2
        extent = (column + 0.05, column + 0.95, row + 0.95, row + 0.05)
        axes.imshow(one, cmap=two_colours, vmin=-1, vmax=1, extent=extent)
    axes.set(xlim=(0, columns), ylim=(math.ceil(len(pictures) / columns), 0))
    step = record["frames"][filters["frames"][index]]["step"]
    axes.set_title(WORDS["filters"].format(layer=filters["layer"], step=step))
