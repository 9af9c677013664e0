"""What the squeeze-and-excitation networks of `course_lib/models/senet.py` are held to."""

from functools import partial

from claims import Reference, pytorchcv, timm
from torch import nn

# Table 1 of the paper: the resolutions and widths of ResNet-50
STAGES = dict.fromkeys(
    [
        "seresnet50", "seresnet101", "seresnet152", "seresnet50_v1", "seresnet101_v1", "seresnet152_v1",
        "seresnext50_32x4d",
    ],
    {
        "stem": (64, 56, 56), "conv2": (256, 56, 56), "conv3": (512, 28, 28), "conv4": (1024, 14, 14),
        "conv5": (2048, 7, 7),
    },
)  # fmt: skip
STAGES["senet154"] = STAGES["seresnet50"] | {"stem": (128, 56, 56)}


def with_padded_pool(name):
    """A network of timm with our pooling, not Caffe's, which rounds its size up, and without the dropout it adds."""
    model = timm(name, drop_rate=0.0)
    model.pool0 = nn.MaxPool2d(3, 2, padding=1)
    return model


def reference(library, name, build):
    return Reference(f"{library} {name}", partial(build, name), 48)


DROPOUT = {"senet154": {"head.dropout": 0.2}}  # appendix

REFERENCES = {}
for depth in (50, 101, 152):
    REFERENCES[f"seresnet{depth}"] = [
        reference("timm", f"seresnet{depth}", timm),
        reference("pytorchcv", f"seresnet{depth}b", pytorchcv),
    ]
    REFERENCES[f"seresnet{depth}_v1"] = [
        reference("timm", f"legacy_seresnet{depth}", with_padded_pool),
        reference("pytorchcv", f"seresnet{depth}", pytorchcv),
    ]
REFERENCES["seresnext50_32x4d"] = [
    reference("timm", "seresnext50_32x4d", timm),
    reference("timm", "legacy_seresnext50_32x4d", with_padded_pool),
    reference("pytorchcv", "seresnext50_32x4d", pytorchcv),
]
REFERENCES["senet154"] = [
    reference("timm", "senet154", timm),
    reference("timm", "legacy_senet154", with_padded_pool),
    reference("pytorchcv", "senet154", pytorchcv),
]


def after_the_sum(model):
    block = model.stages.conv4[1]
    convs, attention = block.body[:3], block.body.attention
    block.forward = lambda x: block.act(attention(convs(x) + x))


def before_the_last_norm(model):
    body = model.stages.conv3[0].body
    body.forward = lambda x: body.conv3.norm(body.attention(body.conv3.conv(body.conv2(body.conv1(x)))))


def piecewise_gate(model):
    for block in model.stages.conv5:
        block.body.attention.gate = nn.Hardsigmoid()


def from_the_largest(model):
    model.stages.conv2[2].body.attention.pool = nn.AdaptiveMaxPool2d(1)


FAULTS = {
    "channels weighed after the sum": ("seresnet50", after_the_sum),
    "channels weighed before the last norm": ("seresnet50_v1", before_the_last_norm),
    "a gate of straight pieces instead of the sigmoid": ("seresnet50", piecewise_gate),
    "squeezed by the largest value instead of the mean": ("seresnext50_32x4d", from_the_largest),
}
