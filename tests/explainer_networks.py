"""Random chains of layers for the explainer's tests, and torch's answers to them."""

import functools

import numpy as np
import torch
from torch import nn

from course_lib import data, models
from course_lib.widgets import explainer, explainer_export, explainer_network

ACTIVATIONS = [
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.Tanh, nn.Sigmoid, nn.GELU, lambda: nn.GELU("tanh"), nn.SiLU,
    nn.Hardswish, nn.Hardsigmoid, lambda: nn.LeakyReLU(0.3), lambda: nn.ELU(0.7), nn.Identity, lambda: nn.Dropout(0.4),
]  # fmt: skip


def random_chain(random):
    """(nn.Sequential in evaluation mode and float64, input shape): about one in four does not fit together."""

    def pair(low, high):
        return tuple(int(n) for n in random.integers(low, high, 2, endpoint=True))

    def window(module):
        kernel = pair(1, 3)
        padding = tuple(int(random.integers(0, k // 2 + 1)) for k in kernel)
        if random.random() < 0.04:
            padding = (kernel[0], kernel[1])
        settings = {"stride": pair(1, 3), "padding": padding, "ceil_mode": random.random() < 0.5}
        if module is nn.MaxPool2d:
            return module(kernel, dilation=pair(1, 2), **settings)
        return module(kernel, count_include_pad=random.random() < 0.5, **settings)

    shape = (int(random.choice([1, 3])), *pair(5, 12))
    channels, layers = shape[0], []
    for _ in range(random.integers(2, 6)):
        draw = random.random()
        if draw < 0.4:
            groups = int(random.choice([n for n in range(1, channels + 1) if channels % n == 0]))
            filters = groups * int(random.integers(1, 4))
            wrong = channels + groups if random.random() < 0.04 else channels
            padding = "same" if random.random() < 0.2 else pair(0, 2)
            stride = 1 if padding == "same" else pair(1, 2)
            kernel = (7, 7) if random.random() < 0.05 else pair(1, 3)
            layers.append(
                nn.Conv2d(
                    wrong, filters, kernel, stride, padding, pair(1, 2), groups, bool(random.random() < 0.7)
                )
            )
            channels = filters
        elif draw < 0.55:
            layers.append(nn.BatchNorm2d(channels + (random.random() < 0.04), affine=random.random() < 0.8))
        elif draw < 0.8:
            layers.append(ACTIVATIONS[random.integers(len(ACTIVATIONS))]())
        elif draw < 0.9:
            layers.append(window(nn.MaxPool2d))
        elif draw < 0.97:
            layers.append(window(nn.AvgPool2d))
        else:
            layers.append(nn.AdaptiveAvgPool2d(pair(1, 3)))
    classes = int(random.integers(2, 5))
    flat = nn.Sequential(*layers, nn.Flatten())
    with torch.no_grad():
        try:
            count = flat.eval()(torch.zeros(1, *shape)).shape[1]
        except (RuntimeError, ValueError):
            count = 8
    if random.random() < 0.05:
        count += 1
    head = [
        nn.Flatten(),
        nn.Linear(count, 6),
        nn.BatchNorm1d(6),
        nn.Tanh(),
        nn.Linear(6, classes, bias=random.random() < 0.7),
    ]
    model = nn.Sequential(nn.Sequential(*layers), nn.Sequential(*head)).double().eval()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm1d):
            module.running_mean.copy_(torch.from_numpy(random.normal(size=module.num_features)))
            module.running_var.copy_(torch.from_numpy(random.uniform(0.2, 3, module.num_features)))
            if module.affine:
                module.weight.data.copy_(torch.from_numpy(random.normal(size=module.num_features)))
                module.bias.data.copy_(torch.from_numpy(random.normal(size=module.num_features)))
    return model, shape


def leaves(model):
    """The modules that the export keeps, in order."""
    return [
        m for m in model.modules() if not list(m.children()) and not isinstance(m, nn.Dropout | nn.Identity)
    ]


def dequantise(model, network):
    """Puts the exported numbers back into the model: what is left is the page's arithmetic alone."""
    for module, layer in zip(leaves(model), network["layers"], strict=True):
        if layer["kind"] in ("conv2d", "linear"):
            module.weight.data = torch.from_numpy(explainer_network.weight(layer))
            if module.bias is not None:
                module.bias.data = torch.from_numpy(explainer_network.vector(layer, "bias", len(module.bias)))
        if layer["kind"] == "batch_norm":
            count = module.num_features
            parts = {"running_mean": "mean", "running_var": "variance", "weight": "weight", "bias": "bias"}
            for theirs, ours in parts.items():
                if getattr(module, theirs) is not None:
                    value = torch.from_numpy(explainer_network.vector(layer, ours, count))
                    getattr(module, theirs).data = value
    return model


def answers(model, network, pixels, target):
    """torch's activations, scores, probabilities, gradients of each activation, and an occlusion loop."""
    mean, std = (torch.tensor(network[name], dtype=torch.float64)[:, None, None] for name in ("mean", "std"))

    def standardised(values):
        return ((torch.from_numpy(values.astype(float)) / 255 - mean) / std)[None]

    x = standardised(pixels).requires_grad_()
    outputs = [x]
    for module in leaves(model):
        outputs.append(module(outputs[-1]))
        outputs[-1].retain_grad()
    outputs[-1][0, target].backward()
    patch, step, grey = 3, 2, 128
    shares = []
    with torch.no_grad():
        _, height, width = pixels.shape
        for row in [*range(0, max(height - patch, 0), step), max(height - patch, 0)]:
            for column in [*range(0, max(width - patch, 0), step), max(width - patch, 0)]:
                covered = pixels.copy()
                covered[:, row : row + patch, column : column + patch] = grey
                shares.append([row, column, model(standardised(covered)).softmax(1)[0, target].item()])
    return {
        "outputs": [one.detach().flatten().tolist() for one in outputs],
        "shapes": [list(one.shape[1:]) for one in outputs],
        "gradients": [one.grad.flatten().tolist() for one in outputs],
        "shares": outputs[-1].detach().softmax(1)[0].tolist(),
        "occlusion": {"patch": patch, "step": step, "grey": grey, "places": shares},
        "target": target,
    }


def random_case(random):
    """A network with torch's answers, or with torch's refusal."""
    model, shape = random_chain(random)
    mean, std = random.uniform(0, 1, shape[0]), random.uniform(0.2, 1, shape[0])
    pixels = random.integers(0, 256, shape).astype(np.uint8)
    try:
        with torch.no_grad():
            scores = model(torch.zeros(1, *shape, dtype=torch.float64))
    except (RuntimeError, ValueError) as error:
        return {"model": model, "shape": shape, "refusal": str(error)}
    network = explainer_export.export(model, shape, mean=mean, std=std)
    dequantise(model, network)
    target = int(random.integers(scores.shape[1]))
    return {
        "network": network, "pixels": pixels.flatten().tolist(), "refusal": None, "model": model, "shape": shape,
        **answers(model, network, pixels, target),
    }  # fmt: skip


@functools.cache
def digits_network():
    """A tiny network trained for a few seconds on scikit-learn's digits, as (model, export, data)."""
    digits = data.load("digits")
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)),
        nn.Sequential(nn.Conv2d(8, 16, 3, padding=1), nn.ReLU()),
        nn.Sequential(nn.Flatten(), nn.Linear(256, 10)),
    )
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(6):
        for images, labels in data.batches(digits.train_images, digits.train_labels, 64, shuffle=True):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
    model.eval()
    return model, explainer_export.export(model, (1, 8, 8)), digits


@functools.cache
def _trained_lenet():
    """LeNet-5 after a few seconds on scikit-learn's digits, enlarged: (exported network, 28×28 images, labels)."""
    digits = data.load("digits")
    torch.manual_seed(0)
    model = models.create("lenet5")
    images = nn.functional.interpolate(digits.train_images.float(), (28, 28), mode="bilinear").round()
    optimizer = torch.optim.Adam(model.parameters(), 0.002)
    for chosen, labels in data.batches(images, digits.train_labels, 64, shuffle=True):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(chosen), labels).backward()
        optimizer.step()
    network = explainer_export.export(model, (1, 28, 28))
    return network, images[:12].to(torch.uint8), digits.train_labels[:12]


def example():
    """The gallery's explainer: LeNet-5 with twelve digits to choose from."""
    return explainer(*_trained_lenet(), at=[3, 4, 3, 5])
