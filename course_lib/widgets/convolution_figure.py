"""What the convolution widget says and shows where no script runs: a sentence, a figure, and its room on a page."""

import numpy as np

from course_lib.widgets import convolution_rules as rules
from course_lib.widgets.convolution_rules import BOTH, size_text
from course_lib.widgets.convolution_words import AXES, LINES, OPERATIONS, WORDS

SETTINGS = ("padding", "stride", "dilation")


def sentence(widget):
    """Operation, sizes, settings and output size."""
    conv = widget.conv
    form = (
        "sentence_adaptive"
        if rules.is_adaptive(conv)
        else "sentence_pool"
        if rules.is_pool(conv)
        else "sentence"
    )
    texts = {name: rules.setting_text(conv[name]) for name in SETTINGS}
    texts["kernel"] = size_text(conv["kernel"])
    output = [rules.output_size(conv, axis) for axis in BOTH]
    for name, size, channels in (("input", conv["input"], "channels"), ("output", output, "filters")):
        many = conv[channels] > 1
        texts[name] = WORDS["channel_count"].format(size=size_text(size), channels=conv[channels])
        texts[name] = texts[name] if many else size_text(size)
    return WORDS[form].format(operation=OPERATIONS[conv["operation"]], more=_more(widget, conv), **texts)


def _more(widget, conv):
    found = []
    if not rules.is_pool(conv):
        found += [f"groups {conv['groups']}"] * (conv["groups"] > 1)
        found += [f"padding mode {conv['padding_mode']}"] * (conv["padding_mode"] != "zeros")
        found += ["kernel flipped"] * conv["flip"] + ["with bias"] * (widget.bias is not None)
    found += ["then ReLU"] * (conv["activation"] == "relu")
    if rules.is_transposed(conv) and any(conv["output_padding"]):
        found.append(f"output padding {rules.setting_text(conv['output_padding'])}")
    return "".join(f", {text}" for text in found)


def draw(widget):
    """The grids of filter 0, its first output and what it reads outlined, and the output size worked out."""
    from course_lib.widgets import figure

    conv, (output, parts) = widget.conv, widget._forward()
    channels = [0] if rules.is_pool(conv) else range(conv["channels"] // conv["groups"])
    size = size_text(output.shape[1:])
    prefix = WORDS["of_filter"].format(filter=0, filters=len(output)) if len(output) > 1 else ""
    last = {"title": prefix + WORDS["output"].format(size=size), "values": output[0]}
    last["current"] = _first(output[0])
    after = (
        [{"title": WORDS["relu"].format(size=size), "values": np.maximum(output[0], 0)}]
        if conv["activation"]
        else []
    )
    rows, weight = [], _weight(widget, conv)
    bias = [] if widget.bias is None else [{"title": WORDS["bias"], "values": [[widget.bias[0]]]}]
    for channel in channels:
        many = conv["channels"] > 1
        grids = [_input(widget, conv, channel, WORDS["of_channel"].format(channel=channel) if many else "")]
        if not rules.is_pool(conv):
            kernel = weight[channel]
            title = WORDS["kernel"].format(size=size_text(conv["kernel"]))
            grids.append({"title": title, "values": kernel, "linked": _taps(conv)})
        if len(channels) > 1:
            title = WORDS["part"].format(channel=channel)
            grids.append({"title": title, "values": parts[0, channel], "current": _first(output[0])})
        rows.append((grids, ["∗", "="][: len(grids) - 1]))
    if len(channels) > 1:
        bias = [grid | {"title": WORDS["parts_and_bias"]} for grid in bias]
        last["title"] = last["title"] if bias else WORDS["parts"] + last["title"]
        rows.append(([*bias, last, *after], ["="] * len(bias) + ["→"] * len(after)))
    else:
        grids, _ = rows[0]
        signs = (
            ["∗"] * (len(grids) > 1)
            + ["+"] * len(bias)
            + ["=" if len(grids) > 1 else "→"]
            + ["→"] * len(after)
        )
        rows = [([*grids, *bias, last, *after], signs)]
    return figure.rows_of_panels(rows, _notes(conv))


def _first(values):
    mask = np.zeros(np.shape(values), bool)
    mask[0, 0] = True
    return mask


def _weight(widget, conv):
    """The kernels of filter 0, one for each channel that it reads."""
    weight = np.reshape(widget.kernel, (*rules.weight_shape(conv), *conv["kernel"]))
    return weight[: conv["channels"] // conv["groups"], 0] if rules.is_transposed(conv) else weight[0]


def _taps(conv):
    """The taps that make the first output."""
    if not rules.is_transposed(conv):
        return np.ones(conv["kernel"], bool)
    return np.outer(*(_meeting(conv, axis, "kernel") for axis in BOTH))


def _meeting(conv, axis, side):
    """Along one axis, which inputs or taps meet in the first output."""
    size, kernel = rules.padded_size(conv, axis), conv["kernel"][axis]
    mask = np.zeros(size if side == "input" else kernel, bool)
    if rules.is_adaptive(conv):
        mask[: -(-conv["input"][axis] // conv["output_size"][axis])] = True
        return mask
    for tap in range(kernel):
        offset = (kernel - 1 - tap if conv["flip"] else tap) * rules.spacing(conv, axis)
        if not rules.is_transposed(conv):
            mask[offset if side == "input" else tap] = True
            continue
        place, rest = divmod(rules.pads(conv, axis)[0] - offset, conv["stride"][axis])
        if rest == 0 and 0 <= place < size:
            mask[place if side == "input" else tap] = True
    return mask


def _input(widget, conv, channel, prefix):
    from course_lib.widgets import convolution_values

    values = convolution_values.padded(np.reshape(widget.input, (conv["channels"], *conv["input"])), conv)[
        channel
    ]
    around = [rules.frame_pads(conv, axis) for axis in BOTH]
    size, padded = size_text(conv["input"]), size_text(values.shape)
    dropped = np.ones(values.shape, bool)
    end = [rules.padded_size(conv, axis) - rules.dropped(conv, axis) for axis in BOTH]
    dropped[: end[0], : end[1]] = False
    return {
        "title": prefix + WORDS["input" if padded == size else "padded"].format(size=size, padded=padded),
        "values": values,
        "padding": np.pad(np.zeros(conv["input"], bool), around, constant_values=True),
        "dropped": dropped,
        "linked": np.outer(*(_meeting(conv, axis, "input") for axis in BOTH)),
    }


def _notes(conv):
    notes = []
    form = (
        "transposed_size"
        if rules.is_transposed(conv)
        else "adaptive_size"
        if rules.is_adaptive(conv)
        else "output_size"
    )
    for axis in BOTH:
        before, after = rules.pads(conv, axis)
        sizes = {name: conv[name][axis] for name in ("input", "kernel", "stride", "output_padding")}
        padding = f"2·{before}" if before == after else f"{before} + {after}"
        sizes |= {"dilation": rules.spacing(conv, axis), "output": rules.output_size(conv, axis)}
        notes.append(WORDS[form].format(axis=AXES[axis], padding=padding, **sizes))
    for axis in BOTH:
        count = rules.dropped(conv, axis)
        if count:
            lines = LINES[axis][0] if count == 1 else f"{count} {LINES[axis][1]}"
            notes.append(WORDS["dropped"].format(lines=lines))
    return notes
