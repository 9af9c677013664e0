# %% [markdown]
# # Assignment: convolution
#
# You build the convolution layer in numpy: its output size, its forward pass with padding, stride, dilation
# and groups, the three gradients of its backward pass, and the 1×1 convolution. Then gradient descent,
# running on your own two passes, finds an unknown kernel. Two to three hours; each question says its points.
#
# ## Rules
#
# - **Use** numpy and plain Python. **Leave out** torch and every other library that has a convolution ready:
#   `scipy`, `torchvision`, `course_lib.layers`. The checks use torch to know what is right; your answers may
#   not.
# - Keep the names and arguments of the functions. Helpers of your own go into the same cell or a new one.
# - Arrays are float64. A function returns a new array and leaves its arguments as they were.
# - Below each question stands a **check**. It tells, property by property, what holds and what does not: the
#   case, expected and got, and often the likely cause. Run it as often as you like. `check(checks.conv2d,
#   globals(), seed=1)` draws other cases.
# - **Grading runs the same checks with a seed drawn at grading**, so an answer that fits only the open cases
#   earns nothing. Each property that holds earns its points, whatever the others do. Question 7 is read by a
#   person.
# - One call may compute for 5 seconds, a question for 20. Speed is not graded beyond that; loops are fine.
# - Read again: [Convolution](https://convnet-course.github.io/convnet-course/chapters/foundations/convolution.html)
#   and [Padding and
#   stride](https://convnet-course.github.io/convnet-course/chapters/foundations/padding-and-stride.html).
#   Channels and groups are explained here, in questions 3 and 6.
#
# Letters: N images, C input channels, O output channels, H×W pixels, KH×KW kernel, S stride, P padding, D
# dilation, G groups. Inputs are N×C×H×W, weights O×(C/G)×KH×KW, outputs N×O×OH×OW.

# %% tags=["given:setup"]
import checks
import numpy as np

from course_lib.grading.checks import check

# %% [markdown]
# ## The definition
#
# For one image, one channel, stride 1 and no padding, this is all there is: lay the kernel on the image,
# multiply what lies on top of each other, add up, move on by one pixel. Like every deep-learning library we
# do not flip the kernel.

# %% tags=["given:correlate"]
def correlate(x, kernel):
    """The definition in plain loops: image H×W, kernel KH×KW, result (H−KH+1)×(W−KW+1)."""
    y = np.zeros((x.shape[0] - kernel.shape[0] + 1, x.shape[1] - kernel.shape[1] + 1))
    for p in range(y.shape[0]):
        for q in range(y.shape[1]):
            for i in range(kernel.shape[0]):
                for j in range(kernel.shape[1]):
                    y[p, q] += x[p + i, q + j] * kernel[i, j]
    return y


image = np.array([[0, 0, 1, 1, 1]] * 4)
edge = np.array([[-1, 0, 1]] * 3)
print(image, "image, 4×5", edge, "kernel, 3×3", correlate(image, edge), "result, 2×3: an edge gives 3",
      sep="\n")

# %% [markdown]
# ## 1 Predict (3 points)
#
# By hand, before any code:
#
# | layer | input C×H×W | filters | kernel | stride | padding | dilation | groups | bias |
# |---|---|---|---|---|---|---|---|---|
# | A | 3×32×32 | 16 | 5×5 | 1 | 2 | 1 | 1 | yes |
# | B | 16×32×32 | 32 | 3×3 | 2 | 1 | 1 | 1 | no |
# | C | 32×16×16 | 64 | 3×3 | 1 | 0 | 2 | 4 | yes |
#
# For each layer give the output shape (channels, height, width) of one image, the number of parameters, and
# the number of multiply-accumulates (MACs) for one image; adding the bias is not counted. Form: `layer_a =
# (1, 2, 3), 4, 5`.

# %% tags=["solution:predict"]
# layer_a, layer_b, layer_c = ..., ..., ...
### BEGIN SOLUTION
layer_a = (16, 32, 32), 16 * 3 * 5 * 5 + 16, 16 * 32 * 32 * 3 * 5 * 5
layer_b = (32, 16, 16), 32 * 16 * 3 * 3, 32 * 16 * 16 * 16 * 3 * 3
layer_c = (64, 12, 12), 64 * 8 * 3 * 3 + 64, 64 * 12 * 12 * 8 * 3 * 3
### END SOLUTION

# %% tags=["check:predict:3"]
check(checks.predict, globals())

# %% [markdown]
# ## 2 Output size (3 points)
#
# How many positions does the kernel take along one axis? With 7 pixels, kernel size 3, padding 1, stride 2:
#
# ```
# padded     0   x0  x1  x2  x3  x4  x5  x6  0
# position 0 *   *   *
# position 1         *   *   *
# position 2                 *   *   *
# position 3                         *   *   *
# ```
#
# Four. A kernel that would stick out is not laid down, so the size is rounded down. With dilation D there are
# D − 1 pixels between neighbouring kernel entries: a kernel of size 3 with dilation 2 covers 5 pixels.

# %% tags=["solution:output_size"]
def output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    """Positions of the kernel along an axis of `size` pixels, as an int.

    Raises ValueError for a stride, kernel size or dilation below 1, a negative padding, and a kernel that
    covers more pixels than the padded input has.
    """
    ### BEGIN SOLUTION
    if min(kernel_size, stride, dilation) < 1 or padding < 0:
        raise ValueError("kernel_size, stride and dilation must be at least 1, padding at least 0")
    covered = dilation * (kernel_size - 1) + 1
    if covered > size + 2 * padding:
        raise ValueError(f"the kernel covers {covered} pixels, the padded input has {size + 2 * padding}")
    return (size + 2 * padding - covered) // stride + 1
    ### END SOLUTION

# %% tags=["check:output_size:3"]
check(checks.output_size, globals())

# %% [markdown]
# ## 3 Convolution, forward (10 points)
#
# Now with everything:
#
# $$y_{n,o,p,q} = b_o + \sum_{c}\sum_{i}\sum_{j} x^{\text{padded}}_{n,\;c_0+c,\;Sp+Di,\;Sq+Dj}\; w_{o,c,i,j}$$
#
# Padding puts P rows and columns of zeros on each of the four sides. With G groups, the input channels and
# the filters are each cut into G equal runs; the filters of a run see only the input channels of the same
# run, so $c$ counts to C/G and $c_0$ is the first channel of the run. Take one step at a time; the check has
# a property for each of them: one channel, more channels, more images, bias, padding, stride, dilation,
# groups.
#
# Three ways are equally good: loops over the formula; all windows at once
# (`np.lib.stride_tricks.sliding_window_view`) and one product; a sum over the KH·KW kernel entries of shifted
# slices.

# %% tags=["solution:conv2d"]
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolution of x (N×C×H×W) by weight (O×(C/G)×KH×KW), plus bias (O): N×O×OH×OW, float64.

    stride, padding and dilation are ints and hold for both axes. Raises ValueError for a stride or dilation
    below 1, a kernel that covers more than the padded input, and channels (C or O) that do not divide into
    groups.
    """
    ### BEGIN SOLUTION
    n, c, h, w = x.shape
    o, group_c, k_h, k_w = weight.shape
    if stride < 1 or dilation < 1:
        raise ValueError(f"stride {stride} and dilation {dilation} must be at least 1")
    if c % groups or o % groups or group_c * groups != c:
        raise ValueError(f"{groups} groups do not fit {c} input and {o} output channels")
    covered = dilation * (k_h - 1) + 1, dilation * (k_w - 1) + 1
    if covered[0] > h + 2 * padding or covered[1] > w + 2 * padding:
        raise ValueError(f"the kernel covers {covered} pixels, more than the padded {h}×{w} input has")
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    windows = np.lib.stride_tricks.sliding_window_view(x, covered, axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride, ::dilation, ::dilation]  # N×C×OH×OW×KH×KW
    windows = windows.reshape(n, groups, group_c, *windows.shape[2:])
    weight = weight.reshape(groups, o // groups, group_c, k_h, k_w)
    y = np.einsum("ngcpqij,gocij->ngopq", windows, weight)
    y = y.reshape(n, o, *y.shape[3:])
    return y if bias is None else y + bias[:, None, None]
    ### END SOLUTION

# %% tags=["check:conv2d:10"]
check(checks.conv2d, globals())

# %% [markdown]
# ## 4 Convolution, backward (9 points)
#
# `grad_output` holds the derivative of a loss by every entry of the output. Wanted are its derivatives by the
# input, the weights and the bias. One rule gives all three: *a number's gradient is the sum, over all outputs
# it took part in, of that output's gradient times the factor it was multiplied with.* Three questions lead to
# the code:
#
# - A weight $w_{o,c,i,j}$: which outputs did it take part in, and with which input pixel in each?
# - An input pixel: which outputs did it take part in, and with which weight in each? Windows overlap: add, do
#   not assign.
# - A bias: it was added to every output of its channel.
#
# With a stride, the last rows and columns of the input may lie under no window; their gradient is 0, and
# `grad_input` still has the shape of `x`. This question uses none of your earlier answers.

# %% tags=["solution:conv2d_backward"]
def conv2d_backward(grad_output, x, weight, stride=1, padding=0, dilation=1, groups=1):
    """Gradients of conv2d: (grad_input, grad_weight, grad_bias), shaped like x, like weight, and (O,)."""
    ### BEGIN SOLUTION
    n, c, h, w = x.shape
    o, group_c, k_h, k_w = weight.shape
    o_h, o_w = grad_output.shape[2:]
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    grad_x = np.zeros(x.shape)
    grad_y = grad_output.reshape(n, groups, o // groups, o_h, o_w)
    grouped = weight.reshape(groups, o // groups, group_c, k_h, k_w)
    grad_weight = np.zeros(grouped.shape)
    for i in range(k_h):
        for j in range(k_w):
            top, left = i * dilation, j * dilation
            rows = slice(top, top + stride * (o_h - 1) + 1, stride)
            columns = slice(left, left + stride * (o_w - 1) + 1, stride)
            met = x[:, :, rows, columns].reshape(n, groups, group_c, o_h, o_w)
            grad_weight[..., i, j] = np.einsum("ngopq,ngcpq->goc", grad_y, met)
            back = np.einsum("ngopq,goc->ngcpq", grad_y, grouped[..., i, j])
            grad_x[:, :, rows, columns] += back.reshape(n, c, o_h, o_w)
    grad_input = grad_x[:, :, padding : padding + h, padding : padding + w]
    grad_bias = grad_output.sum(axis=(0, 2, 3))
    return grad_input, grad_weight.reshape(weight.shape), grad_bias
    ### END SOLUTION

# %% tags=["check:conv2d_backward:9"]
check(checks.conv2d_backward, globals())

# %% [markdown]
# ## 5 The 1×1 convolution (2 points)
#
# A 1×1 kernel sees one pixel: the layer is a dense layer from C to O numbers, applied to every pixel. So it
# needs no windows, only one matrix product. Write it as such, with the weights as a matrix O×C.

# %% tags=["solution:conv1x1"]
def conv1x1(x, weight, bias=None):
    """1×1 convolution as a matrix product: x N×C×H×W, weight O×C, bias O, result N×O×H×W."""
    ### BEGIN SOLUTION
    n, c, h, w = x.shape
    y = weight @ x.reshape(n, c, h * w)  # N×O×(H·W)
    if bias is not None:
        y = y + bias[:, None]
    return y.reshape(n, len(weight), h, w)
    ### END SOLUTION

# %% tags=["check:conv1x1:2"]
check(checks.conv1x1, globals())

# %% [markdown]
# ## 6 Learn a kernel (3 points)
#
# Somebody filtered an image `x` (H×W) with a kernel that you do not know; you see the result `target`. Start
# from `kernel` and take `steps` steps of gradient descent on
#
# $$L = \frac{1}{\text{number of output pixels}} \sum_{p,q} (y_{p,q} - \text{target}_{p,q})^2,$$
#
# each step being kernel ← kernel − lr · ∂L/∂kernel, with your `conv2d` and `conv2d_backward` (an image is
# `x[None, None]`, N = C = 1). **If one of them does not work yet**, take the given `correlate` in its place:
# `correlate(x, kernel)` is the forward pass, and `correlate(x, grad_output)` is the gradient of the kernel.

# %% tags=["solution:learn_kernel"]
def learn_kernel(x, target, kernel, lr, steps):
    """Gradient descent from `kernel`: (the kernel after `steps` steps, the loss before each of them)."""
    ### BEGIN SOLUTION
    losses = []
    for _ in range(steps):
        difference = conv2d(x[None, None], kernel[None, None]) - target
        losses.append(np.mean(difference**2))
        grad_output = 2 * difference / difference.size
        _, grad_kernel, _ = conv2d_backward(grad_output, x[None, None], kernel[None, None])
        kernel = kernel - lr * grad_kernel[0, 0]
    return kernel, losses
    ### END SOLUTION

# %% tags=["check:learn_kernel:3"]
check(checks.learn_kernel, globals())

# %% [markdown]
# ## 7 Explain
#
# The next cell looks for the same kernel twice, from an image of noise and from an image of vertical stripes.
# It prints what gradient descent from a kernel of zeros ends at, computed in one go, so it does not need your
# answers. (Try it with your `learn_kernel` as well.)

# %% tags=["given:stripes"]
true_kernel = np.array([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
noise = np.random.default_rng(0).standard_normal((12, 12))
stripes = np.tile(noise[0], (12, 1))
for name, picture in ("noise", noise), ("stripes", stripes):
    target = correlate(picture, true_kernel)
    windows = np.lib.stride_tricks.sliding_window_view(picture, (3, 3)).reshape(-1, 9)
    found = np.linalg.lstsq(windows, target.ravel(), rcond=None)[0].reshape(3, 3)
    print(f"{name}: loss {np.mean((correlate(picture, found) - target) ** 2):.0e}, the kernel found:")
    print(found.round(2) + 0)

# %% [markdown]
# **7a (3 points).** On the stripes the loss goes to zero as well, but the kernel found is another one. Why
# can the data not tell the two apart, which kernels fit the stripes equally well, and why was just this one
# found? Three to six sentences.

# %% [markdown] tags=["answer:stripes:3"]
# All rows of the striped image are equal, so a kernel acts on it through the sums of its columns alone:
# $y_{p,q} = \sum_j x_{q+j} \sum_i k_{i,j}$. Every kernel whose columns add up to (−4, 0, 4) gives the same
# output, loss 0. The gradient is the same for the three entries of a column, so steps from a kernel of zeros
# keep them equal: the total of each column is spread evenly over its rows, −4/3, 0, 4/3.
#
# Rubric, one point each:
#
# 1. equal rows: only the column sums of the kernel act on the output, so the loss cannot see more
# 2. names the set: all kernels with column sums −4, 0, 4
# 3. start at zero and equal gradients within a column: the even split is the one reached (the smallest of the
#    set)

# %% [markdown]
# **7b (3 points).** For stride 1 and one channel, the gradient of the input is itself a convolution. Of what
# with what, with which padding, and why must the kernel be flipped for it? Explain from one input pixel:
# which outputs did it reach, through which weights? Three to six sentences.

# %% [markdown] tags=["answer:flip:3"]
# Pixel $x_r$ took part in the outputs $y_{r-i}$, each time through the weight $k_i$; so its gradient is
# $\sum_i g_{r-i}\,k_i$. As $i$ grows the index of $g$ falls: read as a sliding window over $g$, the window
# meets the kernel back to front, in both axes. So grad_input is the convolution (as in the definition above)
# of grad_output with the kernel turned by 180°, and grad_output needs K − 1 rows and columns of zeros on each
# side, because a pixel at the border reached fewer outputs and the result must be as large as the input.
#
# Rubric, one point each:
#
# 1. pixel r reached outputs r − i through weight i (in words or indices)
# 2. the index runs against the kernel's, hence the kernel turned by 180° (both axes)
# 3. zeros of width K − 1 around grad_output (less P, if there was padding), with the reason or the size

# %% [markdown]
# Before you hand in: restart the kernel, run all cells, read every check once more.
