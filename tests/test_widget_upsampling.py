"""The upsampling widget: values, gradients and refusals against torch."""

import re

import browser
import numpy as np
import pytest
import torch
from torch.nn import functional as F

from course_lib.widgets import upsampling, upsampling_rules
from course_lib.widgets.upsampling import START

NUMBERS = ("scale", "padding", "output_padding")

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


def torch_upsampling(state, input, kernel):
    """(output_h, output_w) by torch for tensors input (H, W) and kernel (k, k); raises what torch raises."""
    return torch_batch(state, input[None], kernel)[0]


def torch_batch(state, inputs, kernel):
    """The same for inputs (N, H, W)."""
    method, scale, x = state["method"], state["scale"], inputs[:, None]
    if method in ("nearest", "bilinear", "bicubic"):
        corners = {} if method == "nearest" else {"align_corners": state["align_corners"]}
        return F.interpolate(x, scale_factor=scale, mode=method, **corners)[:, 0]
    if method == "transposed":
        options = {name: state[name] for name in ("padding", "output_padding")}
        return F.conv_transpose2d(x, kernel[None, None], stride=scale, **options)[:, 0]
    if method == "pixel_shuffle":
        output = F.pixel_shuffle(F.conv2d(x, kernel.reshape(-1, 1, 1, 1)), scale)
        if output.shape[1] > 1:
            raise ValueError("torch makes several maps of so many channels; the widget draws one")
        return output[:, 0]
    if method == "max_unpool":
        height, width = inputs.shape[1:]
        places = torch.tensor(state["switches"])[:height, :width] % scale**2
        rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        indices = (rows * scale + places // scale) * width * scale + columns * scale + places % scale
        return F.max_unpool2d(x, indices.expand_as(x), scale)[:, 0]
    return F.conv2d(F.interpolate(x, scale_factor=scale), kernel[None, None], padding="same")[:, 0]


def random_case(random, method):
    """A state, its sizes within the widget's ranges; some of which torch refuses."""
    height, width = (int(size) for size in random.integers(1, 7, 2))
    scale = int(random.integers(1, 5))
    kernel = scale if method == "pixel_shuffle" and random.random() < 0.7 else int(random.integers(1, 8))
    return {
        "method": method,
        "input": random.normal(size=(height, width)).tolist(),
        "kernel": random.normal(size=(kernel, kernel)).tolist(),
        "scale": scale,
        "padding": int(random.integers(0, 4)),
        "output_padding": int(random.integers(0, 3)),
        "align_corners": bool(random.random() < 0.5),
        "switches": random.integers(0, 16, (6, 6)).tolist(),
    }


def answer(state, random):
    """What torch says: its refusal, or the output and the gradient for a random one at the output."""
    tensors = {
        name: torch.tensor(state[name], dtype=torch.float64, requires_grad=True)
        for name in ("input", "kernel")
    }
    try:
        output = torch_upsampling(state, **tensors)
    except (RuntimeError, ValueError) as error:
        return {"refusal": str(error)}
    grad_output = torch.tensor(random.normal(size=output.shape))
    grads = torch.autograd.grad(output, tuple(tensors.values()), grad_output, allow_unused=True)
    found = {name: grad.tolist() for name, grad in zip(tensors, grads) if grad is not None}
    found |= {"output": output.tolist(), "grad_output": grad_output.tolist(), "refusal": None}
    jacobian = columns(state, tensors["kernel"].detach())
    if "kernel" in upsampling_rules.USES[state["method"]]:
        ones = [torch.ones_like(tensor) for tensor in tensors.values()]
        found["counts"] = torch_upsampling(state, *ones).round().int().tolist()
    else:
        found["counts"] = (jacobian.abs() > 1e-12).sum((2, 3)).tolist()
    found["jacobian"] = jacobian.tolist()
    return found


def columns(state, kernel):
    """The jacobian (output_h, output_w, H, W): all methods are linear, so a single 1 gives a column of it."""
    shape = np.shape(state["input"])
    ones = torch.eye(shape[0] * shape[1], dtype=torch.float64).view(-1, *shape)
    outputs = torch_batch(state, ones, kernel)
    return outputs.permute(1, 2, 0).unflatten(2, shape)


@pytest.fixture(scope="session")
def golden():
    """Some 600 states of all methods with torch's answer."""
    torch.manual_seed(5)
    random = np.random.default_rng(5)
    found = []
    for index in range(600):
        methods = upsampling_rules.METHODS
        method = "transposed" if index % 3 == 0 else methods[index % len(methods)]
        state = random_case(random, method)
        found.append({"state": state} | answer(state, random))
    return found


def sizes(state):
    return state | {
        "height": len(state["input"]),
        "width": len(state["input"][0]),
        "kernel": len(state["kernel"]),
    }


def resized(case, name, value):
    """The state with one number, or the size of its input or kernel, changed."""
    rows = {"height": (value, None), "width": (None, value), "kernel": (value, value)}.get(name)
    if rows is None:
        return case | {name: value}
    part = "kernel" if name == "kernel" else "input"
    shape = [new or old for new, old in zip(rows, np.shape(case[part]))]
    return case | {part: np.ones(shape).tolist()}


def is_legal(state):
    """Whether torch takes the sizes and settings of a state."""
    try:
        torch_upsampling(
            state, *(torch.tensor(state[name], dtype=torch.float64) for name in ("input", "kernel"))
        )
    except (RuntimeError, ValueError):
        return False
    return True


def test_page_arithmetic_is_torchs(golden, tmp_path):
    for case in golden:
        if case["refusal"]:
            case["sentences"] = {
                name: upsampling_rules.problem(sizes(case["state"]), name) for name in upsampling_rules.LIMITS
            }
    start = {
        name: [[rule(i, j) for j in range(n)] for i in range(n)]
        for (name, rule), n in zip(START.items(), (6, 7, 6))
    }
    right = {"cases": golden, "start": start, "limits": upsampling_rules.LIMITS}
    browser.node_test("upsampling", tmp_path, right)


def test_python_takes_what_torch_takes(golden):
    refused = 0
    for case in golden:
        if case["refusal"]:
            with pytest.raises(ValueError, match=r"(?s)^.+\. The nearest legal [\w ]+ is \d+\.$"):
                upsampling(**case["state"])
            refused += 1
            continue
        widget = upsampling(**case["state"])
        np.testing.assert_allclose(widget.output, case["output"], atol=1e-10)
        assert widget.state() == widget.check(widget.state())
        if case["state"]["method"] == "transposed":
            np.testing.assert_array_equal(upsampling_rules.counts(widget.state()), case["counts"])
    assert 60 < refused < len(golden) - 400


def test_nearest_legal_value_mends_it_for_torch_and_none_is_nearer(golden):
    words = {label: name for name, label in upsampling_rules.LABELS.items()}
    tried = 0
    for case in (case for case in golden if case["refusal"]):
        for changed in upsampling_rules.LIMITS:
            text = upsampling_rules.problem(sizes(case["state"]), changed)
            label, nearest = re.search(r"The nearest legal ([\w ]+) is (\d+)\.$", text).groups()
            name = words.get(label, label)
            mended = resized(case["state"], name, int(nearest))
            if upsampling_rules.problem(sizes(mended), changed):
                continue  # a second thing is wrong
            assert is_legal(mended), (case["state"], text)
            before, (low, _) = sizes(case["state"])[name], upsampling_rules.LIMITS[name]
            reach = abs(int(nearest) - before)
            for value in range(max(low, before - reach + 1), before + reach):
                assert not is_legal(resized(case["state"], name, value)), (case["state"], text, value)
            tried += 1
    assert tried > 200


def test_evenness_is_that_of_torchs_counts_away_from_the_edges():
    for kernel in range(1, 8):
        for scale in range(1, 5):
            ones = [torch.ones(1, 1, size, size) for size in (12, kernel)]
            inside = F.conv_transpose2d(*ones, stride=scale)[0, 0][kernel:-kernel, kernel:-kernel]
            least, most = int(inside.min()), int(inside.max())
            assert upsampling_rules.evenness(kernel, scale) == (kernel % scale, least, most)
            assert (least == most) == (kernel % scale == 0)


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"output_padding": 2}, "2 is not below 2. The nearest legal output_padding is 1."),
        ({"padding": 6}, "The output would be -3 × -3: padding 6 cuts away more than there is."),
        ({"method": "pixel_shuffle", "kernel": 3}, "a kernel of 2 × 2; got 3 × 3. The nearest legal kernel size is 2."),
        ({"method": "near"}, 'The nearest legal method is "nearest".'),
        ({"kernel": (2, 3)}, "kernel must be square; got 2 × 3. The nearest legal kernel is 2 × 2."),
        ({"scale": 0}, "scale is 0; it must be a whole number from 1 to 4. The nearest legal scale is 1."),
        ({"scale": True}, "scale is True"),
        ({"scale": "2"}, "scale is 2; it must be a whole number"),
        ({"input": (9, 2)}, "The nearest legal input height is 6."),
        ({"input": [[float("nan")]]}, "input must be a 2-D array of finite numbers"),
        ({"input": [[1, 2], [3]]}, "input must be a 2-D array"),
        ({"input": np.zeros((1, 1, 2, 2))}, "input must be a 2-D array"),
        ({"switches": [[99]]}, "switches must be rows of whole numbers from 0 to 15"),
        ({"align_corners": "x"}, "align_corners is 'x'; it must be one of True, False."),
    ],
)  # fmt: skip
def test_bad_arguments_get_one_clear_sentence(wrong, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        upsampling(**wrong)


def test_assignments_are_judged_and_every_method_draws():
    widget = upsampling(input=torch.ones(2, 3), kernel=np.ones((4, 4)))
    with pytest.raises(ValueError, match="The nearest legal output_padding is 1"):
        widget.output_padding = 3
    widget.scale = 3
    assert np.shape(widget.output) == (7, 10)
    for method in upsampling_rules.METHODS:
        page, png = upsampling(method)._page_and_png()
        assert "<img" in page and len(png) > 5000


def test_the_code_to_copy_runs_and_its_asserts_bite(golden):
    states = [case["state"] for case in golden if case["refusal"] is None][:60]
    for code in browser.node_codes("upsampling", [[state] for state in states]):
        exec(code, {})
        with pytest.raises(AssertionError):
            exec(code.replace("64)[None, None]", "64)[None, None] + 1"), {})
