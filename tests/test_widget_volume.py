"""The volume widget: values, gradients and refusals against torch."""

import math
import re

import browser
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from course_lib.widgets import arguments, volume, volume_arguments, volume_rules

SETTINGS = ("padding", "stride", "dilation")


def torch_volume(sizes, input, kernel, bias=None):
    """(output_d, output_h, output_w) by torch for tensors of three dimensions; raises what torch raises."""
    bias = None if bias is None else torch.as_tensor(bias, dtype=input.dtype).reshape(1)
    settings = {name: tuple(sizes[name]) for name in SETTINGS}
    return F.conv3d(input[None, None], kernel[None, None], bias, **settings)[0, 0]


def random_sizes(random):
    """Sizes within and just beyond what torch takes, each axis for itself."""

    def three(low, high):
        return [int(size) for size in random.integers(low, high, 3, endpoint=True)]

    odd = random.random()
    return {
        "input": [int(random.integers(1, most, endpoint=True)) for most in (6, 8, 8)],
        "kernel": [int(random.integers(1, most, (2,), endpoint=True).min()) for most in (3, 5, 5)],
        "padding": three(-1 if odd < 0.05 else 0, 2),
        "stride": three(0 if odd > 0.95 else 1, 3),
        "dilation": three(0 if 0.5 < odd < 0.55 else 1, 3 if odd < 0.4 else 2),
    }


def answer(sizes, random, with_jacobian):
    """What torch says to `sizes`: its refusal, or the output and all gradients."""
    values = {name: random.normal(size=sizes[name]).round(3) for name in ("input", "kernel")}
    bias = None if random.random() < 0.5 else round(float(random.normal()), 3)
    found = {"sizes": sizes, "bias": bias} | {name: value.tolist() for name, value in values.items()}
    x, w = (torch.tensor(value, requires_grad=True) for value in values.values())
    b = torch.tensor([bias or 0.0], dtype=torch.float64, requires_grad=True)
    try:
        output = torch_volume(sizes, x, w, b)
    except (RuntimeError, ValueError) as error:
        return found | {"refusal": str(error)}
    grad_output = torch.tensor(random.normal(size=output.shape).round(3))
    grads = torch.autograd.grad(output, (x, w, b), grad_output, retain_graph=True)
    found |= {"refusal": None, "output": output.tolist(), "grad_output": grad_output.tolist()}
    found |= {"grad_input": grads[0].tolist(), "grad_kernel": grads[1].tolist(), "grad_bias": float(grads[2])}
    found |= {"macs": output.numel() * w.numel(), "parts": flat_parts(sizes, x, w).tolist()}
    if with_jacobian and x.numel() < 60:
        found["jacobian"] = jacobian(lambda one: torch_volume(sizes, one, w.detach()), x)
        found["kernel_jacobian"] = jacobian(lambda one: torch_volume(sizes, x.detach(), one), w)
    return found


def jacobian(function, at):
    """The slopes of all outputs at each number of `at`, (d, h, w, output_d, output_h, output_w)."""
    found = torch.autograd.functional.jacobian(function, at.detach())
    return found.permute(3, 4, 5, 0, 1, 2).tolist()


def flat_parts(sizes, x, w):
    """What each slice of the kernel adds, by torch's own 2-D convolution, (kernel_d, output_d, output_h, output_w)."""
    x, w = x.detach(), w.detach()
    around, along, apart = (sizes[name][0] for name in SETTINGS)
    slices = F.pad(x, (0, 0, 0, 0, around, around))
    settings = {name: tuple(sizes[name][1:]) for name in SETTINGS}
    each = [F.conv2d(slices[:, None], one[None, None], **settings)[:, 0] for one in w]
    count = (len(slices) - apart * (len(w) - 1) - 1) // along + 1
    return torch.stack([part[tap * apart :][::along][:count] for tap, part in enumerate(each)])


@pytest.fixture(scope="session")
def golden():
    """Some 640 configurations with torch's answer."""
    random = np.random.default_rng(11)
    return [answer(random_sizes(random), random, index % 4 == 0) for index in range(640)]


def test_page_arithmetic_is_torchs(golden, tmp_path):
    problems = [
        {"sizes": case["sizes"], "changed": changed, "problem": volume_rules.problem(case["sizes"], changed)}
        for case in golden
        for changed in volume_rules.LIMITS
    ]
    plain = {"input": [4, 5, 5], "kernel": [2, 3, 3]} | {name: [1, 1, 1] for name in SETTINGS}
    for name, value in [("padding", [99, 0, 0]), ("padding", [0, 9, 9]), ("input", [9, 5, 5]), ("stride", [0, 1, 1]),
                        ("kernel", [2, 6, 6]), ("padding", [2**60, 1, 1]),
                        ("padding", [99, 99, 99]), ("dilation", [9999, 1, 1])]:  # fmt: skip
        for changed in volume_rules.LIMITS:
            sizes = plain | {name: value}
            problems.append(
                {"sizes": sizes, "changed": changed, "problem": volume_rules.problem(sizes, changed)}
            )
    assert sum(each["problem"] is not None for each in problems) > 500
    start = {
        name: arguments.filled(rule, [high for _, high in volume_rules.LIMITS[name]])
        for name, rule in volume_arguments.START.items()
    }
    right = {"cases": golden, "problems": problems, "start": start, "limits": volume_rules.LIMITS}
    browser.node_test("volume", tmp_path, right)


def test_python_takes_what_torch_takes(golden):
    refused = too_large = 0
    for case in golden:
        given = case["sizes"] | {name: case[name] for name in ("input", "kernel", "bias")}
        if case["refusal"]:
            with pytest.raises(ValueError, match=r"(?s)^.+\. The nearest legal [\w ]+ is [\d, ()]+\.$"):
                volume(**given)
            refused += 1
        elif volume_rules.cell_count(case["sizes"]) > volume_rules.MAX_CELLS:
            with pytest.raises(ValueError, match="numbers to draw; the widget draws at most 3,000"):
                volume(**given)
            too_large += 1
        else:
            widget = volume(**given, grad_output=case["grad_output"])
            np.testing.assert_allclose(widget.output, case["output"], atol=1e-10)
            assert widget.state() == widget.check(widget.state())
            np.testing.assert_allclose(
                volume_rules.partial_sums(case["input"], case["kernel"], case["sizes"]),
                case["parts"],
                atol=1e-10,
            )
    assert 100 < refused and refused + too_large < len(golden) - 300


def is_legal(sizes):
    """Whether torch takes `sizes`, and the widget can draw them."""
    try:
        output = torch_volume(sizes, torch.ones(sizes["input"]), torch.ones(sizes["kernel"]))
    except (RuntimeError, ValueError):
        return False
    padded = math.prod(volume_rules.padded_size(sizes, axis) for axis in range(3))
    return padded + math.prod(sizes["kernel"]) + output.numel() <= 3000


def test_the_nearest_legal_value_mends_it_for_torch_and_none_is_nearer(golden):
    tried = 0
    for case in (case for case in golden if case["refusal"]):
        for changed in volume_rules.LIMITS:
            found = volume_rules.problem(case["sizes"], changed)
            name, axes, nearest = found["parameter"], found["axes"], found["nearest"]
            mended = volume_rules.with_value(case["sizes"], name, axes, nearest)
            if volume_rules.problem(mended, changed):
                continue  # a second thing is wrong
            assert is_legal(mended), (case["sizes"], found)
            reach = abs(nearest - case["sizes"][name][axes[0]])
            low, high = volume_rules.LIMITS[name][axes[0]]
            for value in range(max(low, nearest - 2 * reach + 1), min(high, nearest + 2 * reach)):
                if abs(value - case["sizes"][name][axes[0]]) < reach:
                    nearer = volume_rules.with_value(case["sizes"], name, axes, value)
                    assert not is_legal(nearer), (case["sizes"], found, value)
            tried += 1
    assert tried > 250


def test_same_and_valid_padding_are_torchs():
    for kernel, dilation in [((3, 3, 5), 1), ((1, 3, 1), 2), ((3, 5, 3), (1, 2, 1))]:
        widget = volume((3, 8, 8), kernel, padding="same", dilation=dilation)
        x, w = (torch.tensor(values)[None, None] for values in (widget.input, widget.kernel))
        expected = F.conv3d(x, w, padding="same", dilation=dilation)[0, 0]
        np.testing.assert_allclose(widget.output, expected)
    assert volume(padding="valid").padding == [0, 0, 0]


def test_a_two_dimensional_convolution_over_channels_is_the_case_of_one_place_along_depth():
    flat = volume((3, 5, 5), 3)
    assert volume_rules.kind(flat.sizes) == "channels" and "over 3 channels" in flat.sentence()
    x, w = (torch.tensor(values)[None] for values in (flat.input, flat.kernel))
    np.testing.assert_allclose(flat.output, F.conv2d(x, w)[0])
    each = volume((4, 5, 5), (1, 3, 3))
    assert volume_rules.kind(each.sizes) == "slices"
    x, w = (torch.tensor(values)[:, None] for values in (each.input, each.kernel))
    np.testing.assert_allclose(each.output, F.conv2d(x, w)[:, 0])
    assert volume_rules.kind(volume(padding=1).sizes) == "depth"


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"kernel": (5, 3, 3)}, "kernel size along depth is 5; it must be a whole number from 1 to 3. The nearest "
         "legal kernel size along depth is 3."),
        ({"input": (2, 5, 5), "kernel": 3}, "The kernel covers 3 cells along depth, but the padded input has 2. The "
         "nearest legal kernel size along depth is 2."),
        ({"input": (4, 9, 9)}, "The nearest legal input size along height and width is 8."),
        ({"padding": 99}, "numbers to draw; the widget draws at most 3,000. The nearest legal padding is 3."),
        ({"padding": -1}, "padding is -1; it must be a whole number, 0 or more. The nearest legal padding is 0."),
        ({"stride": 0}, "The nearest legal stride is 1."),
        ({"stride": (1, 0, 1)}, "stride along height is 0"),
        ({"stride": 1.5}, "stride is 1.5; it must be a whole number"),
        ({"dilation": True}, "dilation must be one whole number or three, for depth, height and width; got True."),
        ({"padding": (1, 2)}, "padding must be one whole number or three"),
        ({"padding": "reflect"}, "padding must be one whole number or three"),
        ({"padding": "same"}, "The nearest legal padding is (0, 1, 1)."),
        ({"padding": "same", "kernel": 3, "stride": 2}, 'padding="same" needs stride 1, but the stride is (2, 2, 2).'),
        ({"input": np.ones((2, 2, 3, 3))}, "got an array of shape (2, 2, 3, 3)"),
        ({"input": [[[1, 2], [3]]]}, "input must be a 3-D array of finite numbers"),
        ({"kernel": [[[float("nan")]]]}, "kernel must be a 3-D array of finite numbers"),
        ({"bias": "one"}, "bias must be None or one finite number; got 'one'."),
        ({"grad_output": np.ones((2, 2, 2))}, "of the output's shape (3, 3, 3); got an array of shape (2, 2, 2)."),
        ({"view": "kernel"}, 'The nearest legal view is "kernel_grad".'),
        ({"cell": ("output", 9, 0, -1)}, "The nearest legal cell is ('output', 2, 0, 0)."),
        ({"cell": ("grad_input", 0, 0, 0)}, 'in view="output" one of input, kernel, output'),
        ({"cell": 5}, "cell must be None or a name and three indices"),
        ({"cell": ("output", 0, 0, 0), "view": "code"}, "shows no cells, so cell must be None"),
    ],
)  # fmt: skip
def test_bad_arguments_get_one_clear_sentence(wrong, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        volume(**wrong)


def test_tensors_of_torchs_shapes_are_taken_and_assignments_are_judged():
    widget = volume(
        torch.ones(1, 1, 4, 5, 5), torch.ones(1, 1, 2, 3, 3), bias=torch.tensor([2.0]), stride=[1, 2, 1]
    )
    assert widget.sizes["stride"] == [1, 2, 1] and np.all(np.array(widget.output) == 20)
    with pytest.raises(ValueError, match="The nearest legal stride along depth is 1"):
        widget.stride = (0, 1, 1)
    widget.cell = ("output", 2, 1, 2)
    widget.stride = 2  # the pinned cell is gone with the smaller output, and does not stand in the way
    assert np.shape(widget.output) == (2, 2, 2)
    widget.view = "input_grad"
    assert widget.check(widget.state(), "view")["cell"] is None


def test_the_figure_works_out_the_chosen_output():
    for given in [
        {},
        {"padding": 1, "stride": 2, "bias": -2.5, "cell": ("output", 0, 1, 1)},
        {"input": (6, 8, 8)},
    ]:
        widget = volume(**given)
        figure = widget.draw()
        texts = [text.get_text() for text in figure.texts]
        place = widget.cell[1:] if widget.cell else [size // 2 for size in np.shape(widget.output)]
        value = float(np.array(widget.output)[tuple(place)])
        told = re.match(r"output\[(.*)\] = .* = (−?[\d.]+): kernel\[0\] over", texts[0])
        assert told[1] == ", ".join(map(str, place)) and float(told[2].replace("−", "-")) == value


def test_the_code_to_copy_runs_and_its_asserts_bite(golden):
    legal = [case for case in golden if case["refusal"] is None and case["macs"] < 3000]
    cases = [case for case in legal if np.any(case["grad_kernel"])]  # not all windows in the padding
    kinds = {
        kind: [case for case in cases if volume_rules.kind(case["sizes"]) == kind][:12]
        for kind in ("channels", "slices", "depth")
    }
    assert min(map(len, kinds.values())) >= 4
    for kind, some in kinds.items():
        for code in browser.node_codes("volume", [[case["sizes"], case] for case in some]):
            assert {"channels": "flat =", "slices": "each =", "depth": "parts ="}[kind] in code
            exec(code, {})
            for old, new in [("y = F", "y = 2 * F"), ("y.backward(", "y.backward(2 * ")]:
                with pytest.raises(AssertionError):
                    exec(code.replace(old, new), {})
