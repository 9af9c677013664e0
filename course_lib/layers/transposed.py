"""Two-dimensional transposed convolution from scratch: spread out, as a transposed matrix, as a fractional stride.

A convolution gathers each window of an image into one pixel; the transposed convolution spreads each pixel out over a
window. As matrices they are transposes of one another, not inverses: the sizes come back, the values do not. The three
functions equal `torch.nn.functional.conv_transpose2d`, in values and gradients.
Source: Dumoulin and Visin, arXiv 1603.07285, chapter 4.

Shapes: input N×C×H×W, weight C×(O/G)×KH×KW (that of the convolution from O channels to C), bias O, output N×O×OH×OW,
for G groups. Sizes are one number for both axes or a pair (vertical, horizontal), counted in pixels.
"""

import torch

from course_lib.layers.convolution import conv2d, fold, pad, pair


def transposed_size(input_size, kernel_size, stride=1, padding=0, output_padding=0, dilation=1):
    """Size of the output along one axis, S(M − 1) + D(K − 1) + 1 − 2P + A; all sizes in pixels.

    A stride S makes a convolution give the same size for S sizes of image; the output padding A says which of them
    comes back. Raises `ValueError` if a size is out of its range, A is not below the stride or the dilation, or
    nothing is left of the output. Source: Dumoulin and Visin, arXiv 1603.07285, relationship 14.
    """
    if min(input_size, stride, kernel_size, dilation) < 1 or min(padding, output_padding) < 0:
        raise ValueError(
            f"input size {input_size}, stride {stride}, kernel size {kernel_size} and dilation {dilation} must be at "
            f"least 1, padding {padding} and output padding {output_padding} at least 0"
        )
    if output_padding >= max(stride, dilation):
        raise ValueError(
            f"output padding {output_padding} must be below the stride {stride} or the dilation {dilation}"
        )
    spread = stride * (input_size - 1) + dilation * (kernel_size - 1) + 1 + output_padding
    if spread <= 2 * padding:
        raise ValueError(
            f"{input_size} pixels spread over {spread}, of which a padding of {padding} cuts all off: take a padding "
            f"of at most {(spread - 1) // 2}"
        )
    return spread - 2 * padding


def transposed_shape(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Shape (N, O, OH, OW) of the transposed convolution of `x` by `weight`; `ValueError` if the sizes do not fit."""
    if x.dim() != 4 or weight.dim() != 4:
        raise ValueError(f"input and weight must have 4 axes, got {tuple(x.shape)} and {tuple(weight.shape)}")
    (n, c, *image_size), (weight_channels, group_channels, *kernel_size) = x.shape, weight.shape
    if groups < 1 or c % groups:
        raise ValueError(f"{c} input channels cannot be divided into {groups} groups")
    if weight_channels != c:
        raise ValueError(
            f"the weight takes {weight_channels} channels, the input has {c}: they are the first axis of a "
            "transposed weight"
        )
    o = group_channels * groups
    if bias is not None and bias.shape != (o,):
        raise ValueError(f"the bias must have shape ({o},), one number a channel, got {tuple(bias.shape)}")
    sizes = image_size, kernel_size, *map(pair, (stride, padding, output_padding, dilation))
    return n, o, *map(transposed_size, *sizes)


def _trim(spread, bias, shape, padding, output_padding):
    """Cut `padding` off all sides, but at the end leave `output_padding` more, zeros where nothing was spread."""
    (top, left), (more_h, more_w), (out_h, out_w) = pair(padding), pair(output_padding), shape[2:]
    wide = pad(spread, output_padding)
    y = wide[..., more_h + top : more_h + top + out_h, more_w + left : more_w + left + out_w]
    return y if bias is None else y + bias[:, None, None]


def conv_transpose2d_loops(
    x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):  # fmt: skip
    """Transposed convolution as it is defined: every input pixel adds the filters, times its value, to a window."""
    shape = transposed_shape(x, weight, bias, stride, padding, output_padding, groups, dilation)
    (step_h, step_w), (gap_h, gap_w), (kernel_h, kernel_w) = pair(stride), pair(dilation), weight.shape[2:]
    _, _, spread_h, spread_w = transposed_shape(x, weight, None, stride, groups=groups, dilation=dilation)
    pixels = x.unflatten(1, (groups, -1))  # N×G×(C/G)×H×W
    filters = weight.unflatten(0, (groups, -1))  # G×(C/G)×(O/G)×KH×KW
    y = x.new_zeros(*shape[:2], spread_h, spread_w)
    for i in range(x.shape[2]):
        for j in range(x.shape[3]):
            rows = slice(i * step_h, i * step_h + gap_h * (kernel_h - 1) + 1, gap_h)
            columns = slice(j * step_w, j * step_w + gap_w * (kernel_w - 1) + 1, gap_w)
            window = torch.einsum("ngc,gcouv->ngouv", pixels[..., i, j], filters)  # N×G×(O/G)×KH×KW
            y[..., rows, columns] += window.flatten(1, 2)
    return _trim(y, bias, shape, padding, output_padding)


def conv_transpose2d(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Transposed convolution as the gradient of a convolution by its input: Wᵀ times the pixels, then folded."""
    shape = transposed_shape(x, weight, bias, stride, padding, output_padding, groups, dilation)
    spread = transposed_shape(x, weight, None, stride, groups=groups, dilation=dilation)
    filters = weight.flatten(1).unflatten(0, (groups, -1))  # G×(C/G)×(O/G·KH·KW)
    pixels = x.flatten(2).unflatten(1, (groups, -1))  # N×G×(C/G)×(H·W)
    columns = (filters.mT @ pixels).flatten(1, 2)  # N×(O·KH·KW)×(H·W)
    y = fold(columns, spread[2:], weight.shape[2:], stride, 0, dilation)
    return _trim(y, bias, shape, padding, output_padding)


def conv_transpose2d_fractional(
    x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1
):  # fmt: skip
    """Transposed convolution as a convolution of stride 1/S: S − 1 zeros between the pixels, the filters turned."""
    shape = transposed_shape(x, weight, bias, stride, padding, output_padding, groups, dilation)
    (n, c, h, w), (step_h, step_w) = x.shape, pair(stride)
    stretched = x.new_zeros(n, c, step_h * (h - 1) + 1, step_w * (w - 1) + 1)
    stretched[..., ::step_h, ::step_w] = x
    # Turned by half a circle, and the two axes of channels exchanged within each group: O×(C/G)×KH×KW.
    turned = weight.flip(2, 3).unflatten(0, (groups, -1)).transpose(1, 2).flatten(0, 1)
    reach = tuple(d * (k - 1) for k, d in zip(weight.shape[2:], pair(dilation)))
    y = conv2d(stretched, turned, None, 1, reach, dilation, groups)
    return _trim(y, bias, shape, padding, output_padding)
