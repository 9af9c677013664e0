"""The architecture widget: its rules against fresh profiles and torch's own counts, in Python and on the page."""

import json
import math

import architecture_golden
import browser
import pytest
import torch
from architecture_profiles import as_network, older, profile

from course_lib import measure, models
from course_lib.widgets import architecture, architecture_rules, architecture_shapes, architecture_tree

NAMES = [name for name in architecture_golden.REGISTRY if name in models.names()]


@pytest.fixture(scope="module")
def golden():
    """Networks with torch's parameters of each block, and fresh profiles or refusals at other heights."""
    networks, cases, built = architecture_golden.registry_cases(NAMES)
    chains, more, others = architecture_golden.chain_cases(110)
    return {"networks": networks | chains, "cases": cases + more, "models": built | others}


def scaled(golden, case, **settings):
    network = golden["networks"][case["network"]]
    layers = architecture_rules.rows(network)
    return architecture_rules.scale(network, layers, height=case["height"], **settings)


def agreed(rows, totals, case, network):
    """How many numbers the rules claim to give exactly; each is that of the fresh profile."""
    count, layers = 0, architecture_rules.rows(network)
    for index, (row, (shape, parameters, macs, size)) in enumerate(zip(rows, case["rows"], strict=True)):
        where = (case["network"], case["height"], index)
        assert layers[index]["own"]["macs"] == network["layers"][index][4] and row["sure"]["parameters"], (
            where
        )
        assert row["parameters"] == parameters, where
        if row["sure"]["macs"]:
            assert row["macs"] == macs, where
        if row["sure"]["activation_bytes"]:
            assert row["shape"] == shape and row["activation_bytes"] == size, where
        count += sum(row["sure"].values())
    for name, expected in case["totals"].items():
        value, sure = totals[name]
        assert not sure or value == expected, (case["network"], case["height"], name)
        count += sure
    return count


def test_what_is_called_exact_is_what_a_fresh_profile_says(golden):
    tried = exact = refused = 0
    for case in golden["cases"]:
        rows, totals, problem = scaled(golden, case)
        if case["refusal"] is not None:
            # What torch refuses is refused, or else not all that leads there was called exact.
            unsure = any(not row["sure"]["activation_bytes"] for row in rows)
            assert problem or unsure, case
            refused += problem is not None
            continue
        assert problem is None, (case["network"], case["height"], problem)
        exact += agreed(rows, totals, case, golden["networks"][case["network"]])
        tried += sum(3 for _ in rows) + 2
    assert len(golden["cases"]) >= 400 and refused >= 50
    assert exact / tried > 0.75, exact / tried


def test_the_nearest_legal_height_is_one_that_torch_takes(golden):
    told = 0
    for case in golden["cases"]:
        network = golden["networks"][case["network"]]
        if case["refusal"] is None or scaled(golden, case)[2] is None:
            continue
        with pytest.raises(
            ValueError, match=r"cannot run on .+ The nearest legal resolution is \d+\.$"
        ) as refused:
            architecture(network_only(network), resolution=case["height"])
        nearest = int(str(refused.value).split()[-1][:-1])
        height, width = architecture_shapes.size_for(network["input_shape"][1:], nearest)
        image = torch.empty(1, network["input_shape"][0], height, width, device="meta")
        golden["models"][case["network"]].eval()(image)
        told += 1
    assert told >= 50


def test_whole_steps_of_the_stride_are_all_exact(golden):
    for case in golden["cases"]:
        network = golden["networks"][case["network"]]
        steps = [layer[7] for layer in network["layers"] if layer[7]]
        base = network["input_shape"][1]
        side = architecture_shapes.size_for(network["input_shape"][1:], case["height"])[1]
        moved = (case["height"] - base, side - network["input_shape"][2])
        if case["refusal"] or case["network"] == "mobilenet_v3_large":
            continue
        if all(change % step[axis] == 0 for step in steps for axis, change in enumerate(moved)):
            rows, totals, _ = scaled(golden, case)
            if case["network"] not in ("lenet5_1998",) and all(
                layer[7] or layer[6] == "all" for layer in network["layers"]
            ):
                assert all(all(row["sure"].values()) for row in rows), case["network"]
                assert totals["macs"][1] and totals["activation_bytes"][1]


@pytest.mark.parametrize("name", ["lenet5", "mobilenet_v2", "resnet50", "densenet121", "googlenet"])
def test_batches_count_as_torch_counts_them(name):
    with torch.device("meta"):
        model = models.create(name)
    network = as_network(name)
    layers = architecture_rules.rows(network)
    for batch in (2, 7):
        _, totals, _ = architecture_rules.scale(network, layers, batch=batch)
        expected = architecture_golden.batch_answer(model, network["input_shape"], batch)
        for measured, value in expected.items():
            assert totals[measured] == (value, True)


WIDTHS = (0.25, 0.35, 0.5, 0.75, 1.3, 1.4, 2, 3)


def numbers(row):
    return [row["shape"], row["parameters"], row["macs"], row["activation_bytes"]]


def fresh_numbers(layer):
    return [list(layer.output_shape), layer.parameters, layer.macs, layer.activation_bytes]


@pytest.mark.parametrize(
    "name, exact", [("mobilenet_v1", {0.25, 0.5, 0.75, 2, 3}), ("mobilenet_v2", {2, 3}), ("efficientnet_b0", set())]
)  # fmt: skip
def test_a_width_that_is_called_exact_is_what_the_registry_builds(name, exact):
    network = as_network(name)
    layers, found = architecture_rules.rows(network), set()
    for width in WIDTHS:
        fresh = profile(name, width=width)
        rows, totals, _ = architecture_rules.scale(network, layers, width=width)
        if totals["macs"][1]:
            found.add(width)
            assert all(all(row["sure"].values()) for row in rows)
            assert [numbers(row) for row in rows] == [fresh_numbers(layer) for layer in fresh.layers]
            assert totals["parameters"] == (fresh.parameters, True) and totals["macs"] == (fresh.macs, True)
        else:
            assert not totals["parameters"][1]
        assert math.isclose(totals["macs"][0], fresh.macs, rel_tol=0.1) or width < 1 or name[0] == "e"
    assert found == exact


@pytest.mark.parametrize("width, height", [(0.25, 128), (0.5, 160), (0.75, 192), (2, 256)])
def test_both_multipliers_of_mobilenet_together_are_exact(width, height):
    network = as_network("mobilenet_v1")
    fresh = profile("mobilenet_v1", (3, height, height), width=width)
    rows, totals, _ = architecture_rules.scale(
        network, architecture_rules.rows(network), width=width, height=height
    )
    assert [numbers(row) for row in rows] == [fresh_numbers(layer) for layer in fresh.layers]
    assert totals["macs"] == (fresh.macs, True) and totals["activation_bytes"][1]


@pytest.mark.parametrize(
    "name, width, exact",
    [("resnet50", 0.5, 1), ("resnet50", 2, 1), ("vgg11", 0.125, 1), ("googlenet", 2, 0.99), ("densenet121", 0.5, 1),
     ("nin", 0.5, 1), ("mobilenet_v3_large", 2, 1), ("resnext50_32x4d", 0.5, 1)],
)  # fmt: skip
def test_a_network_with_all_its_channels_multiplied_has_the_numbers_called_exact(name, width, exact):
    network = as_network(name)
    fresh = architecture_golden.widened_profile(name, width)
    rows, totals, _ = architecture_rules.scale(network, architecture_rules.rows(network), width=width)
    sure = [all(row["sure"].values()) for row in rows]
    for row, layer, is_sure in zip(rows, fresh.layers, sure, strict=True):
        assert not is_sure or numbers(row) == fresh_numbers(layer), layer
    assert sum(sure) >= exact * len(rows)
    assert not totals["parameters"][1] or totals["parameters"][0] == fresh.parameters
    assert totals["macs"] == (fresh.macs, True)


@pytest.mark.parametrize("name", ["mobilenet_v3_large", "efficientnet_b0", "seresnet50"])
def test_maps_are_followed_past_layers_that_see_the_whole_image(name):
    network = as_network(name)
    layers = architecture_rules.rows(network)
    for height in (192, 288):
        fresh = profile(name, (3, height, height))
        rows, totals, _ = architecture_rules.scale(network, layers, height=height)
        assert [numbers(row) for row in rows] == [fresh_numbers(layer) for layer in fresh.layers]
        assert all(all(row["sure"].values()) for row in rows) and totals["macs"] == (fresh.macs, True)


def test_an_older_profile_is_read_and_its_other_sizes_are_estimates():
    text = json.dumps(older("mobilenet_v2"))
    widget, newer = architecture(text, width=2), architecture(as_network("mobilenet_v2"), width=2)
    assert widget.totals()[0] == newer.totals()[0]  # depthwise layers are recognised
    assert widget.networks[0]["size"] == [224, 224] and widget.networks[0]["input_shape"] is None
    for setting in ({"width": 2}, {"height": 256}):
        layers = architecture_rules.rows(widget.networks[0])
        _, totals, _ = architecture_rules.scale(widget.networks[0], layers, **setting)
        assert not totals["macs"][1] and not totals["activation_bytes"][1]
    assert widget.state() == widget.check(widget.state())
    assert "about" in widget.sentence() and "about" not in newer.sentence()


@pytest.mark.parametrize(
    "change, sentence",
    [
        ({"network": 5}, "a network is a profile: what course_lib.measure.profile returns"),
        ({"network": "{"}, "must be the JSON of a profile, but Expecting"),
        ({"network": {"layers": []}}, '"layers" must be a list of layers, at least one unless "error"'),
        ({"network": {"layers": [[1]]}}, "layer 0 must be a list of 9 values"),
        ({"network": {"layers": [["a", "ReLU", [3], 0, -1, 12, None, None, None]]}}, "macs of layer 0 (a) is -1"),
        ({"network": {"layers": [["a", "ReLU", [3, 4, 4], 0, 0, 12, None, [2, 2], None]]}}, "layer 0 (a) has a stride"),
        ({"network": {"layers": [], "error": "x", "macs": -3}}, "The nearest legal macs of a network is 0."),
        ({"share": "flops"}, 'share is \'flops\'; it must be one of "parameters", "macs"'),
        ({"width": 0}, "width is 0; it must be a number from 0.1 to 4. The nearest legal width is 0.1."),
        ({"batch": 2.6}, "batch is 2.6; it must be a whole number from 1 to 4,096. The nearest legal batch is 3."),
        ({"resolution": 5000}, "it must be a whole number from 1 to 4,096. The nearest legal resolution "
         "is 28."),
        ({"resolution": 0}, "The nearest legal resolution is 28."),
        ({"resolution": float("nan")}, "The nearest legal resolution is 28."),
        ({"resolution": ["28"]}, "The nearest legal resolution is 28."),
        ({"resolution": 36}, "lenet5 cannot run on 36 × 36: head.c5 reads 400 numbers, and the map before it would be "
         "16 × 7 × 7, which makes 784. The nearest legal resolution is 28."),
        ({"resolution": [28, 28]}, "resolution must be None, one height in pixels, or one for each network"),
        ({"input_shapes": (28, 28)}, "input_shape must be channels, height and width of an image"),
        ({"names": ["a", "b"]}, "names must be one for each network, 1 in all"),
        ({"input_shapes": (0, 28, 28)}, "input_shape must be channels, height and width"),
        ({"opened": ["stem"]}, "opened must be a list of paths of blocks for each network, 1 in all"),
    ],
)  # fmt: skip
def test_bad_arguments_get_one_clear_sentence(change, sentence):
    with pytest.raises(ValueError) as refused:
        architecture(**{"network": as_network("lenet5")} | change)
    assert sentence in str(refused.value)


def every_block(node):
    yield node
    for child in node["children"]:
        yield from every_block(child)


def test_every_block_holds_the_parameters_that_torch_counts(golden):
    compared = 0
    for network in golden["networks"].values():
        layers = architecture_rules.rows(network)
        rows, _, _ = architecture_rules.scale(network, layers)
        outside = architecture_rules.outside(network, layers)["parameters"]
        for node in every_block(architecture_tree.tree(layers)):
            if node["key"] in network["blocks"] and not (node["key"] == "" and outside):
                held = sum(rows[index]["parameters"] for index in node["all"])
                assert held == network["blocks"][node["key"]], (network["name"], node["key"])
                compared += 1
    assert compared > 1000


def test_a_module_that_runs_twice_and_one_that_does_not_run_count_once():
    from torchvision.models import resnet18

    class Shared(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.unused = torch.nn.Conv2d(2, 2, 3, padding=1), torch.nn.Linear(3, 4)

        def forward(self, x):
            return self.conv(self.conv(x))

    network = json.loads(measure.profile(Shared(), (2, 8, 8)).to_json())
    widget = architecture(network, input_shapes=(2, 8, 8))
    assert widget.totals()[0]["parameters"] == 38 + 16 and widget.totals()[0]["macs"] == 2 * 36 * 64
    layers = architecture_rules.rows(widget.networks[0])
    names = [node["name"] for node in architecture_tree.tree(layers)["children"]]
    assert (
        names == ["conv", "conv (2)"]
        and architecture_rules.outside(widget.networks[0], layers)["parameters"] == 16
    )
    theirs = measure.profile(resnet18(), (3, 64, 64))
    root = architecture_tree.tree(architecture_rules.rows(architecture(theirs).networks[0]))
    assert root["children"][4]["name"] == "layer1" and root["children"][4]["children"][0]["times"] == 2


def test_equal_blocks_fold_and_others_do_not():
    root = architecture_tree.tree(architecture_rules.rows(as_network("resnet50")))
    folds = {node["key"]: node["times"] for node in every_block(root) if node["times"] > 1}
    assert sorted(folds.values()) == [
        2,
        2,
        3,
        5,
    ]  # conv2_x to conv5_x have 3, 4, 6, 3 blocks, each with another first
    dense = architecture_tree.tree(architecture_rules.rows(as_network("densenet121")))
    assert all(node["times"] == 1 for node in every_block(dense))


def tree_lines(network):
    """What Python makes of every line of an open tree, for the page to agree with."""
    layers = architecture_rules.rows(network)
    rows, _, _ = architecture_rules.scale(network, layers, width=0.5, batch=3)
    root = architecture_tree.tree(layers)
    keys = {node["key"] for node in every_block(root)}
    found = {}
    for order in ("run", "largest"):
        lines = architecture_tree.lines(root, layers, rows, keys, order, "macs")
        found[order] = [[line["node"]["key"], line["node"]["name"], line["node"]["times"], line["level"], line["shape"],
                         line["values"]] for line in lines]  # fmt: skip
    return found


def test_page_arithmetic(golden, tmp_path):
    """`node --test` checks the JavaScript against what torch and fresh profiles said above."""
    networks = {}
    for name, network in golden["networks"].items():
        networks[name] = {**architecture(network_only(network)).networks[0], "blocks": network["blocks"]}
        networks[name]["lines"] = tree_lines(networks[name])
    cases = []
    for case in golden["cases"]:
        network = networks[case["network"]]
        layers = architecture_rules.rows(network)
        base, _ = architecture_shapes.input_size(network, layers)
        nearest = architecture_shapes.nearest_height(layers, network, base, case["height"])
        rows, _, problem = scaled(golden, case)
        cases.append({**case, "nearest": nearest, "problem": problem and problem["reason"],
                      "sure": [list(row["sure"].values()) for row in rows]})  # fmt: skip
    deduced = {}
    for name, network in networks.items():
        if len(network["layers"][0][2]) == 3 and network["layers"][0][7]:
            deduced[name] = architecture_shapes.input_size(
                {**network, "input_shape": None}, architecture_rules.rows(network)
            )[0]
    wide = []
    for name in ("mobilenet_v2", "resnet50", "mobilenet_v3_large", "densenet121", "chain 3", "chain 8"):
        network = networks.get(name) or networks["lenet5"]
        for width in (0.33, 0.5, 2, 3.7):
            rows, totals, _ = architecture_rules.scale(network, architecture_rules.rows(network), width=width)
            wide.append({"network": network["name"], "width": width, "rows": [numbers(row) for row in rows],
                         "sure": [list(row["sure"].values()) for row in rows], "totals": totals})  # fmt: skip
    right = {"networks": networks, "cases": cases, "deduced": deduced, "wide": wide}
    browser.node_test("architecture", tmp_path, right | {"limits": architecture_rules.LIMITS})


def network_only(network):
    return {key: value for key, value in network.items() if key != "blocks"}
