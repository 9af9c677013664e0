"""The receptive-field widget: its arithmetic against torch's gradients and measure, its page in a real browser."""

import json
import re

import browser
import numpy as np
import pytest
import torch
from torch import nn

from course_lib import measure, models
from course_lib.widgets import receptive_field
from course_lib.widgets import receptive_field_rules as rules

pytestmark = [pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")]
EFFECTIVE = 1 - 0.9545


# ---- against torch -------------------------------------------------------------------------------


def network(layers):
    """The chain as a Sequential of summing windows: convolutions with weights of 1, and pools where torch has them."""
    found = []
    for layer in layers:
        kernel, stride, padding, dilation = (tuple(layer[part]) for part in rules.PARTS)
        is_pool = dilation == (1, 1) and all(2 * p <= k for p, k in zip(padding, kernel)) and min(kernel) > 1
        if is_pool and sum(kernel) % 2:
            found.append(nn.AvgPool2d(kernel, stride, padding, divisor_override=1))
        else:
            found.append(nn.Conv2d(1, 1, kernel, stride, padding, dilation, bias=False, dtype=torch.float64))
            nn.init.ones_(found[-1].weight)
    return nn.Sequential(*found)


def random_chain(random):
    """Up to four layers, the axes mostly apart, some of them such as torch refuses."""

    def pair(low, high):
        return [int(size) for size in random.integers(low, high, 2, endpoint=True)]

    layers = [
        {"name": f"layer{i}", "kernel": pair(1, 4), "stride": pair(1, 2), "padding": pair(0, 2)}
        | {"dilation": pair(1, 3 if random.random() < 0.4 else 1)}
        for i in range(random.integers(1, 4, endpoint=True))
    ]
    chain = {"input": pair(1, 8 if random.random() < 0.4 else 16), "layers": layers}
    if random.random() < 0.15:
        part = random.choice(rules.PARTS)
        layers[random.integers(len(layers))][part] = [-1 if part == "padding" else 0] * 2
    if random.random() < 0.5:  # square
        chain["input"] = [chain["input"][0]] * 2
        for layer in layers:
            layer |= {part: [layer[part][0]] * 2 for part in rules.PARTS}
    return chain


def answer(chain, random):
    """What torch says of one chain: its refusal, or sizes, gradients and Jacobian."""
    try:
        model = network(chain["layers"])
        image = torch.ones(1, 1, *chain["input"], dtype=torch.float64, requires_grad=True)
        output = model(image)[0, 0]
    except (RuntimeError, ValueError) as error:
        return {"refusal": str(error)}
    unit, pixel = ([int(random.integers(side)) for side in size] for size in (output.shape, chain["input"]))
    gradient = torch.autograd.grad(output[tuple(unit)], image)[0][0, 0]
    lit = torch.zeros_like(image)
    lit[0, 0, *pixel] = 1
    rows = [
        {"size": list(row.output_shape[1:]), "sees": list(row.receptive_field)}
        | {"step": list(row.stride), "centre": list(row.centre)}
        for row in measure.profile(model, (1, *chain["input"])).layers
    ]
    found = {"refusal": None, "rows": rows, "unit": unit, "gradient": gradient.tolist(), "pixel": pixel}
    found |= {"reached": model(lit)[0, 0].tolist(), "open": open_answer(chain, rows[-1]["sees"])}
    if output.numel() * image.numel() < 3000:
        slopes = torch.autograd.functional.jacobian(
            lambda x: model(x[None, None])[0, 0], image[0, 0].detach()
        )
        found["support"] = [
            [[f"{i},{j}" for i, j in slopes[..., y, x].nonzero().tolist()] for x in range(image.shape[3])]
            for y in range(image.shape[2])
        ]
        goal = int(random.integers(1, min(chain["input"]), endpoint=True))
        top, left = ((side - goal) // 2 for side in chain["input"])
        window = slopes[..., top : top + goal, left : left + goal] != 0
        found |= {"goal": goal, "met": bool(window.flatten(2).all(2).any())}
    return found


def open_answer(chain, sees):
    """The gradient of a unit far from every border: no padding, and an input of just what it sees."""
    layers = [layer | {"padding": [0, 0]} for layer in chain["layers"]]
    image = torch.ones(1, 1, *sees, dtype=torch.float64, requires_grad=True)
    gradient = torch.autograd.grad(network(layers)(image).sum(), image)[0][0, 0]
    found = {"chain": {"input": sees, "layers": layers}, "deviation": [], "gaps": [], "within": []}
    inside = torch.ones_like(gradient, dtype=torch.bool)
    for axis in (0, 1):
        counts = gradient.sum(1 - axis) / gradient.sum()
        away = torch.arange(len(counts)) - (len(counts) - 1) / 2
        deviation = (counts * away**2).sum().sqrt().item()
        found["deviation"].append(deviation)
        found["gaps"].append(bool((counts == 0).any()))
        found["within"].append(counts[away.abs() <= 2 * deviation + 1e-9].sum().item())
        near = away.abs() <= len(counts) / 4
        inside &= near[:, None] if axis == 0 else near[None]
    found["half"] = (gradient[inside].sum() / gradient.sum()).item()
    found["side"] = float((gradient > EFFECTIVE * gradient.max()).sum()) ** 0.5
    return found


@pytest.fixture(scope="module")
def cases():
    """A few hundred chains with torch's answer to each."""
    random = np.random.default_rng(2026)
    chains = [random_chain(random) for _ in range(620)]
    return [{"chain": chain} | answer(chain, random) for chain in chains]


def wide_chain(random):
    """A chain that torch takes, but whose windows span more than can be drawn."""
    while True:
        layers = [
            {"name": f"layer{i}", "padding": [64, 64], "dilation": [1, 1]}
            | {part: [int(random.integers(1, 64, endpoint=True))] * 2 for part in ("kernel", "stride")}
            for i in range(random.choice([2, 3, 4, 30]))
        ]
        chain = {"input": [int(random.integers(1, 512, endpoint=True))] * 2, "layers": layers}
        if rules.misfit(chain, 0) is None and rules.too_wide(chain, 0) is not None:
            return chain


def nearest_of(sentence):
    """The number that a refusal offers."""
    if sentence.endswith(rules.NONE_MENDS):
        return None
    return int(re.search(r"The nearest legal .+ is (\d+)\.$", sentence).group(1))


def test_python_takes_what_torch_takes_and_sees_what_measure_says(cases):
    for case in cases:
        chain = case["chain"]
        if case["refusal"] is not None:
            with pytest.raises(ValueError, match=r"(?s)^.+\. The nearest legal .+ is \d+\.$"):
                receptive_field(chain["layers"], input=chain["input"])
            continue
        widget = receptive_field(chain["layers"], input=chain["input"], unit=case["unit"])
        assert widget.state() == widget.check(widget.state())
        levels = [rules.levels(chain, axis) for axis in (0, 1)]
        for index, row in enumerate(case["rows"], 1):
            at = [along[index] for along in levels]
            assert [level.size for level in at] == row["size"]
            assert [level.high - level.low + 1 for level in at] == row["sees"]
            assert [level.step for level in at] == row["step"]
            assert [(level.low + level.high) / 2 for level in at] == row["centre"]
        last = len(chain["layers"]) - 1
        ways = [rules.paths(chain, axis, last, case["unit"][axis]) for axis in (0, 1)]
        np.testing.assert_allclose(np.outer(*(np.array(each, float) for each in ways)), case["gradient"])


def test_the_nearest_legal_value_is_torchs(cases):
    """For square chains, so that one number mends both axes: torch takes it, and nothing nearer."""
    tried = 0
    for case in cases:
        chain = case["chain"]
        values = [chain["input"], *(layer[part] for layer in chain["layers"] for part in rules.PARTS)]
        if case["refusal"] is None or any(pair[0] != pair[1] for pair in values):
            continue
        sentence = rules.problem(chain)
        part, layer = re.search(r"legal (\w+)(?: size| of layer(\d))? is", sentence).groups()
        layer = None if part == "input" else int(layer)
        before = values[0][0] if layer is None else chain["layers"][layer][part][0]
        nearest = nearest_of(sentence)
        if answer(rules.with_value(chain, layer, part, (0, 1), nearest), np.random.default_rng(1))["refusal"]:
            assert "Layer" not in sentence  # a number out of range, beside another fault
            continue
        for value in range(before - abs(nearest - before) + 1, before + abs(nearest - before)):
            if value >= rules.LIMITS[part][0]:
                model = rules.with_value(chain, layer, part, (0, 1), value)
                assert answer(model, np.random.default_rng(1))["refusal"], (chain, sentence, value)
        tried += 1
    assert tried >= 50


def test_page_arithmetic(cases, tmp_path):
    """`node --test` checks the JavaScript against what torch said above."""
    random = np.random.default_rng(5)
    for case in cases:
        if case["refusal"] is not None:
            layer, part = int(random.integers(len(case["chain"]["layers"]))), str(random.choice(rules.PARTS))
            case["changed"] = {"layer": layer, "part": part}
            sentences = [rules.problem(case["chain"], changed) for changed in (None, (layer, part))]
            case["nearest"] = [nearest_of(sentence) for sentence in sentences]
    wide = [wide_chain(random) for _ in range(60)]
    wide = [{"chain": chain, "nearest": nearest_of(rules.problem(chain))} for chain in wide]
    presets = {name: rules.preset(name) for name in rules.PRESETS}
    golden = {"cases": cases, "wide": wide, "presets": presets, "limits": rules.LIMITS}
    browser.node_test("receptive_field", tmp_path, golden | {"mostLayers": rules.MAX_LAYERS})


@pytest.mark.parametrize(
    "preset, name", [("vgg16", "vgg16"), ("resnet18", "resnet18"), ("alexnet", "alexnet_owt")]
)
def test_presets_see_what_the_courses_networks_see(preset, name):
    with torch.device("meta"):
        model = models.create(name)
    profile = measure.profile(model, (3, 224, 224))
    chain = rules.preset(preset)
    seen = {(level.high - level.low + 1, level.step) for level in rules.levels(chain, 0)[1:]}
    found = {(row.receptive_field[0], row.stride[0]) for row in profile.layers if row.stride}
    assert seen <= found and max(seen) == max(found)
    widget = receptive_field(profile=profile)
    assert widget.input == [224, 224]
    assert len(json.dumps(widget.state())) < 10_000


class Branches(nn.Module):
    """A convolution and a shortcut that skips two."""

    def __init__(self):
        super().__init__()
        self.stem, self.body = nn.Conv2d(1, 1, 3, padding=1), nn.Conv2d(1, 1, 5, padding=2)
        self.short, self.relu, self.head = nn.Conv2d(1, 1, 1), nn.ReLU(), nn.Linear(64, 3)

    def forward(self, x):
        x = self.stem(x)
        x = self.relu(self.body(x) + self.short(x))
        return self.head(x.flatten(1))


def test_a_profile_is_taken_as_object_text_or_dict_and_told_as_a_bound():
    profile = measure.profile(Branches(), (1, 8, 8))
    forms = [profile, profile.to_json(), json.loads(profile.to_json())]
    one, two, three = (receptive_field(profile=form, input=8, layer="body").state() for form in forms)
    assert one == two == three
    widget = receptive_field(profile=profile, input=8, layer="body")
    assert "sees 7 × 7 pixels" in widget.sentence() and "a bound" in widget.sentence()
    assert [row[0] for row in widget.profile["rows"]] == ["stem", "body", "short", "relu", "head"]
    assert [row[6] for row in widget.profile["rows"]] == [False, False, True, False, False]
    assert "depends on the whole input" in receptive_field(profile=profile, input=8).sentence()
    with pytest.raises(
        ValueError, match="layer short sees 3×3 and the layer before it 7×7: the network branches"
    ):
        receptive_field(profile=profile, input=8, chain=True)
    chain = measure.profile(network(rules.preset("lenet5")["layers"]), (1, 28, 28))
    assert receptive_field(profile=chain, input=28, chain=True).sentence().endswith("exact.")


def test_a_measured_field_is_kept_small_with_its_unit_and_window():
    model = network(rules.preset("lenet5")["layers"][:4])
    found = measure.receptive_field(model, (1, 28, 28))
    widget = receptive_field(rules.preset("lenet5")["layers"][:4], effective=found)
    kept = widget.effective
    assert (kept["unit"], kept["layer"], kept["block"]) == (list(found.position), 3, 1)
    assert kept["support"] == list(found.size) == [16, 16]
    assert kept["side"] == pytest.approx(found.effective_size, abs=0.01)
    np.testing.assert_allclose(kept["values"], found.gradient / found.gradient.max(), atol=1e-4)
    assert widget.state() == widget.check(widget.state())
    wide = receptive_field("vgg16", effective=np.ones((224, 224))).effective
    assert (wide["block"], len(wide["values"])) == (4, 56)
    assert receptive_field("vgg16", effective=np.ones((224, 224))).draw().axes
