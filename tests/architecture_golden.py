"""Torch's answers for the architecture widget: registry networks and random chains at other resolutions and batches."""

import json
import random

import architecture_profiles
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from course_lib import measure

# Heights to try for each; whole steps of the largest stride, some in between, one where a network cannot run.
REGISTRY = {
    "lenet5": (28, 29, 32, 24, 60, 5),
    "lenet5_1998": (32, 36, 28),
    "mobilenet_v2": (224, 192, 256, 128, 32, 230),
    "resnet50": (224, 288, 160, 250),
    "densenet121": (224, 256, 96),
    "googlenet": (224, 320, 225),
    "mobilenet_v3_large": (224, 192),
    "vgg11": (224, 256),
    "squeezenet1_1": (224,),
}
KEPT = ("output_shape", "parameters", "macs", "activation_bytes")


def registry_cases(names):
    """(networks, cases, models) of the registry, each case with the rows of a fresh profile or torch's refusal."""
    networks, cases, built = {}, [], {}
    for name in names:
        networks[name] = architecture_profiles.as_network(name)
        channels = networks[name]["input_shape"][0]
        with torch.device("meta"):
            model = built[name] = architecture_profiles.models.create(name)
        networks[name]["blocks"] = block_parameters(model)
        for height in REGISTRY[name]:
            cases.append({"network": name, "height": height, **answer(model, (channels, height, height))})
    return networks, cases, built


def block_parameters(model):
    """Parameters of every part of the network by its path, as torch counts them."""
    return {path: sum(p.numel() for p in part.parameters()) for path, part in model.named_modules()}


def answer(model, input_shape):
    """What a fresh profile says of images of this size: rows and totals, or torch's refusal."""
    try:
        fresh = json.loads(measure.profile(model, input_shape).to_json())
    except (RuntimeError, ValueError) as error:
        return {"refusal": str(error)}
    places = [fresh["columns"].index(column) for column in KEPT]
    return {"refusal": None, "rows": [[row[at] for at in places] for row in fresh["layers"]],
            "totals": {name: fresh[name] for name in ("parameters", "macs")}}  # fmt: skip


def batch_answer(model, input_shape, batch):
    """MACs and bytes of all outputs for a batch, by torch's own counter and by hooks on the layers."""
    sizes = []

    def hook(module, _, output):
        if not any(True for _ in module.children()):
            sizes.append(output.numel() * output.element_size())

    hooks = [module.register_forward_hook(hook) for module in model.modules()]
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model.eval()(torch.empty(batch, *input_shape, device="meta"))
    for one in hooks:
        one.remove()
    return {"macs": counter.get_total_flops() // 2, "activation_bytes": sum(sizes)}


def widened_profile(name, width):
    """The profile of a registry network in which every channel count but those of image and scores is multiplied."""
    with torch.device("meta"):
        model = architecture_profiles.models.create(name)
    shape = architecture_profiles.models.info(name).input_shape
    layers = [layer for layer in measure.profile(model, shape).layers if layer.macs]
    modules = dict(model.named_modules())
    for index, layer in enumerate(layers):
        module = modules[layer.path]
        is_linear = isinstance(module, nn.Linear)
        inside, outside = ("in_features", "out_features") if is_linear else ("in_channels", "out_channels")
        reads, gives = getattr(module, inside), getattr(module, outside)
        reads = reads if index == 0 else int(reads * width)
        gives = gives if index == len(layers) - 1 else int(gives * width)
        if not is_linear and 1 < module.groups == module.in_channels:
            module.groups = reads
        window = () if is_linear else (*module.kernel_size,)
        groups = 1 if is_linear else module.groups
        setattr(module, inside, reads)
        setattr(module, outside, gives)
        module.weight = nn.Parameter(torch.empty(gives, reads // groups, *window, device="meta"))
        module.bias = None if module.bias is None else nn.Parameter(torch.empty(gives, device="meta"))
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.num_features = int(module.num_features * width)
            for part in ("weight", "bias", "running_mean", "running_var"):
                value = torch.empty(module.num_features, device="meta")
                setattr(module, part, nn.Parameter(value) if part in ("weight", "bias") else value)
    return measure.profile(model, shape)


def random_chain(seed):
    """A network of a learner: convolutions and poolings of all kinds, then a head that pools or flattens."""
    draw = random.Random(seed)
    channels, layers = draw.randint(1, 3), []
    shape = (channels, draw.randint(9, 40), draw.randint(9, 40))
    for _ in range(draw.randint(1, 5)):
        kind = draw.choice(["conv", "conv", "conv", "depthwise", "max", "average", "block"])
        kernel, stride = draw.randint(1, 4), draw.randint(1, 3)
        padding = draw.randint(0, kernel // 2)
        if kind == "block":
            layers.append(nn.Sequential(nn.Conv2d(channels, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU()))
            channels = 4
        elif kind == "max":
            layers.append(nn.MaxPool2d(kernel, stride, padding, ceil_mode=draw.random() < 0.5))
        elif kind == "average":
            layers.append(nn.AvgPool2d(kernel, stride, padding, ceil_mode=draw.random() < 0.5))
        else:
            out = channels if kind == "depthwise" else draw.randint(1, 8)
            layers.append(nn.Conv2d(
                channels, out, kernel, stride, padding, dilation=draw.randint(1, 2), bias=draw.random() < 0.5,
                groups=channels if kind == "depthwise" else 1,
            ))  # fmt: skip
            channels = out
    body = nn.Sequential(*layers)
    size = body(torch.empty(1, *shape)).shape[1:]
    head = draw.choice(["flatten", "pool", "adaptive", "map"])
    if head == "flatten":
        layers += [nn.Flatten(), nn.Dropout(), nn.Linear(size.numel(), 5)]
    elif head == "pool":
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 5), nn.ReLU()]
    elif head == "adaptive":
        layers += [nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(4 * channels, 5)]
    return nn.Sequential(*layers), shape


def chain_cases(count):
    """(networks, cases, models) of `count` random chains, each at its own size and at three others."""
    networks, cases, built = {}, [], {}
    for seed in range(10 * count):
        with torch.device("meta"):
            try:
                model, shape = random_chain(seed)
                profile = measure.profile(model, shape)
            except (RuntimeError, ValueError):
                continue
        name, draw = f"chain {seed}", random.Random(-seed)
        networks[name] = {**json.loads(profile.to_json()), "name": name, "input_shape": list(shape)}
        networks[name]["blocks"] = block_parameters(model)
        built[name] = model
        stride = max([layer.stride[0] for layer in profile.layers if layer.stride], default=1)
        heights = {
            shape[1],
            shape[1] + stride * draw.randint(1, 4),
            draw.randint(1, 50),
            max(shape[1] - stride, 1),
        }
        for height in sorted(heights):
            width = max(int(shape[2] * height / shape[1] + 0.5), 1)
            cases.append({"network": name, "height": height, **answer(model, (shape[0], height, width))})
        if len(networks) == count:
            return networks, cases, built
    raise AssertionError("too few chains fit")
