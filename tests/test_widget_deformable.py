"""The deformable widget: values, gradients and refusals against torchvision and the course's own layers."""

import functools
import re

import browser
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from course_lib.layers import snake
from course_lib.widgets import deformable, deformable_rules
from course_lib.widgets.deformable_arguments import START

PAIRS = ("padding", "stride", "dilation")
GIVEN = ("input", "kernel", "offset", "mask")
MOST_NUMBERS = 700  # offsets of one case


def torch_deformable(state, input, kernel, offset, mask=None):
    """(output_h, output_w) by torchvision, of tensors in the widget's shapes."""
    from torchvision.ops import deform_conv2d

    options = {name: tuple(state[name]) for name in PAIRS}
    if state["operation"] == "snake":
        options = {"padding": tuple(size // 2 for size in kernel.shape)}
    mask = None if mask is None else mask[None]
    return deform_conv2d(input[None, None], offset[None], kernel[None, None], mask=mask, **options)[0, 0]


def torch_snake(state, input, kernel, steps):
    """The same by the course's snake layer."""
    return snake.snake_conv2d(input[None, None], steps[None], kernel[None, None], morph=state["morph"])[0, 0]


def is_legal(sizes):
    """Whether torch.nn.functional.conv2d takes the sizes; torchvision does not survive a stride of 0."""
    x, kernel = (torch.zeros(1, 1, *sizes[name], dtype=torch.float64) for name in ("input", "kernel"))
    try:
        if sizes["operation"] == "snake":
            steps = torch.zeros(1, kernel.numel(), *sizes["input"], dtype=torch.float64)
            snake.snake_conv2d(x, steps, kernel, morph=sizes["morph"])
        else:
            F.conv2d(x, kernel, **{name: tuple(sizes[name]) for name in PAIRS})
    except (RuntimeError, ValueError):
        return False
    return True


def random_sizes(random, operation):
    def pair(low, high):
        return tuple(int(number) for number in random.integers(low, high + 1, 2))

    sizes = {
        "operation": operation,
        "morph": int(random.integers(0, 2)),
        "input": pair(1, 7),
        "kernel": pair(1, 5),
    }
    sizes |= {"padding": pair(0, 3), "stride": pair(1, 3), "dilation": pair(1, 3)}
    if operation == "snake":
        taps = int(random.integers(1, 10))
        sizes["kernel"] = (1, taps) if sizes["morph"] == 0 else (taps, 1)
    return sizes


def random_state(random, sizes):
    """Random values for legal sizes; a third has whole offsets, a third has a mask."""
    height, width = (deformable_rules.output_size(sizes, axis) for axis in (0, 1))
    taps = sizes["kernel"][0] * sizes["kernel"][1]
    is_whole, is_masked = random.random() < 1 / 3, random.random() < 1 / 2
    arrays = {name: random.normal(size=sizes[name]) for name in ("input", "kernel")}
    arrays["grad_output"] = random.normal(size=(height, width))
    arrays["offset"] = random.normal(0, 1.5, (2 * taps, height, width))
    arrays["mask"] = random.uniform(0, 2, (taps, height, width)) if is_masked else None
    arrays["steps"] = None
    if is_whole:
        arrays["offset"] = arrays["offset"].round()
    if sizes["operation"] == "snake":
        steps = random.uniform(-1, 1, (taps, height, width))
        arrays |= {"steps": steps.round() if is_whole else steps, "mask": None}
        arrays["offset"] = deformable_rules.snake_offset(arrays["steps"], sizes["morph"])
    state = {name: None if array is None else array.tolist() for name, array in arrays.items()}
    return sizes | state | {"whole": is_whole}


def answer(state, random):
    """torch's output, its gradients, and how all outputs change with one cell of the input."""
    names = [name for name in GIVEN if state[name] is not None]
    tensors = {name: torch.tensor(state[name], dtype=torch.float64, requires_grad=True) for name in names}
    output = torch_deformable(state, **tensors)
    upstream = torch.tensor(state["grad_output"], dtype=torch.float64)
    gradients = torch.autograd.grad(output, tuple(tensors.values()), upstream)
    found = {name: gradient.tolist() for name, gradient in zip(names, gradients)}
    if state["operation"] == "snake":
        steps = torch.tensor(state["steps"], dtype=torch.float64, requires_grad=True)
        same = torch_snake(state, tensors["input"], tensors["kernel"], steps)
        torch.testing.assert_close(same, output, rtol=1e-9, atol=1e-9)
        found["steps"] = torch.autograd.grad(same, steps, upstream)[0].tolist()
    cell = [int(random.integers(size)) for size in np.shape(state["input"])]
    one = torch.zeros_like(tensors["input"])
    one[tuple(cell)] = 1
    with torch.no_grad():
        column = torch_deformable(state, **tensors | {"input": one})
    return {"output": output.tolist(), "gradient": found, "cell": cell, "column": column.tolist()}


@pytest.fixture(scope="session")
def golden():
    """520 states of both operations with torchvision's answer, and some 200 sizes that torch or the widget refuses."""
    random = np.random.default_rng(4)
    found, refused = [], []
    while len(found) < 520:
        sizes = random_sizes(random, "snake" if len(found) % 4 == 0 else "deform_conv2d")
        if not is_legal(sizes):
            refused.append({"sizes": sizes, "refusal": "torch"})
            continue
        outputs = [deformable_rules.output_size(sizes, axis) for axis in (0, 1)]
        if 2 * np.prod([*outputs, *sizes["kernel"]]) > MOST_NUMBERS:
            continue
        state = random_state(random, sizes)
        whole = state.pop("whole")
        found.append({"state": state, "refusal": None, "whole": whole} | answer(state, random))
    outside = [{"sizes": REGULAR | wrong, "refusal": "the widget"} for wrong in OUTSIDE]
    return found + refused[:180] + outside


REGULAR = {"operation": "deform_conv2d", "morph": 0, "input": (5, 6), "kernel": (3, 3)} | {
    "padding": (1, 1), "stride": (1, 1), "dilation": (1, 1),
}  # fmt: skip
OUTSIDE = [
    {"input": (13, 4)}, {"input": (0, 4)}, {"input": (4, -1)}, {"kernel": (6, 1)}, {"kernel": (3, 0)},
    {"padding": (0, 7)}, {"padding": (-1, 0)}, {"stride": (0, 1)}, {"stride": (1, 99)}, {"dilation": (0, 1)},
    {"dilation": (1, 5)}, {"stride": (1.5, 1)}, {"padding": (0, 2.5)}, {"kernel": (9, 9), "input": (2, 2)},
    {"operation": "snake", "kernel": (1, 11)}, {"operation": "snake", "kernel": (2, 3)},
    {"operation": "snake", "kernel": (1, 3), "morph": 1},
]  # fmt: skip


def presets():
    """States and what three presets must give, by torch."""
    random = np.random.default_rng(6)
    found = []
    for kernel, dilation, padding in [
        (3, 1, 1),
        (1, 1, 0),
        (5, 1, 2),
        (3, 2, 1),
        ((3, 5), 1, 3),
        (3, (1, 2), 0),
    ]:
        given = {
            "input": random.normal(size=(7, 8)),
            "kernel": random.normal(size=np.broadcast_to(kernel, 2)),
        }
        state = deformable(**given, dilation=dilation, padding=padding).state()
        x, weight = (torch.tensor(state[name])[None, None] for name in ("input", "kernel"))
        options = {name: tuple(state[name]) for name in PAIRS}
        half = [(size - 1) // 2 for size in weight.shape[2:]]
        wide = options | {
            "dilation": tuple(2 * gap for gap in options["dilation"]),
            "padding": tuple(p + h * d for p, h, d in zip(options["padding"], half, options["dilation"])),
        }
        # Half a cell down and right: first the mean of four neighbours, then the kernel; zeros stand outside.
        pad_h, pad_w = options["padding"]
        means = F.avg_pool2d(F.pad(x, (pad_w, pad_w + 1, pad_h, pad_h + 1)), 2, stride=1)
        shifted = F.conv2d(means, weight, stride=options["stride"], dilation=options["dilation"])
        ordinary, dilated = (F.conv2d(x, weight, **one) for one in (options, wide))
        made = {"ordinary": ordinary, "dilated": dilated, "shifted": shifted}
        found.append({"state": state} | {name: values[0, 0].tolist() for name, values in made.items()})
    return found


def test_page_arithmetic_is_torchvisions(golden, tmp_path):
    for case in golden:
        if case["refusal"]:
            names = deformable_rules.LIMITS
            case["sentences"] = {name: deformable_rules.problem(case["sizes"], name) for name in names}
    start = {name: [[rule(i, j) for j in range(12)] for i in range(12)] for name, rule in START.items()}
    limits = [deformable_rules.LIMITS, deformable_rules.SNAKE_TAPS, deformable_rules.VALUES]
    right = {"cases": golden, "presets": presets(), "start": start, "limits": limits}
    browser.node_test("deformable", tmp_path, right)


def test_python_takes_what_torch_takes_and_gives_its_output(golden):
    refused = 0
    for case in golden:
        if case["refusal"]:
            with pytest.raises(ValueError, match=r"(?s)^.+\. The nearest legal [\w ]+ is \d+\.$"):
                deformable(**{name: value for name, value in case["sizes"].items() if name != "view"})
            refused += 1
            continue
        widget = deformable(**case["state"])
        np.testing.assert_allclose(widget.output, case["output"], rtol=1e-9, atol=1e-9)
        assert widget.state() == widget.check(widget.state())
    assert 80 < refused < len(golden) - 400


def test_nearest_legal_value_mends_it_for_torch_and_none_is_nearer(golden):
    tried = 0
    for case in (case for case in golden if case["refusal"] == "torch"):
        for changed in deformable_rules.LIMITS:
            text = deformable_rules.problem(case["sizes"], changed)
            name, axis, nearest = re.search(r"legal (\w+) (height|width) is (\d+)\.$", text).groups()
            mended = functools.partial(with_number, case["sizes"], name, ("height", "width").index(axis))
            if deformable_rules.problem(mended(int(nearest)), changed):
                continue  # a second thing is wrong
            assert is_legal(mended(int(nearest))), (case["sizes"], text)
            before, low = (
                case["sizes"][name][("height", "width").index(axis)],
                deformable_rules.LIMITS[name][0],
            )
            reach = abs(int(nearest) - before)
            for value in range(max(low, before - reach + 1), before + reach):
                assert not is_legal(mended(value)), (case["sizes"], text, value)
            tried += 1
    assert tried > 200


def with_number(sizes, name, axis, value):
    pair = list(sizes[name])
    pair[axis] = value
    return sizes | {name: tuple(pair)}


def test_steps_of_a_snake_become_the_offset_that_its_layer_would_use():
    steps = np.random.default_rng(3).uniform(-1, 1, (7, 4, 5))
    for morph, kernel in ((0, (1, 7)), (1, (7, 1))):
        widget = deformable((4, 5), kernel, operation="snake", morph=morph, steps=steps)
        offset = np.reshape(widget.offset, (7, 2, 4, 5))
        np.testing.assert_allclose(
            offset[:, morph], snake.snake_path(torch.tensor(steps)[None])[0], atol=1e-12
        )
        assert not offset[:, 1 - morph].any()
        assert deformable(**widget.state()).state() == widget.state()


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"kernel": 4, "operation": "snake"}, "must be odd; it is 4. The nearest legal kernel width is 3."),
        ({"kernel": [[1, 2], [3, 4]], "operation": "snake"}, "lies along x, so kernel height must be 1; it is 2."),
        ({"kernel": (5, 3), "input": 2, "padding": 0}, "covers 5 rows; the input of 2 with padding 0 has 2."),
        ({"kernel": 7}, "it must be a whole number from 1 to 5. The nearest legal kernel height is 5."),
        ({"stride": 0}, "The nearest legal stride height is 1."),
        ({"stride": True}, "stride height is True"),
        ({"padding": 1.5}, "padding height is 1.5; it must be a whole number from 0 to 6."),
        ({"dilation": "x"}, "dilation must be one whole number or a (height, width) pair of them; got 'x'."),
        ({"input": float("nan")}, "input must be a 2-D array of finite numbers"),
        ({"input": [[1, 2], [3]]}, "input must be a 2-D array"),
        ({"offset": np.zeros((18, 6, 7))}, "shape (18, 7, 7), or (18,) for the same everywhere; got shape (18, 6, 7)."),
        ({"offset": [float("inf")] * 18}, "offset must be None or an array of finite numbers"),
        ({"offset": np.full(18, -13)}, "its numbers must be from -12 to 12. The nearest legal value is -12."),
        ({"mask": np.full(9, 3.0)}, "mask has the value 3; its numbers must be from 0 to 2."),
        ({"mask": np.ones(9), "operation": "snake"}, "mask belongs to deform_conv2d, not to snake."),
        ({"steps": np.zeros(9)}, "steps belongs to snake, not to deform_conv2d."),
        ({"steps": np.full(3, 1.5), "operation": "snake"}, "from -1 to 1. The nearest legal value is 1."),
        ({"offset": np.ones(6), "operation": "snake"}, "The offset of a snake follows from its steps"),
        ({"operation": "snak"}, 'The nearest legal operation is "snake".'),
        ({"morph": 2}, "morph is 2; it must be a whole number from 0 to 1. The nearest legal morph is 1."),
        ({"view": "gradient"}, 'it must be one of "output", "offset", "input", "code".'),
        ({"grad_output": np.ones((2, 2))}, "of the output's shape (7, 7); got shape (2, 2)."),
    ],
)  # fmt: skip
def test_bad_arguments_get_one_clear_sentence(wrong, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        deformable(**wrong)


def test_offsets_follow_a_size_that_python_changes_and_a_wrong_assignment_is_taken_back():
    widget = deformable(torch.ones(5, 6), offset=np.full(18, 0.5), mask=np.full(9, 0.25))
    widget.stride = 2
    assert np.shape(widget.state()["offset"]) == (18, 3, 3) and np.shape(widget.state()["mask"]) == (9, 3, 3)
    assert np.unique(widget.state()["offset"]) == [0.5] and np.shape(widget.output) == (3, 3)
    with pytest.raises(ValueError, match="nearest legal kernel height is 5"):
        widget.kernel = 9
    with pytest.raises(ValueError, match=r"shape \(18, 3, 3\)"):
        widget.offset = np.zeros((18, 5, 6))
    widget.kernel = (1, 5)
    assert not np.any(widget.state()["offset"])
    widget.operation = "snake"
    assert np.shape(widget.state()["steps"]) == (5, 5, 6) and widget.state()["mask"] is None
    widget.morph = 1
    assert np.shape(widget.state()["kernel"]) == (5, 1)


def test_every_kind_of_state_draws():
    states = [
        deformable(), deformable(offset=np.full(18, 9.5)), deformable(12, 5, padding=6, mask=np.zeros(25)),
        deformable((1, 1), 1, padding=0), deformable((5, 9), 9, operation="snake", steps=np.ones(9)),
    ]  # fmt: skip
    for widget in states:
        page, png = widget._page_and_png()
        assert "<img" in page and len(png) > 5000


def test_the_code_to_copy_runs_with_torchvision_and_its_asserts_bite(golden):
    states = [case["state"] for case in golden if case["refusal"] is None]
    even = [
        deformable(**{"offset": np.full(18, 0.5), "mask": mask}).state() for mask in (None, np.full(9, 0.5))
    ]
    states = states[:40] + even
    for state, code in zip(states, browser.node_codes("deformable", [[state] for state in states])):
        assert "deform_conv2d" in code and ("mask=mask" in code) == (state["mask"] is not None)
        exec(code, {})
        if np.any(deformable(**state).output):
            with pytest.raises(AssertionError):
                exec(re.sub(r"^y = ", "x = x + 0.37\ny = ", code, count=1, flags=re.M), {})
