"""Separable convolutions from scratch: over channels (depthwise, then 1×1) and over space (a column, then a row).

Depthwise-separable: Howard et al., *MobileNets*, arXiv 1704.04861, section 3.1; Chollet, *Xception*, arXiv 1610.02357.
Spatially separable: Szegedy et al., *Rethinking the Inception Architecture*, arXiv 1512.00567, section 3.2.

Shapes are those of `course_lib.layers.convolution`. `stride`, `padding` and `dilation` are one number for both axes or
a pair (vertical, horizontal), counted in pixels.
"""

import torch

from course_lib.layers.convolution import conv2d, output_shape, pair, unfold


def depthwise_conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1):
    """Filter every channel on its own, by M filters each: N×C×H×W by (C·M)×1×KH×KW → N×(C·M)×OH×OW.

    Equals `torch.nn.functional.conv2d` with C groups. Raises `ValueError` if the sizes do not fit.
    """
    c = x.shape[1]
    n, o, out_h, out_w = output_shape(x, weight, bias, stride, padding, dilation, c)
    columns = unfold(x, weight.shape[2:], stride, padding, dilation)  # N×(C·KH·KW)×(OH·OW)
    filters = weight.flatten(1).unflatten(0, (c, -1))  # C×M×(KH·KW)
    y = (filters @ columns.unflatten(1, (c, -1))).reshape(n, o, out_h, out_w)
    return y if bias is None else y + bias[:, None, None]


def pointwise_conv2d(x, weight, bias=None):
    """Mix the channels of each pixel, one fully connected layer for all pixels: N×C×H×W by O×C×1×1 → N×O×H×W.

    Raises `ValueError` if the weight is not 1×1 or takes another number of channels.
    """
    output_shape(x, weight, bias)
    if weight.shape[2:] != (1, 1):
        raise ValueError(f"a pointwise weight has shape O×C×1×1, got {tuple(weight.shape)}")
    y = torch.einsum("oc,nchw->nohw", weight[:, :, 0, 0], x)
    return y if bias is None else y + bias[:, None, None]


def separable_conv2d(x, depthwise, pointwise, bias=None, stride=1, padding=0, dilation=1):
    """Depthwise-separable convolution, space first and channels second: N×C×H×W → N×O×OH×OW.

    `depthwise` is (C·M)×1×KH×KW, `pointwise` O×(C·M)×1×1, and nothing stands between them; `bias` is added at the end.
    """
    return pointwise_conv2d(depthwise_conv2d(x, depthwise, None, stride, padding, dilation), pointwise, bias)


def separable_cost_ratio(out_channels, kernel_size):
    """Multiply-accumulates of a depthwise-separable over those of an ordinary convolution, 1/N + 1/K².

    N is the number of output channels; K² is KH·KW if the kernel is a pair. The weights have the same ratio. Raises
    `ValueError` for sizes below 1. Source: arXiv 1704.04861, section 3.1.
    """
    kernel_h, kernel_w = pair(kernel_size)
    if min(out_channels, kernel_h, kernel_w) < 1:
        raise ValueError(f"{out_channels} channels and a kernel of {kernel_h}×{kernel_w} must be at least 1")
    return 1 / out_channels + 1 / (kernel_h * kernel_w)


def spatially_separable_conv2d(x, column, row, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Filter by columns, then the result by rows: N×C×H×W → N×M×OH×W → N×O×OH×OW.

    `column` is M×(C/G)×KH×1, `row` O×(M/G)×1×KW; with C groups every channel has its own column and row. One ordinary
    convolution by `joined_kernel(column, row, groups)` gives the same. Raises `ValueError` if the sizes do not fit.
    """
    _require_column_and_row(column, row)
    (step_h, step_w), (pad_h, pad_w), (gap_h, gap_w) = pair(stride), pair(padding), pair(dilation)
    tall = conv2d(x, column, None, (step_h, 1), (pad_h, 0), (gap_h, 1), groups)
    return conv2d(tall, row, bias, (1, step_w), (0, pad_w), (1, gap_w), groups)


def joined_kernel(column, row, groups=1):
    """The kernel O×(C/G)×KH×KW that acts as `column` and then `row`: Σₘ row[o, m] · column[m, c].

    Each of its KH×KW slices is a sum of M/G products of a column and a row, so its rank is at most M/G: with one
    channel between the two only kernels of rank 1 can be had.
    """
    _require_column_and_row(column, row)
    m = len(column)
    if groups < 1 or m % groups or len(row) % groups or row.shape[1] * groups != m:
        raise ValueError(
            f"{m} columns, rows {tuple(row.shape)} and {groups} groups do not fit: a row takes the columns of its "
            "group"
        )
    rows = row[:, :, 0].unflatten(0, (groups, -1))  # G×(O/G)×(M/G)×KW
    columns = column[..., 0].unflatten(0, (groups, -1))  # G×(M/G)×(C/G)×KH
    return torch.einsum("gomv,gmcu->gocuv", rows, columns).flatten(0, 1)


def rank_one(kernel):
    """The column …×KH×1 and row …×1×KW whose product is nearest to each kernel …×KH×KW in the sum of squares.

    The sum of squares that is missed is that of all singular values but the first: zero for a kernel of rank 1.
    Source: Eckart and Young, Psychometrika 1, 1936.
    """
    if kernel.dim() < 2:
        raise ValueError(f"a kernel has at least the axes KH×KW, got shape {tuple(kernel.shape)}")
    left, values, right = torch.linalg.svd(kernel, full_matrices=False)
    share = values[..., :1, None].sqrt()  # the first singular value, half of it for each
    return left[..., :1] * share, right[..., :1, :] * share


def _require_column_and_row(column, row):
    if column.dim() != 4 or row.dim() != 4 or column.shape[3] != 1 or row.shape[2] != 1:
        raise ValueError(
            f"columns have shape M×C×KH×1 and rows O×M×1×KW, got {tuple(column.shape)} and {tuple(row.shape)}"
        )
