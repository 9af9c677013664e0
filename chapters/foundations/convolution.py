# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Convolution
#
# :::{card} How can one small set of weights look for the same pattern everywhere in an image?
# **After this lesson you can** compute a convolution by hand, tell it from cross-correlation, write it in two ways and
# differentiate it, and say what the library does faster.
#
# **Needs** matrix products, partial derivatives, and eigenvalues for one explanation. **Takes** an hour to study.
# **Runs in** at most 60 s on two CPU cores; a GPU is not needed. **Downloads** nothing.
# :::

# %% tags=["hide-input"]
import time

import torch
import torch.nn.functional as F

from course_lib import data, plots, widgets
from course_lib.book import glue
from course_lib.layers import convolution

_ = torch.manual_seed(0)

# %% [markdown]
# ## Why
#
# A fully connected layer has one weight for every pair of input and output. What it learns at one place of the image
# it does not know at another. Take a layer with a single output that answers to a vertical edge in the middle of an
# 8×8 image: its 64 weights are the picture of that edge. The same edge three pixels to the right gives it nothing.

# %%
edge = torch.zeros(8, 8)
edge[:, 3], edge[:, 4] = -1, 1
weights = edge.flatten()  # 64 weights that look for this edge, at this place
shifted = edge.roll(3, dims=1)
print("edge in the middle:       ", (weights @ edge.flatten()).item())
print("three pixels to the right:", (weights @ shifted.flatten()).item())

# %% [markdown]
# A **convolution** slides one small set of weights, the **kernel**, over the image and writes down the answer at each
# position. Two weights now find the edge wherever it stands, and the position of the largest answer says where.

# %%
kernel = torch.tensor([[-1.0, 1.0]])
for name, image in ("in the middle:", edge), ("to the right:", shifted):
    answers = convolution.conv2d(image[None, None], kernel[None, None])[0, 0]
    print(f"{name:15}{answers[0].tolist()}")

# %% [markdown]
# ## By hand
#
# Lay a 2×2 kernel over the top left corner of a 3×3 input, multiply what lies on top of each other, and add up:
# 0·0 + 1·1 + 3·2 + 4·3 = 19. Move the kernel one pixel to the right and do it again.

# %%
x = torch.arange(9.0).view(3, 3)
w = torch.tensor([[0.0, 1.0], [2.0, 3.0]])
print(x, w, sep="\n")

# %% [markdown]
# All four positions, row by row:

# %%
for i in range(2):
    for j in range(2):
        window = x[i : i + 2, j : j + 2]
        print(f"position ({i}, {j}): {(window * w).sum().item():.0f}")

# %% [markdown]
# Four positions, four numbers: a 3×3 input and a 2×2 kernel give a 2×2 output.
#
# ## Formula
#
# ### A delayed sum
#
# Convolution comes from signal processing. A source sends $x_t$ at each time $t$, and a fraction $w_k$ of what it
# sent is still there $k-1$ steps later. What arrives at time $t$ is the sum of the new and the faded:
#
# $$ y_t = \sum_{k=1}^{K} w_k \, x_{t-k+1}. $$ (eq-delay)
#
# With $w = (1, \tfrac12, \tfrac14)$ a single pulse fades over three steps, and two pulses overlap.

# %%
signal = torch.tensor([0.0, 8, 0, 0, 0, 8, 8, 0, 0, 0])
fading = [1, 1 / 2, 1 / 4]
received = [
    sum(w_k * signal[t - k] for k, w_k in enumerate(fading) if t >= k).item()
    for t in range(len(signal))
]
print("sent:    ", signal.tolist())
print("received:", received)

# %% [markdown]
# ### Two dimensions, and the flip
#
# Note the sign in $x_{t-k+1}$: as $k$ goes forwards, the signal is read backwards. Written for images the same rule is
#
# $$ y_{ij} = \sum_{u=1}^{K} \sum_{v=1}^{K} w_{uv} \, x_{i-u+1,\, j-v+1}, $$ (eq-convolution)
#
# which turns the kernel by 180° before it is laid on the image. This is **convolution** as mathematics has it. Neural
# networks leave the turn out:
#
# $$ y_{ij} = \sum_{u=1}^{K} \sum_{v=1}^{K} w_{uv} \, x_{i+u-1,\, j+v-1}. $$ (eq-correlation)
#
# This is **cross-correlation**, and it is what we did by hand. PyTorch and the literature of deep learning call it
# convolution, and so do we from here on {footcite:p}`goodfellow2016`. Since the weights are learned, nothing is lost:
# a network that needs the turned kernel learns the turned kernel. The two differ when the kernel is given:

# %%
x5 = torch.tensor([[1.0, 1, 1, 1, 1], [-1, 0, -3, 0, 1], [2, 1, 1, -1, 0],
                   [0, -1, 1, 2, 1], [1, 2, 1, 1, 1]])  # fmt: skip
w3 = torch.tensor([[1.0, 0, 0], [0, 0, 0], [0, 0, -1]])


def correlate(x, w):
    return F.conv2d(x[None, None], w[None, None])[0, 0]


print("convolution, kernel turned:", correlate(x5, w3.flip(0, 1)), sep="\n")
print("cross-correlation:", correlate(x5, w3), sep="\n")

# %% [markdown]
# This kernel changes its sign when it is turned, so here the one is minus the other. A kernel that is the same after
# the turn, such as an average, makes no difference.
#
# ### Sizes and cost
#
# A kernel of $K$ pixels fits into $M$ pixels at $M-K+1$ positions, so an $H×W$ input gives an $(H-K+1)×(W-K+1)$
# output, the **feature map**. Each output costs $K^2$ multiplications and additions (**MACs**,
# multiply-accumulates); the parameters are the $K^2$ weights and one **bias** $b$ that is added to every output,
# whatever the size of the image:

# %%
x6 = torch.tensor([[2.0, 3, 1, 5, 2, 3], [7, 4, 5, 2, 3, 1], [3, 9, 6, 0, 4, 2],
                   [0, 6, 4, 7, 1, 2], [4, 1, 0, 8, 0, 6], [7, 0, 2, 1, 6, 3]])  # fmt: skip
w6 = torch.tensor([[1.0, 0, 1], [4, -3, 2], [3, 0, -1]])
y6 = correlate(x6, w6)
print(y6)
macs = y6.numel() * w6.numel()
print(f"{y6.numel()} outputs × {w6.numel()} = {macs} MACs, {w6.numel()} weights")

# %% [markdown]
# ## From scratch
#
# ### Loops
#
# The definition, written down: for each output, a window and a sum.


# %%
def conv2d_by_loops(x, w):
    (h, width), (kh, kw) = x.shape, w.shape
    y = torch.zeros(h - kh + 1, width - kw + 1)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            for u in range(kh):
                for v in range(kw):
                    y[i, j] += w[u, v] * x[i + u, j + v]
    return y


assert torch.equal(conv2d_by_loops(x6, w6), correlate(x6, w6))

# %% [markdown]
# ### Unfolding
#
# Four nested loops in Python are slow. A computer is fast at matrix products, so we make one. Write each window as a
# column: the input becomes a matrix with $K^2$ rows and one column for each position. The kernel becomes a row. Their
# product holds all the outputs {footcite:p}`chellapilla2006`.


# %%
def unfold(x, kh, kw):
    oh, ow = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    rows = [x[u : u + oh, v : v + ow].flatten() for u in range(kh) for v in range(kw)]
    return torch.stack(rows)  # (KH·KW) × (OH·OW): column p is the window at position p


columns = unfold(x, 2, 2)
print(columns)
print("kernel as a row times the columns:", (w.flatten() @ columns).tolist())

# %% [markdown]
# The same four numbers as by hand. Put back into the shape of an image they are the output:


# %%
def conv2d_by_unfolding(x, w):
    kh, kw = w.shape
    y = w.flatten() @ unfold(x, kh, kw)
    return y.view(x.shape[0] - kh + 1, x.shape[1] - kw + 1)


assert torch.allclose(conv2d_by_unfolding(x6, w6), correlate(x6, w6))

# %% [markdown]
# The columns repeat each pixel up to $K^2$ times: unfolding buys speed with memory. To see how much, we time a function
# as the median of several runs, after one that warms up.


# %%
def milliseconds(function, *inputs, repeats):
    function(*inputs)
    runs = []
    for _ in range(repeats):
        began = time.perf_counter()
        function(*inputs)
        runs.append((time.perf_counter() - began) * 1e3)
    return sorted(runs)[repeats // 2]


# %% [markdown]
# On an image of 64×64 pixels and a 5×5 kernel:

# %%
inputs = torch.randn(64, 64), torch.randn(5, 5)
loops = milliseconds(conv2d_by_loops, *inputs, repeats=1)
unfolding = milliseconds(conv2d_by_unfolding, *inputs, repeats=51)
library = milliseconds(correlate, *inputs, repeats=51)
print(f"loops {loops:.0f} ms, unfolding {unfolding:.2f} ms, PyTorch {library:.2f} ms")
glue("loops-over-unfolding", f"{float(f'{loops / unfolding:.1g}'):,.0f}")

# %% [markdown]
# Unfolding is about {glue:text}`loops-over-unfolding` times as fast as the loops, with the same arithmetic: what took
# the time was Python, not the multiplications. On one image so small PyTorch gains little more.
#
# ### Backward
#
# To train a kernel we need the gradient of a loss $L$ by its weights, and to train the layers before it, the gradient
# by the input. Let $g_{ij} = \partial L / \partial y_{ij}$ be given. From {eq}`eq-correlation`, weight $w_{uv}$
# meets $x_{i+u-1,\,j+v-1}$ in output $y_{ij}$, so by the chain rule
#
# $$ \frac{\partial L}{\partial w_{uv}} = \sum_{i,j} g_{ij} \, x_{i+u-1,\,j+v-1}, \qquad
#    \frac{\partial L}{\partial b} = \sum_{i,j} g_{ij}. $$ (eq-grad-weight)
#
# The first is again a cross-correlation, of the input with the gradient as its kernel. Pixel $x_{pq}$ has taken part
# in all outputs whose window covers it, with weight $w_{uv}$ in output $y_{p-u+1,\,q-v+1}$:
#
# $$ \frac{\partial L}{\partial x_{pq}} = \sum_{u,v} w_{uv} \, g_{p-u+1,\,q-v+1}. $$ (eq-grad-input)
#
# This is {eq}`eq-convolution`, the true convolution: going backwards brings the flip back. Outside the output $g$ is
# zero, so we surround it with $K-1$ zeros.


# %%
def conv2d_backward(g, x, w):
    kh, kw = w.shape
    grad_w = correlate(x, g)
    grad_x = correlate(F.pad(g, (kw - 1, kw - 1, kh - 1, kh - 1)), w.flip(0, 1))
    return grad_x, grad_w, g.sum()


# %% [markdown]
# PyTorch's automatic differentiation must give the same.

# %%
leaves = [value.clone().requires_grad_() for value in (x6, w6, torch.tensor(1.0))]
y = correlate(leaves[0], leaves[1]) + leaves[2]
g = torch.randn(4, 4)
theirs = torch.autograd.grad(y, leaves, g)
ours = conv2d_backward(g, x6, w6)
for name, a, b in zip(["input", "weights", "bias"], ours, theirs):
    assert torch.allclose(a, b, atol=1e-5)
    print(f"by the {name:8} largest difference {(a - b).abs().max().item():.1e}")

# %% [markdown]
# ## Play
#
# Rest on a cell of the output to see what it is made of; rest on a cell of the input to see every output that it
# feeds, which is what {eq}`eq-grad-input` adds up. Click a number to change it.

# %%
widgets.convolution(input=x6, kernel=w6)

# %% [markdown]
# Two things to try:
#
# 1. Find an input cell that feeds only one output, one that feeds three, and one that feeds nine. Where do they lie?
# 2. Set the kernel to zeros with a single 1 in a corner. What does the output show? Move the 1 to the middle.
#
# What to notice: a pixel feeds as many outputs as there are windows over it, one in a corner and nine in the middle, so
# the border has less say. And a kernel with a single 1 copies the input, cut to the size of the output; where the 1 lies
# says which part is kept.
#
# ## In the library
#
# `course_lib.layers.convolution` holds the same two ways for a **batch**, several images at once, and for images with
# several **channels**, such as red, green and blue; one **filter** then has a kernel for each channel, and the sums are
# added up. It also takes stride, padding, dilation and groups, of which later lessons speak. On one image with one channel
# it gives what our cells give:

# %%
batch = x6[None, None]  # N×C×H×W = 1×1×6×6
filters = w6[None, None]  # O×C×KH×KW = 1×1×3×3
y = convolution.conv2d(batch, filters)
assert torch.allclose(y[0, 0], conv2d_by_unfolding(x6, w6))
theirs = convolution.conv2d_backward(g[None, None], batch, filters)
for a, b in zip(ours, theirs):
    assert torch.allclose(a, b.squeeze(), atol=1e-5)

# %% [markdown]
# The forward pass is five lines:
#
# ```{literalinclude} /course_lib/layers/convolution.py
# :pyobject: conv2d
# ```
#
# On a layer as networks have it, with 32 images of 32×32 pixels and a border of one, 64 channels in and 64 filters, we
# compare it with PyTorch's, which is written in C++ for this processor:

# %%
layer_x, layer_w = torch.randn(32, 64, 34, 34), torch.randn(64, 64, 3, 3)
ours = milliseconds(convolution.conv2d, layer_x, layer_w, repeats=7)
writing = milliseconds(convolution.unfold, layer_x, 3, repeats=7)
library = milliseconds(F.conv2d, layer_x, layer_w, repeats=7)
print(f"unfolding {ours:.0f} ms, of which the columns {writing:.0f} ms")
print(f"PyTorch   {library:.0f} ms")
glue("unfolding-over-torch", f"{ours / library:.1f}")
glue("columns-share", f"{writing / ours:.0%}")

# %% [markdown]
# Ours takes {glue:text}`unfolding-over-torch` times as long, and {glue:text}`columns-share` of it goes into writing the
# columns, which hold every pixel nine times. What PyTorch calls on this processor does not write them.
#
# ### Kernels made by hand
#
# Before kernels were learned they were designed. Two of these look for edges: their maps are far from 0 where the
# photograph looks like the kernel or like its negative. The other two change the picture.

# %%
photo = data.photograph("china.jpg").float().mean(0) / 255  # grey, 0 to 1
kernels = {
    "vertical edges": [[1, 0, -1], [2, 0, -2], [1, 0, -1]],
    "horizontal edges": [[1, 2, 1], [0, 0, 0], [-1, -2, -1]],
    "sharpen": [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
}
kernels = {name: torch.tensor(rows).float() for name, rows in kernels.items()}
kernels["blur"] = torch.full((9, 9), 1 / 81)
maps = {name: correlate(photo, values) for name, values in kernels.items()}

# %% mystnb={"image": {"alt": "Five pictures of one photograph of a Chinese temple: as it is; its vertical edges, where columns and corners stand out; its horizontal edges, where roofs and steps stand out; sharpened; blurred."}} tags=["hide-input"]
pictures = [photo, *maps.values()]
pictures = [picture.abs().clamp(0, 1) for picture in pictures]
plots.images(pictures, ["photograph", *maps], columns=3, width=2.1, vmin=0, vmax=1)

# %% [markdown]
# The edge maps are shown without their sign. The two edge kernels (Sobel's) subtract one side from the other, so they
# give nothing on an even surface: their weights sum to 0. The weights of the sharpening and of the blurring kernel sum to 1, which keeps the brightness.
#
# ## Experiment
#
# **Question.** A kernel can be learned from examples. Given an image and its vertical edges, does gradient descent
# find the nine weights that made them, and does it matter what the image shows?
#
# **Setting.** The input is a piece of the photograph, 128×128, or noise of the same size, both shifted and scaled to
# mean 0 and spread 1. The target is its convolution with the kernel for vertical edges. We start from random weights, use
# the backward pass above on the mean squared error, take 300 steps with learning rate 0.1, and repeat with three seeds.
#
# **Predict.** Will the photograph, with its many clear edges, or the noise teach the kernel faster? Write down your
# answer before you look.


# %%
def learn_kernel(x, target, seed, steps=300, lr=0.1):
    w = torch.randn(3, 3, generator=torch.Generator().manual_seed(seed))
    distances = []
    for _ in range(steps):
        difference = correlate(x, w) - target
        _, grad_w, _ = conv2d_backward(2 * difference / difference.numel(), x, w)
        w -= lr * grad_w
        distances.append((w - edge_kernel).norm().item())
    return distances, difference.square().mean().item()


edge_kernel = kernels["vertical edges"]
piece = photo[100:228, 200:328]
piece = (piece - piece.mean()) / piece.std()
noise = torch.randn(128, 128)

# %% [markdown]
# After each step we note the **distance** of the nine weights from those of the true kernel:

# %%
distances, final_loss = {}, {}
for name, x in ("photograph", piece), ("noise", noise):
    results = [learn_kernel(x, correlate(x, edge_kernel), seed) for seed in range(3)]
    distances[name] = [curve for curve, _ in results]
    final_loss[name] = max(loss for _, loss in results)
    last = max(curve[-1] for curve in distances[name])
    print(f"{name:11} largest distance after 300 steps {last:.1e}")
glue("photo-distance", f"{max(curve[-1] for curve in distances['photograph']):.2f}")
glue("photo-loss", f"{final_loss['photograph']:.5f}")

# %% mystnb={"image": {"alt": "Distance of the learned weights from the true kernel over 300 steps, on a logarithmic axis. For noise it falls in a straight line to the limit of float32 within 70 steps; for the photograph it falls some twenty times more slowly and is still at a few hundredths at the end."}} tags=["hide-input"]
plots.runs(distances, xlabel="step", ylabel="distance to the kernel", log=True)

# %% [markdown]
# The noise wins by far. The reason is in the columns of the unfolded input $U$: the loss is a quadratic function of the
# weights, and how it bends is given by the 9×9 matrix $U U^\top / n$ over the $n$ positions. In a photograph
# neighbouring pixels are nearly equal, so many different kernels give nearly the same output, and in those directions
# the loss hardly bends. The ratio of the largest to the smallest eigenvalue, the **condition number**, says how much
# slower the slowest direction is than the fastest:

# %%
for name, x in ("photograph", piece), ("noise", noise):
    columns = unfold(x, 3, 3)
    eigenvalues = torch.linalg.eigvalsh(columns @ columns.T / columns.shape[1])
    condition = (eigenvalues[-1] / eigenvalues[0]).item()
    safe = 1 / eigenvalues[-1].item()
    print(f"{name:11} condition number {condition:6.2f}, safe learning rate {safe:.2f}")
    glue(f"condition-{name}", f"{condition:.3g}")

# %% [markdown]
# It is {glue:text}`condition-photograph` for the photograph and {glue:text}`condition-noise` for the noise. Learning
# from natural images is slow in just this way, and much of what follows in this course (normalisation, momentum, good
# initial weights) is there to make it less so.
#
# What surprises is how little the loss tells. With noise as input the loss would be about the square of the distance.
# With the photograph the weights are still {glue:text}`photo-distance` away after 300 steps, but what is left of the
# distance lies in the directions that hardly change the output, and the loss is only {glue:text}`photo-loss`.
#
# ## Limits
#
# - Here there is one channel and one kernel. A layer has many of both.
# - The output is smaller than the input, and pixels at the border take part in fewer outputs. The next lesson is
#   about that.
# - Unfolding is one way among several. Libraries choose by size: directly, through the Fourier transform for large
#   kernels, or by Winograd's method, which saves more than half of the multiplications of a 3×3 kernel
#   {footcite:p}`lavin2016`. They add in another order, so in float32 results differ in the last digits.
#
# ## Summary
#
# A convolution lays one kernel on every position of the input and sums the products. It has $K^2$ weights whatever
# the size of the image, and finds a pattern wherever it stands. Deep learning leaves out the flip of the kernel. As
# unfolded columns the whole layer is one matrix product. Its gradient by the weights is a cross-correlation of the
# input with the incoming gradient, and by the input a true convolution with the kernel.
#
# ## Exercises
#
# **1.** Compute by hand the top left output of the input `[[3, 0, 8, 4], [6, 5, 1, 0], [0, 7, 0, 3], [9, 1, 2, 1]]`
# with the kernel `[[0, 2, 3], [3, 1, 0], [2, 0, 1]]` and bias 1. What does the flipped kernel give?
#
# :::{dropdown} Answer
# 0·3 + 2·0 + 3·8 + 3·6 + 1·5 + 0·1 + 2·0 + 0·7 + 1·0 = 47, and with the bias 48. The whole output is
# `[[48, 62], [41, 27]]`; with the flipped kernel it is `[[42, 31], [45, 22]]`.
# :::
#
# **2.** A kernel of 5×5 runs over an image of 100×100. How many outputs, weights and MACs are there? How many weights
# would a fully connected layer between the same input and output have?
#
# :::{dropdown} Answer
# 96·96 = 9,216 outputs; 25 weights and a bias; 9,216·25 = 230,400 MACs. Fully connected: 10,000·9,216 = 92,160,000
# weights.
# :::
#
# **3.** Which kernel leaves the image as it is? Which shifts it one pixel to the left? Check with the widget.
#
# :::{dropdown} Answer
# Zeros with a 1 in the middle (without the border, which the output lacks); zeros with a 1 in the middle of the right
# column, because each output then copies the pixel to its right.
# :::
#
# **4.** Blurring with a 9×9 average takes 81 MACs an output. The average is the product of a column and a row. How many
# MACs do the two take one after the other?
#
# :::{dropdown} Answer
# 9 + 9 = 18. A kernel that is a product of a column and a row is called spatially separable.
# :::
#
# **5.** Learn the kernel with learning rate 0.2 instead of 0.1 on the photograph. Explain what happens with the
# numbers above.
#
# :::{dropdown} Answer
# The weights grow without bound. The step in the direction of the largest eigenvalue $\lambda$ multiplies the error by
# $1 - 2 \cdot 0.2 \cdot \lambda$, which is below −1 when the learning rate is above $1/\lambda$.
# :::
#
# The assignment *convolution* builds all of this in NumPy, with channels, strides, padding, dilation and groups.
#
# ## References
#
# ```{footbibliography}
# ```
