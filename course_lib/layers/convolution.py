"""Two-dimensional convolution from scratch: as loops, then as one matrix product, with its gradients.

What deep learning calls convolution is cross-correlation: the kernel is not flipped (Goodfellow, Bengio and
Courville, *Deep Learning*, 2016, section 9.1). The functions equal those of the same name in
`torch.nn.functional`, in values and gradients; only a padding given as a word ("same") is not taken.

Shapes: input N×C×H×W, weight O×(C/G)×KH×KW, bias O, output N×O×OH×OW, for G groups. `stride`, `padding` and
`dilation` are one number for both axes or a pair (vertical, horizontal), counted in pixels.
"""

import torch


def pair(value):
    """Return `value` as (vertical, horizontal): one whole number stands for both axes, `ValueError` for other forms."""
    numbers = tuple(value) if isinstance(value, (tuple, list, torch.Size)) else (value,)
    if len(numbers) not in (1, 2) or not all(hasattr(number, "__index__") for number in numbers):
        raise ValueError(f"give one whole number or a pair (vertical, horizontal), got {value!r}")
    return numbers * 2 if len(numbers) == 1 else numbers


def output_size(input_size, kernel_size, stride=1, padding=0, dilation=1):
    """Number of kernel positions along one axis, ⌊(M + 2P − D(K − 1) − 1) / S⌋ + 1; all sizes in pixels.

    Raises `ValueError` if the stride, kernel or dilation is below 1, the padding negative, or the kernel larger
    than the padded input. Source: Dumoulin and Visin, arXiv 1603.07285, relationship 15.
    """
    if min(stride, kernel_size, dilation) < 1 or padding < 0:
        raise ValueError(
            f"stride {stride}, kernel size {kernel_size} and dilation {dilation} must be at least 1, "
            f"padding {padding} at least 0"
        )
    extent = dilation * (kernel_size - 1) + 1
    if extent > input_size + 2 * padding:
        raise ValueError(
            f"a kernel of size {kernel_size} with dilation {dilation} covers {extent} pixels, more than the "
            f"{input_size + 2 * padding} of the padded input ({input_size} + 2·{padding}): take a padding of "
            f"at least {-((input_size - extent) // 2)} or a smaller kernel"
        )
    return (input_size + 2 * padding - extent) // stride + 1


def output_shape(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Shape (N, O, OH, OW) of the convolution of `x` by `weight`; `ValueError` if the sizes do not fit."""
    if x.dim() != 4 or weight.dim() != 4:
        raise ValueError(f"input and weight must have 4 axes, got {tuple(x.shape)} and {tuple(weight.shape)}")
    (n, c, *image_size), (o, group_channels, *kernel_size) = x.shape, weight.shape
    if groups < 1 or c % groups or o % groups:
        raise ValueError(f"{c} input and {o} output channels cannot be divided into {groups} groups")
    if group_channels * groups != c:
        raise ValueError(
            f"the weight takes {group_channels} channels a group, but {c} input channels in {groups} groups "
            f"are {c // groups} a group"
        )
    if bias is not None and bias.shape != (o,):
        raise ValueError(f"the bias must have shape ({o},), one number a filter, got {tuple(bias.shape)}")
    return n, o, *map(output_size, image_size, kernel_size, pair(stride), pair(padding), pair(dilation))


def pad(x, padding, mode="zeros"):
    """Surround N×C×H×W images with `padding` pixels on each side: N×C×(H+2P)×(W+2P).

    The modes are those of `torch.nn.Conv2d`: zeros, reflect, replicate, circular. Raises `ValueError` for
    another mode, a negative padding, or if an image is too small to be reflected or repeated so far.
    """
    if min(pair(padding)) < 0:
        raise ValueError(f"padding {padding} must be at least 0")
    if mode == "zeros":
        (h, w), (pad_h, pad_w) = x.shape[-2:], pair(padding)
        padded = x.new_zeros(*x.shape[:-2], h + 2 * pad_h, w + 2 * pad_w)
        padded[..., pad_h : pad_h + h, pad_w : pad_w + w] = x
        return padded
    rows, columns = (_copied_from(s, p, mode) for s, p in zip(x.shape[-2:], pair(padding), strict=True))
    return x[..., rows[:, None], columns]


def _copied_from(size, padding, mode):
    """For each position of a padded axis, the position of the image whose pixel stands there."""
    largest = {"reflect": size - 1, "replicate": padding, "circular": size}
    if mode not in largest:
        raise ValueError(f"unknown padding mode {mode!r}: choose zeros, {', '.join(largest)}")
    if padding > largest[mode]:
        raise ValueError(
            f"{mode} padding of an axis of {size} pixels is at most {largest[mode]}, got {padding}"
        )
    position = torch.arange(-padding, size + padding)
    if mode == "reflect":  # the edge pixel itself is not repeated: 2 1 | 0 1 2 3 | 2 1
        return (size - 1) - (position.abs() - (size - 1)).abs()
    return position.clamp(0, size - 1) if mode == "replicate" else position % size


def conv2d_loops(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolution as it is defined: at every output position, a window of the input times the filters."""
    n, o, out_h, out_w = output_shape(x, weight, bias, stride, padding, dilation, groups)
    (step_h, step_w), (gap_h, gap_w), (kernel_h, kernel_w) = pair(stride), pair(dilation), weight.shape[2:]
    x = pad(x, padding).unflatten(1, (groups, -1))  #  N×G×(C/G)×H×W
    filters = weight.unflatten(0, (groups, -1))  #  G×(O/G)×(C/G)×KH×KW
    y = x.new_empty(n, o, out_h, out_w)
    for i in range(out_h):
        for j in range(out_w):
            rows = slice(i * step_h, i * step_h + gap_h * (kernel_h - 1) + 1, gap_h)
            columns = slice(j * step_w, j * step_w + gap_w * (kernel_w - 1) + 1, gap_w)
            y[:, :, i, j] = torch.einsum("ngcuv,gocuv->ngo", x[..., rows, columns], filters).flatten(1)
    return y if bias is None else y + bias[:, None, None]


def unfold(x, kernel_size, stride=1, padding=0, dilation=1):
    """Copy the window at each output position into a column: N×C×H×W → N×(C·KH·KW)×(OH·OW)."""
    kernel, step, gap = pair(kernel_size), pair(stride), pair(dilation)
    out_h, out_w = map(output_size, x.shape[2:], kernel, step, pair(padding), gap)
    x = pad(x, padding)
    n, c, h, w = x.shape
    # In memory the next pixel is 1 number away, the next row w, the next channel h·w: windows without a copy.
    windows = x.as_strided(
        (n, c, *kernel, out_h, out_w), (c * h * w, h * w, gap[0] * w, gap[1], step[0] * w, step[1])
    )
    return windows.reshape(n, c * kernel[0] * kernel[1], out_h * out_w)


def fold(columns, image_size, kernel_size, stride=1, padding=0, dilation=1):
    """Add every column back onto the window it came from, the transpose of `unfold`: → N×C×H×W."""
    kernel, step, gap = pair(kernel_size), pair(stride), pair(dilation)
    (h, w), (pad_h, pad_w) = pair(image_size), pair(padding)
    out_h, out_w = map(output_size, (h, w), kernel, step, (pad_h, pad_w), gap)
    columns = columns.unflatten(2, (out_h, out_w)).unflatten(1, (-1, *kernel))
    x = columns.new_zeros(len(columns), columns.shape[1], h + 2 * pad_h, w + 2 * pad_w)
    for u in range(kernel[0]):
        for v in range(kernel[1]):
            rows = slice(u * gap[0], u * gap[0] + step[0] * (out_h - 1) + 1, step[0])
            cols = slice(v * gap[1], v * gap[1] + step[1] * (out_w - 1) + 1, step[1])
            x[:, :, rows, cols] += columns[:, :, u, v]
    return x[:, :, pad_h : pad_h + h, pad_w : pad_w + w]


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolution as one matrix product: the windows unfolded into columns, the filters as rows."""
    n, o, out_h, out_w = output_shape(x, weight, bias, stride, padding, dilation, groups)
    columns = unfold(x, weight.shape[2:], stride, padding, dilation).unflatten(1, (groups, -1))
    filters = weight.flatten(1).unflatten(0, (groups, -1))  # G×(O/G)×(C/G·KH·KW)
    y = (filters @ columns).reshape(n, o, out_h, out_w)
    return y if bias is None else y + bias[:, None, None]


def conv2d_backward(grad_output, x, weight, stride=1, padding=0, dilation=1, groups=1):
    """Gradients of a loss by `x`, `weight` and the bias, given its gradient by the output, N×O×OH×OW.

    With the windows U as columns and the filters W as rows, Y = W U: so dW = dY Uᵀ and dU = Wᵀ dY, and
    folding dU gives dX. The bias is added at every position, so its gradient is a sum over all of them.
    """
    shape = output_shape(x, weight, None, stride, padding, dilation, groups)
    if grad_output.shape != shape:
        raise ValueError(f"the output has shape {shape}, its gradient {tuple(grad_output.shape)}")
    columns = unfold(x, weight.shape[2:], stride, padding, dilation).unflatten(1, (groups, -1))
    filters = weight.flatten(1).unflatten(0, (groups, -1))  # G×(O/G)×(C/G·KH·KW)
    grad = grad_output.flatten(2).unflatten(1, (groups, -1))  # N×G×(O/G)×(OH·OW)
    grad_weight = torch.einsum("ngol,ngkl->gok", grad, columns).reshape(weight.shape)
    grad_columns = (filters.mT @ grad).flatten(1, 2)
    grad_x = fold(grad_columns, x.shape[2:], weight.shape[2:], stride, padding, dilation)
    return grad_x, grad_weight, grad_output.sum((0, 2, 3))
