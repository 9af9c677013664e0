"""Blocks equal their parts; squeeze-and-excitation and the channel shuffle equal torchvision's and torch's."""

import pytest
import torch
import torch.nn.functional as F
from oracle import EXACT, Draw, assert_same
from torch import nn

from course_lib.layers.attention import SqueezeExcitation
from course_lib.layers.blocks import Branches, ConvNormAct, Residual
from course_lib.layers.shuffle import ChannelShuffle, channel_shuffle


def image(*shape, seed=0):
    return Draw(seed).normal(*shape)


@pytest.mark.parametrize("training", [True, False])
def test_conv_norm_act_equals_its_parts(training):
    torch.manual_seed(0)
    block = ConvNormAct(4, 6, (3, 5), 2, dilation=(2, 1), groups=2).double().train(training)
    nn.init.normal_(block.norm.weight)
    nn.init.uniform_(block.norm.running_var)
    mean, var = block.norm.running_mean.clone(), block.norm.running_var.clone()
    x = image(2, 4, 9, 10)
    y = F.conv2d(x, block.conv.weight, None, 2, (2, 2), (2, 1), 2)
    y = F.relu(F.batch_norm(y, mean, var, block.norm.weight, block.norm.bias, training))
    torch.testing.assert_close(block(x), y, **EXACT)
    torch.testing.assert_close(block.norm.running_var, var, **EXACT)


@pytest.mark.parametrize("kernel", [1, 3, 5, (3, 7)])
@pytest.mark.parametrize("dilation", [1, 2, (1, 3)])
@pytest.mark.parametrize("stride", [1, 2])
def test_conv_norm_act_pads_so_that_the_stride_alone_shrinks(kernel, dilation, stride):
    y = ConvNormAct(2, 3, kernel, stride, dilation=dilation)(torch.zeros(1, 2, 9, 12))
    assert y.shape == (1, 3, -(-9 // stride), -(-12 // stride))


def test_conv_norm_act_leaves_out_what_is_none_and_has_one_bias():
    assert ConvNormAct(2, 3, 3).conv.bias is None
    bare = ConvNormAct(2, 3, 3, padding=0, norm=None, act=None)
    assert [*dict(bare.named_children())] == ["conv"] and bare.conv.bias is not None
    assert bare.conv.padding == (0, 0)
    assert ConvNormAct(2, 3, 3, bias=True).conv.bias is not None
    assert isinstance(ConvNormAct(2, 3, 3, act=nn.ReLU6).act, nn.ReLU6)


def test_branches_are_concatenated_in_their_order():
    torch.manual_seed(0)
    parts = {"one": nn.Conv2d(3, 2, 1), "three": nn.Conv2d(3, 4, 3, padding=1), "pool": nn.MaxPool2d(3, 1, 1)}
    block, x = Branches(parts).double(), image(2, 3, 5, 6)
    expected = torch.cat([parts["one"](x), parts["three"](x), parts["pool"](x)], 1)
    torch.testing.assert_close(block(x), expected, **EXACT)
    assert block(x).shape == (2, 9, 5, 6)


@pytest.mark.parametrize("projected", [True, False])
@pytest.mark.parametrize("act", [nn.ReLU, None])
def test_residual_equals_body_plus_shortcut(projected, act):
    torch.manual_seed(0)
    # As in a network, the body ends with a normalisation, whose output is written over.
    body = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)).double()
    shortcut = nn.Conv2d(3, 3, 1).double() if projected else None
    x = image(2, 3, 5, 6)
    block, kept = Residual(body, shortcut, act), x.clone()

    def expected(x):
        y = body(x) + (shortcut(x) if projected else x)
        return y if act is None else F.relu(y)

    assert_same(block, expected, x)
    block(x)
    assert torch.equal(x, kept)


@pytest.mark.parametrize("act, gate", [(nn.ReLU, nn.Sigmoid), (nn.SiLU, nn.Hardsigmoid)])
def test_squeeze_excitation_equals_torchvision(act, gate):
    from torchvision.ops import SqueezeExcitation as Theirs

    torch.manual_seed(0)
    ours = SqueezeExcitation(8, 3, act, gate).double()
    theirs = Theirs(8, 3, act, gate).double()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert mine.shape == other.shape
        other.data.copy_(mine)
    assert_same(ours, theirs, image(2, 8, 4, 5))


@pytest.mark.parametrize("groups, n", [(1, 6), (2, 3), (3, 4), (4, 2), (6, 1)])
def test_channel_shuffle_equals_torch_and_has_an_inverse(groups, n):
    x = image(2, groups * n, 3, 4)
    assert_same(lambda x: channel_shuffle(x, groups), lambda x: F.channel_shuffle(x, groups), x)
    shuffled = ChannelShuffle(groups)(x)
    assert torch.equal(shuffled, nn.ChannelShuffle(groups)(x))
    assert torch.equal(channel_shuffle(shuffled, n), x)


def test_channel_shuffle_deals_as_it_says():
    x = torch.arange(6).view(1, 6, 1, 1)  # two groups of three: 0 1 2 | 3 4 5
    assert channel_shuffle(x, 2).flatten().tolist() == [0, 3, 1, 4, 2, 5]


@pytest.mark.parametrize("groups", [0, 4])
def test_channel_shuffle_refuses_groups_that_do_not_divide(groups):
    with pytest.raises(ValueError, match=f"6 channels cannot be divided into {groups} groups"):
        channel_shuffle(torch.zeros(1, 6, 2, 2), groups)
