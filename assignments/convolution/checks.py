"""Checks of the assignment convolution, one function per question; torch.nn.functional says what is right."""

import numpy as np
import torch
import torch.nn.functional as F

from course_lib.grading.checks import expect, expect_error, part

torch.set_num_threads(1)  # on arrays this small, threads that wait for a busy core cost ten times the work

CONVOLUTION = "lesson foundations/convolution"
PADDING = "lesson foundations/padding-and-stride"
CHANNELS = "channels and groups in question 3"
KEPT = "the arguments are left as they were"
IMPOSSIBLE = "ValueError for what is impossible"


def tensor(a, **options):
    """An array as a float64 tensor of its own."""
    return torch.tensor(np.array(a, dtype=np.float64), **options)


def torch_conv2d(x, weight, bias=None, **options):
    """F.conv2d on arrays."""
    return F.conv2d(tensor(x), tensor(weight), None if bias is None else tensor(bias), **options).numpy()


def torch_gradients(grad_output, x, weight, **options):
    """(grad_input, grad_weight, grad_bias) of F.conv2d by autograd."""
    leaves = [tensor(a, requires_grad=True) for a in (x, weight, np.zeros(len(weight)))]
    # As a scalar: backward(grad_output) would import sympy, three seconds in every grading.
    (F.conv2d(*leaves, **options) * tensor(grad_output)).sum().backward()
    return tuple(leaf.grad.numpy() for leaf in leaves)


# Question 1

LAYERS = {  # the table of the question
    "A": dict(c=3, h=32, w=32, o=16, k=5, padding=2, bias=True),
    "B": dict(c=16, h=32, w=32, o=32, k=3, stride=2, padding=1, bias=False),
    "C": dict(c=32, h=16, w=16, o=64, k=3, dilation=2, groups=4, bias=True),
}


def predict(student, rng):
    items = ("output shape", 0.5, PADDING), ("parameters", 0.25, CHANNELS), ("MACs", 0.25, CHANNELS)
    for name, layer in LAYERS.items():
        got, wants = student[f"layer_{name.lower()}"], layer_numbers(**layer)
        for index, (item, points, read) in enumerate(items):
            yield expect(f"layer {name}: {item}", points=points, got=part(got, index, of=3),
                         want=wants[index], reveal=False, read=read,
                         mistakes=lambda layer=layer, item=item: layer_mistakes(layer)[item])


def layer_numbers(c, h, w, o, k, **options):
    """(output shape, parameters, MACs) of a torch layer."""
    layer = torch.nn.Conv2d(c, o, k, **options)
    shape = tuple(layer(torch.zeros(1, c, h, w)).shape[1:])
    return shape, sum(p.numel() for p in layer.parameters()), layer.weight.numel() * shape[1] * shape[2]


def layer_mistakes(layer):
    """Known wrong predictions of a layer, by item."""
    def wrong(item, **change):
        return layer_numbers(**{**layer, **change})[item]

    shape, parameters, macs = layer_numbers(**layer)
    c, h, w, o, k = (layer[letter] for letter in "chwok")
    extra = layer.get("padding", 0)
    return {
        "output shape": {
            "the padding was left out": wrong(0, padding=0),
            "the padding was counted on one side only": wrong(0, h=h + extra, w=w + extra, padding=0),
            "the stride was left out": wrong(0, stride=1),
            "the dilation was left out": wrong(0, dilation=1),
            "the + 1 of the formula was left out": (o, shape[1] - 1, shape[2] - 1),
            "the input's channels stand where the number of filters should": (c, *shape[1:]),
            "the order should be channels, height, width": (*shape[1:], o),
        },
        "parameters": {
            "the bias was left out": wrong(1, bias=False),
            "a bias was counted, but this layer has none": wrong(1, bias=True),
            "the groups were left out: a filter sees C/G channels": wrong(1, groups=1),
            "the input channels were left out: a filter has a kernel for each": o * k * k + o * layer["bias"],
        },
        "MACs": {
            "adding the bias was counted": macs + shape[0] * shape[1] * shape[2],
            "the groups were left out: a filter sees C/G channels": wrong(2, groups=1),
            "multiplication and addition were counted apart": 2 * macs,
            "input pixels were counted instead of output pixels": macs // (shape[1] * shape[2]) * h * w,
            "the output pixels were left out": parameters,
        },
    }


# Question 2


def output_size(student, rng):
    def size_case(property, size, kernel_size, **options):
        return expect(
            property, points=0.5, got=student.output_size(size, kernel_size, **options),
            want=positions(size, kernel_size, **options),
            case=f"size {size}, kernel size {kernel_size}{said(options)}",
            mistakes=lambda: size_mistakes(size, kernel_size, **options), read=PADDING)

    size, k = int(rng.integers(15, 40)), int(rng.integers(3, 6))
    yield size_case("no padding, stride 1", size, k)
    yield size_case("no padding, stride 1", size, kernel_size=1)
    yield size_case("padding", size, k, padding=int(rng.integers(1, 4)))
    yield size_case("padding", size, size + 3, padding=2)  # fits, thanks to the padding
    for stride in (2, 3):  # neighbouring sizes: some leave pixels over, one does not
        for more in range(stride):
            yield size_case("stride, rounded down", size + more, k, stride=stride)
    yield size_case("dilation", size, k, dilation=int(rng.integers(2, 4)))
    for more in range(3):
        yield size_case("everything together", size + more, k, stride=3, padding=2, dilation=2)
    yield expect(IMPOSSIBLE, 0.5, student.output_size(size, size), 1, read=PADDING,
                 case=f"size {size}, kernel size {size}: it just fits")
    for change in ({"kernel_size": size + 3}, {"kernel_size": 0}, {"stride": 0}, {"padding": -1},
                   {"dilation": 0}):
        options = {"kernel_size": k, "stride": 1, "padding": 1, "dilation": 1, **change}
        yield expect_error(IMPOSSIBLE, 0.5, student.output_size(size, **options), "ValueError", read=PADDING,
                           case=f"size {size}{said(options)}")


def positions(size, kernel_size, **options):
    """Output size of F.conv1d."""
    return F.conv1d(torch.zeros(1, 1, size), torch.zeros(1, 1, kernel_size), **options).shape[2]


def size_mistakes(size, k, stride=1, padding=0, dilation=1):
    """Known wrong output sizes."""
    reach = size + 2 * padding - dilation * (k - 1)
    right = (reach - 1) // stride + 1
    return {
        "the padding was ignored": (reach - 2 * padding - 1) // stride + 1,
        "the padding was counted on one side only": (reach - padding - 1) // stride + 1,
        "the stride was ignored": reach,
        "the dilation was ignored": (reach + (dilation - 1) * (k - 1) - 1) // stride + 1,
        "rounded up, but a kernel that sticks out is not laid down": -(-(reach - 1) // stride) + 1,
        "the kernel was taken to cover D·K pixels, not D·(K − 1) + 1":
            (size + 2 * padding - dilation * k) // stride + 1,
        "the + 1 was put before the division by the stride": reach // stride,
        "the + 1 was left out": right - 1,
        "one position too many": right + 1,
        "the kernel size was not subtracted": (size + 2 * padding) // stride,
    }


def said(options):
    """The options that differ from the layer's defaults, as text."""
    defaults = dict(stride=1, padding=0, dilation=1, groups=1)
    return "".join(f", {name.replace('_', ' ')} {value}" for name, value in options.items()
                   if value != defaults.get(name))


# Question 3


def conv2d(student, rng):
    def conv_case(property, points, x, weight, bias=None, **options):
        got = student.conv2d(x, weight, *([] if bias is None else [bias]), **options)
        changed = student.changed if property == KEPT else ()
        return expect(property, points=points, got=got, want=torch_conv2d(x, weight, bias, **options),
                      changed=changed, case=sizes(x, weight, bias, options),
                      mistakes=lambda: conv_mistakes(x, weight, bias, **options),
                      read=PADDING if {"padding", "stride"} & set(options) else CONVOLUTION)

    yield conv_case("one image, one channel", 1, *draw(rng))
    yield conv_case("one image, one channel", 1, *draw(rng, kernel=(2, 2)))
    yield conv_case("several channels", 1, *draw(rng, c=3, o=2))
    yield conv_case("several channels", 1, *draw(rng, c=2, o=4, kernel=(1, 1)))
    yield conv_case("several images", 0.5, *draw(rng, n=3))
    yield conv_case("bias", 0.5, *draw(rng, o=3), rng.standard_normal(3))
    yield conv_case("padding", 1, *draw(rng), padding=1)
    yield conv_case("padding", 1, *draw(rng), padding=3)
    yield conv_case("padding", 1, *draw(rng, image=(4, 4), kernel=(7, 7)), padding=2)  # fits, thanks to it
    for more in range(3):  # neighbouring sizes: some leave pixels over, one does not
        yield conv_case("stride", 1, *draw(rng, image=(7 + more, 7 + more)), stride=2 + more % 2)
    yield conv_case("dilation", 1, *draw(rng, image=(8, 8)), dilation=2)
    yield conv_case("dilation", 1, *draw(rng, image=(8, 8), kernel=(2, 2)), dilation=3)
    yield conv_case("groups", 1, *draw(rng, c=4, o=6, groups=2), groups=2)
    yield conv_case("groups", 1, *draw(rng, c=3, o=3, groups=3), groups=3)
    yield conv_case("image and kernel that are not square", 1, *draw(rng, image=(6, 9), kernel=(2, 4)))
    yield conv_case("image and kernel that are not square", 1, *draw(rng, image=(9, 6), kernel=(5, 1)))
    every = dict(stride=2, padding=2, dilation=2, groups=2)
    x, weight = draw(rng, 2, 4, 6, (9, 10), (3, 2), 2)
    yield conv_case("everything together", 0.5, x, weight, rng.standard_normal(6), **every)
    x, weight = draw(rng)
    yield conv_case("integers in, fractions out", 0.5, rng.integers(0, 256, x.shape), weight)
    yield conv_case("integers in, fractions out", 0.5, x, rng.integers(-3, 4, weight.shape))
    yield conv_case(KEPT, 0.5, x, weight)
    yield conv_case(IMPOSSIBLE, 0.5, *draw(rng, o=3, image=(4, 4), kernel=(4, 4)))  # just fits
    wrong = [(draw(rng, image=(4, 4), kernel=(5, 5)), {}),
             (draw(rng, image=(4, 4), kernel=(7, 7)), {"padding": 1}),
             (draw(rng, image=(7, 4)), {"dilation": 2}), (draw(rng), {"stride": 0}),
             (draw(rng, c=3, o=2), {"groups": 2}), (draw(rng, c=4, o=3, groups=2), {"groups": 2})]
    for (x, weight), options in wrong:
        yield expect_error(IMPOSSIBLE, 0.5, student.conv2d(x, weight, **options), "ValueError",
                           case=sizes(x, weight, None, options), read=PADDING)


def draw(rng, n=1, c=1, o=1, image=None, kernel=(3, 3), groups=1):
    """Random (x, weight); a square image of 6 to 8 pixels unless `image` says (H, W)."""
    h, w = image or [int(rng.integers(6, 9))] * 2
    return rng.standard_normal((n, c, h, w)), rng.standard_normal((o, c // groups, *kernel))


def sizes(x, weight, bias, options):
    """The case in words."""
    (n, c, h, w), (o, _, k_h, k_w) = x.shape, weight.shape
    with_bias = "" if bias is None else ", bias"
    return f"N={n}, C={c}, O={o}, image {h}×{w}, kernel {k_h}×{k_w}{said(options)}{with_bias}"


def conv_mistakes(x, weight, bias, **options):
    """Known wrong outputs of a forward pass, those that exist for these sizes."""
    def wrong(x=x, weight=weight, bias=bias, **change):
        return torch_conv2d(x, weight, bias, **{**options, **change})

    stride, padding, groups = options.get("stride", 1), options.get("padding", 0), options.get("groups", 1)
    edges = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)), mode="edge")
    corner = np.pad(x, ((0, 0), (0, 0), (2 * padding, 0), (2 * padding, 0)))
    return existing({
        "the kernel was flipped": lambda: wrong(weight=weight[..., ::-1, ::-1]),
        "rows and columns of the kernel are swapped": lambda: wrong(weight=weight.swapaxes(2, 3)),
        "the padding was ignored": lambda: wrong(padding=0),
        "the padding was put on one side only": lambda: wrong(corner, padding=0),
        "the padding repeats the border instead of adding zeros": lambda: wrong(edges, padding=0),
        "the stride was ignored": lambda: wrong(stride=1),
        "the stride was used for the rows only": lambda: wrong(stride=(stride, 1)),
        "the dilation was ignored": lambda: wrong(dilation=1),
        "every group looked at the channels of the first one":
            lambda: wrong(x[:, : x.shape[1] // groups], groups=1),
        "the bias was forgotten": lambda: wrong(bias=None),
        "the bias was subtracted": lambda: wrong(bias=-bias),
        "only the first input channel was used": lambda: wrong(x[:, :1], weight[:, :1], groups=1),
        "the input channels were averaged instead of added": lambda: wrong(bias=None) / weight.shape[1],
        "only the first filter was used": lambda: wrong(weight=np.broadcast_to(weight[:1], weight.shape)),
        "only the first image was computed": lambda: wrong() * (np.arange(len(x)) == 0)[:, None, None, None],
        "the other images are missing": lambda: wrong(x[:1]),
        "the images were added up": lambda: wrong().sum(axis=0, keepdims=True),
        "the order of the axes should be N×O×OH×OW: this is N×OH×OW×O": lambda: wrong().transpose(0, 2, 3, 1),
        "the order of the axes should be N×O×OH×OW: this is O×N×OH×OW": lambda: wrong().swapaxes(0, 1),
        "rows and columns of the output are swapped": lambda: wrong().swapaxes(2, 3),
        "the last row and column of the output are missing": lambda: wrong()[:, :, :-1, :-1],
        "the axis of the images is missing": lambda: wrong()[0],
    })


def existing(makers):
    """The wrong outputs that can be made for a case; torch refuses some of them."""
    outputs = {}
    for sentence, make in makers.items():
        try:
            outputs[sentence] = make()
        except (RuntimeError, ValueError, TypeError):
            continue
    return outputs


# Question 4


def conv2d_backward(student, rng):
    def gradient_cases(points, n=1, c=1, o=1, image=(7, 7), kernel=(3, 3), groups=1, **options):
        """A call with random arrays; `points` maps the index of a gradient to (property, points)."""
        x, weight = draw(rng, n, c, o, image, kernel, groups)
        options = {**options, "groups": groups} if groups > 1 else options
        grad_output = rng.standard_normal(torch_conv2d(x, weight, **options).shape)
        got = student.conv2d_backward(grad_output, x, weight, **options)
        changed = student.changed
        wants = torch_gradients(grad_output, x, weight, **options)
        for index, (property, worth) in points.items():
            yield expect(property, points=worth, got=part(got, index, of=3), want=wants[index],
                         changed=changed if property == KEPT else (), case=sizes(x, weight, None, options),
                         mistakes=lambda i=index: gradient_mistakes(grad_output, x, weight, options)[i],
                         read=CONVOLUTION)

    def both(which):
        return {0: (f"grad_input, {which}", 0.5), 1: (f"grad_weight, {which}", 0.5)}

    yield from gradient_cases({0: ("grad_input", 1), 1: ("grad_weight", 1), 2: ("grad_bias", 0.5)}, c=2, o=3)
    images = {1: ("grad_weight, several images", 0.5), 2: ("grad_bias, several images", 0.5)}
    yield from gradient_cases(images, n=3)
    yield from gradient_cases(both("padding"), padding=1)
    yield from gradient_cases(both("padding"), padding=2, kernel=(4, 4))
    yield from gradient_cases(both("stride"), stride=2)
    yield from gradient_cases(both("stride"), stride=2, image=(8, 8))  # a row and a column are left over
    yield from gradient_cases(both("stride"), stride=3, image=(9, 9), kernel=(2, 2))
    yield from gradient_cases(both("dilation"), dilation=2)
    yield from gradient_cases(both("dilation"), dilation=3, kernel=(2, 2))
    yield from gradient_cases(both("groups"), c=4, o=6, groups=2)
    yield from gradient_cases(both("groups"), c=3, o=3, groups=3)
    every = dict(groups=2, stride=2, padding=2, dilation=2)
    yield from gradient_cases(both("everything together"), 2, 4, 6, (9, 10), (3, 2), **every)
    yield from gradient_cases({0: (KEPT, 0.5)}, c=2, o=2)


def gradient_mistakes(grad, x, weight, options):
    """Known wrong gradients by index: input, weight, bias."""
    def wrong(index, grad=grad, x=x, weight=weight, **change):
        return torch_gradients(grad, x, weight, **{**options, **change})[index]

    flipped = weight[..., ::-1, ::-1]
    padding = options.get("padding", 0)
    outer = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    # Without its gaps, in a kernel of the same reach: what comes out when the dilation is forgotten.
    reach = [options.get("dilation", 1) * (k - 1) + 1 for k in weight.shape[2:]]
    dense = np.zeros((*weight.shape[:2], *reach))
    dense[:, :, : weight.shape[2], : weight.shape[3]] = weight
    right = wrong(1)
    n = len(x)
    to_input = existing({
        "the kernel was turned by 180° once too often": lambda: wrong(0, weight=flipped),
        "rows and columns of the kernel are swapped": lambda: wrong(0, weight=weight.swapaxes(2, 3)),
        "the border that padding added was not cut off": lambda: wrong(0, x=outer, padding=0),
        "the padding was cut off at the wrong end":
            lambda: wrong(0, x=outer, padding=0)[:, :, : x.shape[2], : x.shape[3]],
        "the dilation was ignored": lambda: wrong(0, weight=dense, dilation=1),
        "only the first image was computed": lambda: wrong(0) * (np.arange(n) == 0)[:, None, None, None],
        "the gradients of the filters were averaged instead of added": lambda: wrong(0) / len(weight),
        "only the first filter was used":
            lambda: wrong(0, grad * (np.arange(len(weight)) == 0)[:, None, None]),
    })
    to_weight = existing({
        "it is turned by 180°": lambda: right[..., ::-1, ::-1],
        "rows and columns are swapped": lambda: right.swapaxes(2, 3),
        "the axes of input and output channels are swapped": lambda: right.swapaxes(0, 1),
        "only the first image was used": lambda: wrong(1, grad[:1], x[:1]),
        "the images were averaged instead of added": lambda: right / n,
        "the images were not added up":
            lambda: np.stack([wrong(1, grad[i : i + 1], x[i : i + 1]) for i in range(n)]),
        "the dilation was ignored":
            lambda: wrong(1, weight=dense, dilation=1)[:, :, : weight.shape[2], : weight.shape[3]],
        "only the first image channel was used": lambda: np.broadcast_to(right[:, :1], right.shape),
    })
    to_bias = {
        "the images were not added up": grad.sum(axis=(2, 3)),
        "the pixels were not added up": grad.sum(axis=0),
        "pixels and images were averaged instead of added": grad.mean(axis=(0, 2, 3)),
        "the pixels were averaged instead of added": grad.mean(axis=(2, 3)).sum(axis=0),
        "the images were averaged instead of added": grad.sum(axis=(2, 3)).mean(axis=0),
        "only the first image was used": grad[0].sum(axis=(1, 2)),
        "the filters were added up: there is one bias for each": grad.sum(),
    }
    return to_input, to_weight, to_bias


# Question 5


def conv1x1(student, rng):
    for property, points, n, c, o, with_bias in (
        ("one image", 1, 1, 3, 3, False),
        ("one image", 1, 1, 3, 4, False),
        ("several images", 0.5, 3, 2, 4, False),
        ("bias", 0.5, 1, 2, 4, True),
    ):
        x, weight = draw(rng, n, c, o, tuple(int(m) for m in rng.permutation([3, 5])), kernel=(1, 1))
        bias = rng.standard_normal(o) if with_bias else None
        matrix = weight[:, :, 0, 0]
        got = student.conv1x1(x, matrix, *([bias] if with_bias else []))
        yield expect(property, points=points, got=got, want=torch_conv2d(x, weight, bias), read=CHANNELS,
                     case=sizes(x, weight, bias, {}),
                     mistakes=lambda x=x, w=weight, b=bias: pixel_mistakes(x, w, b))


def pixel_mistakes(x, weight, bias):
    """Known wrong outputs of a 1×1 convolution."""
    n, c, h, w = x.shape
    matrix = weight[:, :, 0, 0]
    return conv_mistakes(x, weight, bias) | existing({
        "the weight matrix was transposed": lambda: torch_conv2d(x, matrix.T[:, :, None, None]),
        "before the product, reshape was to move an axis, but only transpose does":
            lambda: (x.reshape(-1, c) @ matrix.T).reshape(n, len(matrix), h, w),
        "after the product, reshape was to move an axis, but only transpose does":
            lambda: (x.transpose(0, 2, 3, 1) @ matrix.T).reshape(n, len(matrix), h, w),
        "the images were not kept apart: reshape to C×(N·H·W) mixes them":
            lambda: (matrix @ x.reshape(c, n * h * w)).reshape(n, len(matrix), h, w),
        "height and width were not taken apart again":
            lambda: torch_conv2d(x, weight).reshape(n, len(matrix), -1),
    })


# Question 6


def learn_kernel(student, rng):
    def descent(property, points, item, lr, steps, start=None):
        x, unknown = rng.standard_normal((10, 10)), rng.standard_normal((3, 3))
        target = torch_conv2d(x[None, None], unknown[None, None])[0, 0]
        start = rng.standard_normal((3, 3)) if start is None else start
        got = student.learn_kernel(x, target, start, lr, steps)
        changed = student.changed if property == KEPT else ()
        want = torch_descent(x, target, start, lr, steps)[item]
        return expect(property, points=points, got=part(got, item, of=2), want=want, changed=changed,
                      case=f"image 10×10, kernel 3×3, lr {lr}, steps {steps}", read=CONVOLUTION,
                      mistakes=lambda: descent_mistakes(x, target, start, lr, steps, item))

    yield descent("the loss before the first step", 0.5, 1, lr=0.1, steps=1)
    yield descent("one step", 1, 0, lr=0.1, steps=1)
    yield descent("a loss for every step", 0.5, 1, lr=0.05, steps=4)
    yield descent("thirty steps", 0.5, 0, lr=0.15, steps=30, start=np.zeros((3, 3)))
    yield descent(KEPT, 0.5, 1, lr=0.1, steps=1)


def torch_descent(x, target, kernel, lr, steps, loss=F.mse_loss):
    """(kernel, losses) after gradient descent by autograd."""
    x, target = torch.tensor(x)[None, None], torch.tensor(target)[None, None]
    kernel = torch.tensor(kernel, requires_grad=True)
    losses = []
    for _ in range(steps):
        value = loss(F.conv2d(x, kernel[None, None]), target)
        (gradient,) = torch.autograd.grad(value, kernel)
        losses.append(value.item())
        kernel = (kernel - lr * gradient).detach().requires_grad_()
    return kernel.detach().numpy(), np.array(losses)


def descent_mistakes(x, target, kernel, lr, steps, item):
    """Known wrong results; item 0 is the kernel, 1 the losses."""
    def wrong(kernel=kernel, lr=lr, steps=steps, **change):
        return torch_descent(x, target, kernel, lr, steps, **change)[item]

    first = torch_descent(x, target, kernel, lr, 1)
    step = first[0] - kernel
    more = torch_descent(x, target, kernel, lr, steps + 1)[1]
    sentences = {
        "the kernel went uphill: subtract the gradient": wrong(lr=-lr),
        "the 2 of the square's derivative was left out": wrong(lr=lr / 2),
        "the output pixels were added up, not averaged":
            wrong(loss=lambda a, b: (a - b).square().sum()),
        "the gradient was not divided by the number of output pixels": wrong(lr=lr * target.size),
        "the absolute difference was used instead of its square": wrong(loss=F.l1_loss),
        "the descent did not begin at the kernel that was given": wrong(kernel=np.zeros(kernel.shape)),
        "the learning rate was left out": wrong(lr=1),
    }
    kernels = {"one step too many": wrong(steps=steps + 1),
               "one step too few": wrong(steps=steps - 1),
               "the gradient is turned by 180°": kernel + step[::-1, ::-1],
               "rows and columns of the gradient are swapped": kernel + step.T,
               "the last step came back instead of the kernel": step}
    losses = {"the loss was taken after the step, not before it": more[1:],
              "there are more losses than steps": more,
              "there are fewer losses than steps": more[:-2],
              "the root was taken of the mean": np.sqrt(more[:-1]),
              "only the last loss came back": more[-2]}
    return sentences | (losses if item else kernels)
