"""The shuffle widget: who reaches whom, the permutation and the costs against torch."""

import re

import browser
import numpy as np
import pytest
import torch
from scipy.sparse.csgraph import connected_components
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from course_lib.widgets import shuffle, shuffle_rules

SMALL = {"layers": 1, "between": "shuffle", "kernel_size": 3, "size": 4}

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")


class Gate(nn.Module):
    """Squeeze-and-excitation; with `closed`, no slope goes through the factor."""

    closed = False

    def __init__(self, channels):
        super().__init__()
        hidden = max(1, channels // shuffle_rules.REDUCTION)
        first, second = (
            nn.Conv2d(channels, hidden, 1, bias=False),
            nn.Conv2d(hidden, channels, 1, bias=False),
        )
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), first, nn.ReLU(), second, nn.Sigmoid())

    def forward(self, x):
        factor = self.gate(x)
        return x * (factor.detach() if self.closed else factor)


def layer(net, name):
    channels, groups = net["channels"], net["groups"]
    options = {"padding": "same", "bias": False}
    makers = {
        "conv": lambda: nn.Conv2d(channels, channels, net["kernel_size"], groups=groups, **options),
        "shuffle": lambda: nn.ChannelShuffle(groups),
        "pointwise": lambda: nn.Conv2d(channels, channels, 1, bias=False),
        "squeeze_excitation": lambda: Gate(channels),
    }
    return makers[name]()


def torch_layers(net):
    """The layers of a net, with positive weights, so that no two paths can cancel."""
    between = [] if net["between"] == "nothing" else [net["between"]]
    names = ["conv"] + (between + ["conv"]) * (net["layers"] - 1)
    layers = nn.Sequential(*[layer(net, name) for name in names]).double()
    for parameter in layers.parameters():
        nn.init.uniform_(parameter, 0.05, 0.1)
    return layers


def support(function, channels):
    """Which input has a slope at which output, (to, from) of 0 and 1."""
    x = torch.rand(1, channels, 1, 1, dtype=torch.float64) + 0.5
    slopes = torch.autograd.functional.jacobian(function, x, vectorize=True)
    return (slopes.view(channels, channels) != 0).int().numpy()


def torch_reach(layers, channels):
    """The links of a stretch of layers: 1 through a gate only, 2 by values."""
    every = support(layers, channels)
    Gate.closed = True
    by_values = support(layers, channels)
    Gate.closed = False
    return every + by_values


def torch_components(layers, channels):
    """Connected components of the graph whose edges are the slopes of every single layer."""
    stages = len(layers) + 1
    graph = np.zeros((stages * channels, stages * channels), int)
    for stage, one in enumerate(layers):
        to, of = ((stage + 1) * channels, stage * channels)
        graph[to : to + channels, of : of + channels] = support(one, channels)
    return connected_components(graph, directed=False)[0]


def parameters(*layers):
    return sum(parameter.numel() for one in layers for parameter in one.parameters())


def macs(module, net):
    with FlopCounterMode(display=False) as counter:
        module.to("meta")(torch.zeros(1, net["channels"], net["size"], net["size"], device="meta"))
    assert counter.get_total_flops() % 2 == 0
    return counter.get_total_flops() // 2


def torch_costs(net):
    """[parameters, MACs] of each kind of layer in the table."""
    kinds = {
        "dense": [layer(net | {"groups": 1}, "conv")],
        "grouped": [layer(net, "conv")],
        "depthwise": [layer(net | {"groups": net["channels"]}, "conv")],
        "separable": [layer(net | {"groups": net["channels"]}, "conv"), layer(net, "pointwise")],
        "pointwise": [layer(net, "pointwise")],
        "pointwise_grouped": [layer(net | {"kernel_size": 1}, "conv")],
        "squeeze_excitation": [layer(net, "squeeze_excitation")],
        "shuffle": [layer(net, "shuffle")],
    }
    return {name: [parameters(*one), macs(nn.Sequential(*one), net)] for name, one in kinds.items()}


def refusal(net):
    try:
        nn.Conv2d(net["channels"], net["channels"], 1, groups=net["groups"], device="meta")
    except ValueError as error:
        return str(error)
    return None


@pytest.fixture(scope="session")
def golden():
    """Every pair of channels and groups with torch's verdict, and 150 nets with torch's links and costs."""
    torch.manual_seed(4)
    random = np.random.default_rng(4)
    pairs = [
        {"channels": channels, "groups": groups, "refusal": refusal({"channels": channels, "groups": groups})}
        for channels in range(1, 25)
        for groups in range(-1, 25)
    ]
    legal = [pair for pair in pairs if pair["refusal"] is None]
    for pair in legal:
        x = torch.arange(float(pair["channels"])).view(1, -1, 1, 1)
        pair["order"] = nn.ChannelShuffle(pair["groups"])(x).flatten().int().tolist()
    nets = []
    for index in range(150):
        pair = legal[random.integers(len(legal))]
        net = {name: pair[name] for name in ("channels", "groups")} | {"layers": int(random.integers(1, 4))}
        net |= {"between": shuffle_rules.BETWEEN[index % 4], "kernel_size": int(random.integers(1, 12))}
        net |= {"size": int(random.integers(1, 100))}
        layers = torch_layers(net)
        middle = int(random.integers(len(layers) + 1))
        nets.append(
            {
                "net": net,
                "middle": middle,
                "reach": torch_reach(layers, net["channels"]).tolist(),
                "before": torch_reach(layers[:middle], net["channels"]).tolist(),
                "after": torch_reach(layers[middle:], net["channels"]).tolist(),
                "components": int(torch_components(layers, net["channels"])),
                "costs": torch_costs(net),
                "total": [parameters(layers), macs(layers, net)],
            }
        )
    return {"pairs": pairs, "nets": nets, "limits": shuffle_rules.LIMITS}


def test_page_arithmetic_is_torchs(golden, tmp_path):
    for pair in golden["pairs"]:
        problems = {name: shuffle_rules.problem(pair | SMALL, name) for name in ("channels", "groups")}
        pair["sentences"] = problems
    browser.node_test("shuffle", tmp_path, golden)


def test_python_refuses_what_torch_refuses_with_the_nearest_legal_value(golden):
    seen = 0
    for pair in golden["pairs"]:
        net = {name: pair[name] for name in ("channels", "groups")}
        if pair["refusal"] is None:
            assert shuffle(**net).state()["groups"] == net["groups"]
            continue
        with pytest.raises(ValueError, match=r"^.+\. The nearest legal groups is \d+\.$") as caught:
            shuffle(**net)
        nearest = int(re.findall(r"\d+", str(caught.value))[-1])
        distance = abs(nearest - net["groups"])
        assert refusal(net | {"groups": nearest}) is None
        nearer = range(max(1, net["groups"] - distance + 1), net["groups"] + distance)
        assert all(refusal(net | {"groups": groups}) for groups in nearer)
        seen += 1
    assert seen > 400


def test_python_links_order_components_and_costs_are_torchs(golden):
    for pair in golden["pairs"]:
        if pair["refusal"] is None:
            assert shuffle_rules.order(pair["channels"], pair["groups"]) == pair["order"]
    for each in golden["nets"]:
        net, last = each["net"], len(shuffle_rules.operations(each["net"]))
        assert shuffle_rules.reach(net, 0, last).tolist() == each["reach"]
        assert shuffle_rules.reach(net, each["middle"], last).tolist() == each["after"]
        assert shuffle_rules.components(net) == each["components"]
        assert {name: list(cost) for name, cost in shuffle_rules.costs(net).items()} == each["costs"]
        assert list(shuffle_rules.total(net)) == each["total"]


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"groups": 5}, "12 channels cannot be divided into 5 equal groups. The nearest legal groups is 4."),
        ({"groups": 2.5}, "groups is 2.5; it must be a whole number from 1 to 24. The nearest legal groups is 2."),
        ({"channels": 40}, "The nearest legal channels is 24."),
        ({"channels": "many"}, "channels is many; it must be a whole number"),
        ({"layers": True}, "layers is True"),
        ({"kernel_size": float("nan")}, "kernel_size is nan"),
        ({"size": 0}, "The nearest legal size is 1."),
        ({"between": "shufle"}, 'The nearest legal between is "shuffle".'),
        ({"channel": (9, 1)}, "The nearest legal channel is (3, 1)."),
        ({"channel": 5}, "channel must be None or a pair"),
        ({"channel": (0, 1.5)}, "channel must be None or a pair"),
    ],
)  # fmt: skip
def test_bad_arguments_get_one_clear_sentence(wrong, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        shuffle(**wrong)


def test_a_later_assignment_is_judged_and_a_lost_channel_is_forgiven():
    widget = shuffle(12, 3, channel=(3, 11))
    with pytest.raises(ValueError, match="The nearest legal channels is 12"):
        widget.channels = 13
    widget.channels = 6
    assert "6 channels" in widget.sentence() and widget._page_and_png()


def test_the_code_to_copy_runs_and_its_asserts_bite(golden):
    nets = [each["net"] for each in golden["nets"]][:40]
    for net, code in zip(nets, browser.node_codes("shuffle", [[net] for net in nets])):
        exec(code, {})
        broken = code.replace(".transpose(1, 2)", "")
        if shuffle_rules.order(net["channels"], net["groups"]) != list(range(net["channels"])):
            with pytest.raises(AssertionError):
                exec(broken, {})
