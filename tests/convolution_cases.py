"""Layers within and just beyond the convolution widget's ranges, with torch's answer to each."""

import numpy as np
import torch
import torch.nn.functional as F

from course_lib.widgets import convolution_rules as rules

SETTINGS = ("padding", "stride", "dilation")
PLAIN = {
    **rules.DEFAULTS,
    **{"input": [7, 7], "kernel": [3, 3], "padding": [0, 0], "stride": [1, 1], "dilation": [1, 1]},
}


# A max pool whose only window lies wholly in the padding.
EMPTY = {**PLAIN, "operation": "max_pool2d", "input": [1, 1], "kernel": [2, 2], "padding": [1, 1]}
EMPTY |= {"dilation": [2, 2]}


def setting(value):
    return value if value == "same" else tuple(value)


def torch_layer(conv, input, kernel):
    """Output (O, H, W) of torch for a `conv` of the widget; what torch raises passes through."""
    x, size = (
        input[None],
        {name: setting(conv[name]) for name in SETTINGS if not isinstance(conv[name][0], list)},
    )
    if conv["operation"] == "adaptive_max_pool2d":
        return F.adaptive_max_pool2d(x, conv["output_size"])[0]
    if conv["operation"] == "adaptive_avg_pool2d":
        return F.adaptive_avg_pool2d(x, conv["output_size"])[0]
    if conv["operation"] == "max_pool2d":
        return F.max_pool2d(x, conv["kernel"], **size)[0]
    if conv["operation"] == "avg_pool2d":
        del size["dilation"]
        return F.avg_pool2d(x, conv["kernel"], **size, count_include_pad=conv["count_include_pad"])[0]
    if "padding" not in size:
        (top, bottom), (left, right) = conv["padding"]
        mode = "constant" if conv["padding_mode"] == "zeros" else conv["padding_mode"]
        x, size["padding"] = F.pad(x, (left, right, top, bottom), mode=mode), 0
    else:
        size["padding_mode"] = conv["padding_mode"]
    layer = torch.nn.Conv2d
    if conv["operation"] == "conv_transpose2d":
        layer, size["output_padding"] = torch.nn.ConvTranspose2d, tuple(conv["output_padding"])
    make = {"groups": conv["groups"], "bias": False, "dtype": x.dtype, **size}
    made = layer(conv["channels"], conv["filters"], tuple(conv["kernel"]), **make)
    kernel = kernel[
        :, :, : max(conv["kernel"][0], 0), : max(conv["kernel"][1], 0)
    ]  # none where torch must refuse
    weight = kernel.flip(2, 3) if conv["flip"] else kernel
    return torch.func.functional_call(made, {"weight": weight}, x)[0]


def random_layer(random, *, plain):
    """A `conv`, mostly small, with some that torch refuses; `plain`: one channel, one filter, no other setting."""

    def pair(low, high):
        return [int(size) for size in random.integers(low, high, 2, endpoint=True)]

    large = plain and random.random() < 0.1
    conv = {**PLAIN, "input": pair(1, 32 if large else 9), "kernel": pair(1, 11 if large else 4)}
    conv |= {"padding": pair(0, 3), "stride": pair(1, 4), "dilation": pair(1, 3)}
    if not plain:
        conv |= random_settings(random, pair)
    if conv["operation"] == "conv2d" and random.random() < 0.25:
        conv["padding"] = "same"
        if random.random() < 0.7:
            conv["stride"] = [1, 1]
    sliding = not rules.is_adaptive(
        conv
    )  # torch takes an adaptive pool of no output; the widget has nothing to show
    if random.random() < 0.15 and conv["padding_mode"] == "zeros" and sliding:
        used = rules.PARAMETERS[conv["operation"]]
        name = random.choice([name for name in ("kernel", *SETTINGS) if name in used])
        if conv[name] != "same":
            conv[name] = [conv[name][0], -1 if name == "padding" else 0]
    elif conv["operation"] == "conv2d" and not plain and random.random() < 0.3:
        conv["padding"] = [pair(0, 3), pair(0, 3)]
    if random.random() < 0.4:  # square
        conv |= {name: [conv[name][0]] * 2 for name in (*rules.LIMITS,) if conv[name] != "same"}
    return rules.layer(conv)


def random_settings(random, pair):
    groups = int(random.choice([1, 1, 2, 3, 4]))
    conv = {
        "groups": groups,
        "channels": groups * int(random.integers(1, 3)),
        "filters": groups * int(random.integers(1, 3)),
    }
    if random.random() < 0.05:
        conv["groups"] += 1
    operations = ["conv2d"] * 4 + ["conv_transpose2d"] * 3 + list(rules.PARAMETERS)[2:]
    conv["operation"] = str(random.choice(operations))
    conv["padding_mode"] = str(random.choice(["zeros", "zeros", *rules.PADDING_MODES[1:]]))
    conv["flip"] = bool(random.random() < 0.3)
    conv["count_include_pad"] = bool(random.random() < 0.5)
    if conv["operation"] in ("max_pool2d", "avg_pool2d") and random.random() < 0.7:
        conv |= {"kernel": pair(2, 4), "padding": pair(0, 1), "dilation": [1, 1]}
    conv |= {"output_padding": pair(0, 2), "output_size": pair(1, 9)}
    return conv | {"activation": "relu" if conv["output_size"][0] % 3 == 0 else None}


def case_of(conv, random):
    """{conv, input, kernel, bias, refusal, and, where torch takes it, output, activated, gradients}."""
    lead = {"input": [conv["channels"]], "kernel": rules.weight_shape(conv)}
    shape = {name: [max(size, 1) for size in (*lead[name], *conv[name])] for name in lead}
    values = {name: torch.tensor(random.normal(size=shape[name]), requires_grad=True) for name in shape}
    bias = None
    if not rules.is_pool(conv) and random.random() < 0.5:
        bias = torch.tensor(random.normal(size=conv["filters"]), requires_grad=True)
    case = {"conv": conv, **{name: value.tolist() for name, value in values.items()}}
    case |= {"bias": None if bias is None else bias.tolist(), "refusal": None}
    try:
        output = torch_layer(conv, **values)
    except (RuntimeError, ValueError) as error:
        return case | {"refusal": str(error)}
    output = output if bias is None else output + bias[:, None, None]
    activated = F.relu(output) if conv["activation"] else output
    grad_output = torch.tensor(random.normal(size=tuple(output.shape)))
    wanted = {"input": values["input"]} | ({} if rules.is_pool(conv) else {"kernel": values["kernel"]})
    wanted |= {} if bias is None else {"bias": bias}
    if output.isinf().all():  # torch 2.x would write its gradients outside of the input's memory
        gradients = [torch.zeros_like(value) for value in wanted.values()]
    else:
        gradients = torch.autograd.grad((activated * grad_output).sum(), list(wanted.values()))
    grads = {name: gradient.tolist() for name, gradient in zip(wanted, gradients, strict=True)}
    values = {"output": output, "activated": activated, "grad_output": grad_output}
    return case | {name: value.tolist() for name, value in values.items()} | {"grads": grads}


def gradient_support(conv):
    """{padded input cell: output cells} with a non-zero derivative, and the inputs of one weight."""
    around = [pad for axis in (1, 0) for pad in rules.pads(conv, axis)]
    shape = [rules.padded_size(conv, axis) for axis in (0, 1)]
    plain = {**conv, "input": shape, "padding": [0, 0]}
    ones = torch.ones(1, 1, *conv["kernel"], dtype=torch.float64)
    padded = F.pad(torch.rand(1, *conv["input"], dtype=torch.float64), around)
    jacobian = torch.autograd.functional.jacobian(
        lambda x: torch_layer(plain, x, ones)[0], padded, vectorize=True
    )[:, :, 0]
    support = {}
    for *output, row, column in jacobian.nonzero().tolist():
        support.setdefault(f"{row},{column}", []).append("{},{}".format(*output))
    cell = [size - 1 for size in conv["kernel"]]
    one = torch.zeros_like(ones)
    one[0, 0, cell[0], cell[1]] = 1
    x = padded.requires_grad_()
    torch_layer(plain, x, one).sum().backward()
    inputs = ["{},{}".format(*place) for place in x.grad[0].nonzero().tolist()]
    return {"support": support, "weight": {"cell": cell, "inputs": inputs}}


def cases(seed=2026):
    """950 layers with torch's answer to each; those too large to draw are left out."""
    random = np.random.default_rng(seed)
    found = []
    for number in range(950):
        conv = random_layer(random, plain=number < 450)
        case = case_of(conv, random)
        if case["refusal"] is None and rules.cell_count(conv) > rules.MAX_CELLS:
            continue
        if case["refusal"] is None and number < 450:
            outputs = np.size(case["output"])
            cells = outputs * np.prod([rules.padded_size(conv, axis) for axis in (0, 1)])
            case |= gradient_support(conv) if cells < 800 else {}
        found.append(case)
    for activation in (None, "relu"):
        found.append(case_of(rules.layer(EMPTY | {"activation": activation}), random))
    return found


def is_finite(case):
    """Whether each output of a legal case is a number."""
    return bool(np.isfinite(case["output"]).all())
