# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # LeNet-5
#
# :::{card} What does a network look like that learns its own features, from the pixels to the answer?
# **After this lesson you can** draw LeNet-5 as it was published and as it is built today, account for each of its
# parameters, train it on handwritten digits, and say what changed in between and what it was good for.
#
# **Needs** [convolution](../foundations/convolution.py) and [padding and stride](../foundations/padding-and-stride.py).
# **Takes** an hour to study. **Runs in** at most 90 s on two CPU cores; a GPU is used when there is one. **Downloads**
# MNIST (12 MB), if it is not there already.
# :::

# %% tags=["hide-input"]
import json
from pathlib import Path

import torch
from torch import nn

from course_lib import data, measure, models, plots, train, widgets
from course_lib.book import glue
from course_lib.layers import convolution
from course_lib.models import lenet

# %% [markdown]
# ## Why
#
# In the 1990s a program that read handwriting had two parts. People wrote the first, which measured features of the
# image: strokes, loops, crossings. A classifier that learned from examples was the second. The features decided how
# well it worked, and for every task they were made anew. LeNet-5 put one network in the place of both, trained as a
# whole on the pixels. Banks read their cheques with a system built on such a network, several million a day
# {footcite:p}`lecun1998`.
#
# The data is **MNIST**: 60,000 handwritten digits for training and 10,000 for testing, 28×28 grey pixels each.

# %%
digits = data.load("mnist", stand_in="digits")
counts = len(digits.train_images), len(digits.test_images)
print(f"{digits.name}: {counts[0]:,} training and {counts[1]:,} test images")
is_mnist = digits.name == "mnist"
pixels = digits.train_images.float() / 255
scale = {"mean": pixels.mean().item(), "std": pixels.std().item()}

# %% mystnb={"image": {"alt": "Twelve handwritten digits in white on black, written in different hands."}} tags=["hide-input"]
plots.images(
    digits.train_images[:12],
    [str(int(label)) for label in digits.train_labels[:12]],
    columns=6,
    width=1,
)

# %% [markdown]
# The same digit is written in many ways, upright and slanted, thin and thick, and never quite in the same place. What
# does a classifier do with that without features, on the pixels alone? A linear one has a weight for each pixel and class
# and adds up. The ten sums $s_i$, the **scores**, become shares that add up to 1 by the **softmax**,
# $p_i = e^{s_i} / \sum_k e^{s_k}$, and what training makes small is the **cross-entropy**, $-\log p_d$ for the right
# class $d$.

# %%
torch.manual_seed(0)
few = data.batches(
    digits.train_images[:12_000],
    digits.train_labels[:12_000],
    64,
    shuffle=True,
    **scale,
)
test = data.batches(digits.test_images, digits.test_labels, 1000, **scale)
linear = nn.Sequential(nn.Flatten(), nn.Linear(28 * 28, 10))
history = train.fit(linear, few, epochs=2, lr=0.01, test=test)
glue("linear-error", f"{1 - history.last.test_accuracy:.1%}")

# %% [markdown]
# It is wrong on {glue:text}`linear-error` of the test images: one template for each digit cannot cover all the ways in
# which people write it. (The paper gives 12.0 % for a linear classifier on MNIST.)
#
# ## By hand
#
# LeNet-5 takes 32×32 pixels: the digit, and a margin so that even the end of a stroke can lie in the middle of what a
# unit of the third layer sees. It alternates two kinds of layers. **C** layers convolve with 5×5 kernels, without padding; **S** layers halve the
# image (**subsampling**, today called pooling). The sizes follow from the formula of the last lesson:

# %%
size = 32
for name in ("C1", "S2", "C3", "S4", "C5"):
    kernel_size, stride = (5, 1) if name[0] == "C" else (2, 2)
    size, before = convolution.output_size(size, kernel_size, stride), size
    print(f"{name}: {before}×{before} → {size}×{size}")

# %% [markdown]
# After C5 nothing is left of the image but 120 numbers, which two fully connected layers turn into ten. Now the
# parameters: a C layer has 25 weights for each map that an output map reads, and a bias. C1 makes 6 maps from one, so
# 6·(25+1) = 156.

# %%
print("C1, 6 maps that read 1:    ", 6 * (25 * 1 + 1))
print("C3, if all 16 maps read 6: ", 16 * (25 * 6 + 1))
print("C5, 120 maps that read 16: ", 120 * (25 * 16 + 1))
print("F6, 84 numbers from 120:   ", 84 * (120 + 1))

# %% [markdown]
# C1, S2, C3, S4, C5, F6 and the output make seven layers. In 1998 the first six learned, as we shall see, and the output
# was fixed; of the modern net's seven, five learn: its S layers have no parameters, and its output has.
#
# ## Formula
#
# The network of 1998 has three parts that are no longer common.
#
# **Subsampling with two parameters a map.** Each unit of S2 and S4 adds up a 2×2 window, multiplies the sum by a
# trained coefficient and adds a trained bias (positions $i$, $j$ count from 0):
#
# $$ s_{c,ij} = a_c \sum_{u=0}^{1} \sum_{v=0}^{1} x_{c,\,2i+u,\,2j+v} + b_c. $$ (eq-subsampling)
#
# **A scaled tanh** after every layer up to F6, $f(x) = 1.7159 \tanh(\tfrac23 x)$, chosen so that $f(1) = 1$ and $f(-1) = -1$.
#
# **Distances as output.** F6 has 84 units because 84 = 7·12: each class has a fixed code, a picture of the digit of
# 7×12 pixels that are +1 or −1. The output for class $i$ is the squared distance from F6 to its code $w_i$, and the
# smallest wins:
#
# $$ y_i = \sum_{j=1}^{84} (x_j - w_{ij})^2. $$ (eq-rbf)
#
# For an image of class $d$ the paper minimises $y_d + \log\bigl(e^{-\kappa} + \sum_i e^{-y_i}\bigr)$: pull the distance to
# the right code down and push the others up, with a constant $\kappa$ that keeps those already far away from being pushed
# further. Without the constant this is the cross-entropy of a softmax over $-y_i$, which is what we use.

# %% mystnb={"image": {"alt": "The ten target codes, each a picture of a digit in 7 by 12 black and white pixels."}} tags=["hide-input"]
codes = lenet.digit_codes()
titles = [str(d) for d in range(10)]
plots.images(codes.view(10, 12, 7), titles, columns=10, width=0.62)

# %% [markdown]
# Digits that look alike have codes that are near. This was meant for reading words: a program that goes on from the
# distances can take the second best guess.

# %%
for a, b in (0, 6), (3, 8), (1, 8):
    print(f"{a} and {b} differ in {int((codes[a] != codes[b]).sum())} of 84 pixels")

# %% [markdown]
# ## From scratch
#
# ### The partial connections of C3
#
# C3 is where the published net is unlike any modern one: its 16 maps do not read all 6 maps of S2. A cross marks what
# is read.

# %%
print("C3 map    " + " ".join(f"{number:2}" for number in range(16)))
for s2_map in range(6):
    print(
        f"S2 map {s2_map}  "
        + " ".join(" ×" if s2_map in reads else " ·" for reads in lenet.C3_READS)
    )
weights = sum(25 * len(reads) for reads in lenet.C3_READS)
print(f"{weights} weights + 16 biases = {weights + 16}")

# %% [markdown]
# The paper gives two reasons: fewer connections, and maps that must come to differ because they see different things.
# The shortest way to write the layer is one convolution for each map:


# %%
def partial_convolution(x, kernels, biases):
    """`kernels[m]` has shape 1×(maps read)×5×5."""
    maps = [
        convolution.conv2d(x[:, list(reads)], kernel, bias)
        for reads, kernel, bias in zip(lenet.C3_READS, kernels, biases)
    ]
    return torch.cat(maps, 1)


# %% [markdown]
# Sixteen small convolutions are slow. The library makes three of them, one for the maps that read 3, one for those that
# read 4 and one for the one that reads 6. In each the channels are divided into **groups**, one for every map, and a map
# reads its own group only. The result is the same:

# %%
layer = lenet.PartialConv2d(lenet.C3_READS, 5)
kernels = [weight[None] for conv in layer.convs for weight in conv.weight]
biases = [bias[None] for conv in layer.convs for bias in conv.bias]
s2 = torch.randn(4, 6, 14, 14)
assert torch.allclose(partial_convolution(s2, kernels, biases), layer(s2), atol=1e-6)

# %% [markdown]
# ### Subsampling
#
# {eq}`eq-subsampling` is a convolution with stride 2 whose four weights are all the same, one kernel for each map:

# %%
subsampling = lenet.Subsampling(6)
subsampling.coefficient.data.normal_()
same_weights = subsampling.coefficient.detach().expand(6, 2, 2)[:, None]
bias = subsampling.bias.flatten()
by_convolution = convolution.conv2d(s2, same_weights, bias, stride=2, groups=6)
assert torch.allclose(by_convolution, subsampling(s2), atol=1e-6)

# %% [markdown]
# ## Play
#
# A 1, and a kernel such as C1 might learn: it answers to strokes that rise steeply to the right. With a padding of 2 the
# output keeps the size of the input.

# %%
a_one = digits.test_images[digits.test_labels == 1][0, 0]
picture = (a_one[::2, ::2].float() / 255 * 9).round()
rising = [[-1, -1, 0, 2, 0], [-1, 0, 2, 0, -1], [-1, 0, 2, 0, -1], [-1, 0, 2, 0, -1], [0, 2, 0, -1, -1]]  # fmt: skip
widgets.convolution(input=picture, kernel=rising, padding=2)

# %% [markdown]
# Two things to try:
#
# 1. Look for the largest number of the output. What lies under the kernel there?
# 2. Set stride 2. Which numbers of the output are left? Compare with what subsampling would give.
#
# What to notice: the output is large along the stroke and negative on both sides of it, where the stroke lies under the
# kernel's −1. Stride 2 keeps one number of four wherever it happens to lie; subsampling keeps the sum of the four.
#
# ## In the library
#
# `models.create` builds a network by its name. The 1998 net in full, with the size of each stage at the end of its line:
#
# ```{literalinclude} /course_lib/models/lenet.py
# :pyobject: lenet5_1998
# ```

# %%
net_1998 = models.create("lenet5_1998")
images = torch.randn(2, 1, 32, 32)
x = net_1998.stem(images)
print("C1", tuple(x.shape))
for name, stage in net_1998.stages.named_children():
    x = stage(x)
    print(name.upper(), tuple(x.shape))
print("output", tuple(net_1998.head(x).shape))

# %% [markdown]
# ## The network
#
# The paper counts **connections**: for every unit its inputs, and one for its bias. `measure.profile` gives the
# multiply-accumulates before any training; with the biases and the subsampling added they must give the paper's 340,908
# connections and 60,000 trainable parameters. Its last columns are the memory of the output, what part of the image an
# output **sees** (the receptive field), and how far that moves from one output to the next (the effective stride). Its
# last line is what the activations of one image take: in training all that the backward pass will need, in inference the
# most that exists at one time.

# %%
profile = measure.profile(net_1998, (1, 32, 32))
print(profile)

# %%
paper = {"c1": (156, 122_304), "s2": (12, 5_880), "c3": (1_516, 151_600), "s4": (32, 2_000), "c5": (48_120, 48_120),
         "f6": (10_164, 10_164)}  # fmt: skip
print("layer  parameters  paper's  connections  paper's")
for name, published in paper.items():
    rows = [row for row in profile.layers if f".{name}" in row.path and row.parameters]
    parameters = sum(row.parameters for row in rows)
    units = [torch.Size(row.output_shape).numel() for row in rows]
    inputs = 4 if name[0] == "s" else 0  # each subsampling unit adds up four numbers
    connections = sum(row.macs + n * (inputs + 1) for row, n in zip(rows, units))
    print(
        f"{name:5}{parameters:12,}{published[0]:9,}{connections:13,}{published[1]:9,}"
    )
    assert (parameters, connections) == published
assert sum(connections for _, connections in paper.values()) + 84 * 10 == 340_908

# %% [markdown]
# **The modern LeNet-5** keeps the plan and replaces the parts: C3 reads all maps, **max pooling** keeps the largest number
# of each 2×2 window and has no parameters, **ReLU**, $\max(0, x)$, is in the place of tanh, a linear output with softmax
# in that of the codes, and 28×28 images are padded by 2 inside the first layer. Where a book says "LeNet-5" today it means
# a net of these sizes with 61,706 parameters, some with sigmoid or tanh and average pooling.

# %%
print(measure.profile(models.create("lenet5"), (1, 28, 28)))

# %% [markdown]
# More than three quarters of the parameters lie in the first fully connected layer, and six sevenths of the work in the
# convolutions. This split marks all networks up to VGG.
#
# ### Training it
#
# Three passes over the training images in batches of 128, by stochastic gradient descent with momentum. The learning rate
# rises to 0.05 in the first tenth of the steps and then falls to 0.

# %%
torch.manual_seed(0)
everything = data.batches(
    digits.train_images,
    digits.train_labels,
    128 if is_mnist else 32,
    shuffle=True,
    **scale,
)
net = models.create("lenet5")
history = train.fit(
    net,
    everything,
    epochs=3 if is_mnist else 20,
    lr=0.05 if is_mnist else 0.03,
    test=test,
)
accuracy = history.last.test_accuracy
assert accuracy >= (0.985 if is_mnist else 0.90)
glue("accuracy", f"{accuracy:.2%}")
glue(
    "wrong",
    f"{round((1 - accuracy) * len(digits.test_images))} of {len(digits.test_images):,}",
)
glue("seconds", f"{history.seconds:.0f}")
glue("data", digits.name)

# %% [markdown]
# Trained for {glue:text}`seconds` s on {glue:text}`data`, the network reads {glue:text}`accuracy` of the test digits
# and gets {glue:text}`wrong` wrong. Here are some of them, with what it answered and what is right:

# %%
device = next(net.parameters()).device
with torch.no_grad():
    answers = torch.cat([net(images.to(device)).argmax(1).cpu() for images, _ in test])
wrong = (answers != digits.test_labels).nonzero().flatten()[:10]

# %% mystnb={"image": {"alt": "Ten test digits that the network reads wrongly. Most are badly written: broken, slanted or closed where they should be open."}} tags=["hide-input"]
titles = [f"{int(answers[i])}, not {int(digits.test_labels[i])}" for i in wrong]
plots.images(digits.test_images[wrong], titles, columns=5, width=1.1)

# %% [markdown]
# Some are broken, slanted or closed where they should be open, and some we would read without trouble. These are the six
# kernels that C1 has learned:

# %% mystnb={"image": {"alt": "The six learned 5 by 5 kernels of the first layer: several have a dark and a bright side, in different directions."}} tags=["hide-input"]
plots.images(net.stem.c1.weight, columns=6, width=1)

# %% [markdown]
# Several have a light and a dark side, as Sobel's kernels have: they answer to an edge in one direction. Nobody told the
# network to look for edges.
#
# ## Experiment
#
# **Question.** What is the convolution worth, and what the two parts that have been replaced since? LeNet-5 meets a dense
# net with one hidden layer and as many parameters, then itself with the tanh of 1998, and itself with average in place of
# max pooling (subsampling without its two numbers). The output stays linear.
#
# **Setting.** The first 2,000 training images, so that there is something left to gain; 3 passes in batches of 32 with
# learning rate 0.05; three seeds; the same images in the same order for all; the error on all test images.
#
# **Predict.** Order the four from the smallest to the largest error.


# %%
def variant(change):
    if change == "dense net":
        hidden = nn.Linear(28 * 28, 77)
        return nn.Sequential(nn.Flatten(), hidden, nn.ReLU(), nn.Linear(77, 10))
    net = models.create("lenet5")
    if change == "tanh":
        net.stem.relu, net.stages.c3[1] = lenet.ScaledTanh(), lenet.ScaledTanh()
        net.head.relu5, net.head.relu6 = lenet.ScaledTanh(), lenet.ScaledTanh()
    if change == "average pooling":
        net.stages.s2, net.stages.s4 = nn.AvgPool2d(2), nn.AvgPool2d(2)
    return net


def test_error(change, seed):
    torch.manual_seed(seed)
    few = data.batches(
        digits.train_images[:2000], digits.train_labels[:2000], 32,
        shuffle=True, seed=seed, **scale,
    )  # fmt: skip
    net = variant(change)
    train.fit(net, few, epochs=3, lr=0.05, verbose=False)
    return 100 * (1 - train.evaluate(net, test)[1])


# %%
errors = {}
for change in ("LeNet-5", "dense net", "tanh", "average pooling"):
    parameters = sum(weight.numel() for weight in variant(change).parameters())
    errors[change] = [test_error(change, seed) for seed in range(3)]
    each = ", ".join(f"{error:.2f}" for error in errors[change])
    mean = sum(errors[change]) / 3
    print(f"{change:16}{parameters:7,} parameters, error {mean:5.2f} %  ({each})")
    glue(f"error-{change}", f"{mean:.1f} %")

# %% mystnb={"image": {"alt": "Test error in percent, three seeds each. LeNet-5 and its variant with tanh lie together on the left; average pooling lies to the right of both; the dense net lies farthest to the right. The seeds of one network lie close together."}} tags=["hide-input"]
plots.seeds(errors, xlabel="test error (%)")
spread = max(max(values) - min(values) for values in errors.values())
glue("spread", f"{spread:.1f}")

# %% [markdown]
# With as many parameters the dense net is wrong on {glue:text}`error-dense net` of the images, LeNet-5 on
# {glue:text}`error-LeNet-5`. Weights that are shared between positions learn from every position of every image, which
# counts when images are few. Average pooling gives {glue:text}`error-average pooling`: the largest of four numbers says
# that a stroke is there, their average thins it out. Tanh, with {glue:text}`error-tanh`, is no worse and no better than
# ReLU, as the seeds of one network lie up to {glue:text}`spread` points apart. What ReLU is worth is a question for deeper
# networks.
#
# ## Limits
#
# - Our 1998 net follows the paper's figure and tables. The digit codes are drawn by us in the paper's 7×12 grid, and it
#   is trained by gradient descent on the cross-entropy, not by the paper's second-order method.
# - Three passes are few. The long run trains both nets for 10 passes with three seeds:

# %%
long_run = json.loads(Path("../results/lenet-5.json").read_text())
print(f"{long_run['command']}, commit {long_run['commit']}, {long_run['device']}")
long_errors = {"paper": models.info("lenet5_1998").top1_error}
for name, runs in long_run["test_error_percent"].items():
    long_errors[name] = sum(runs) / len(runs)
    each = ", ".join(f"{error:.2f}" for error in runs)
    print(f"{name:12} test error {long_errors[name]:.2f} %  ({each})")
print(f"{'paper':12} test error {long_errors['paper']:.2f} %")

# %% [markdown]
# Our 1998 net stays behind the paper's, which was trained for 20 passes by its own method; the modern one passes it.
#
# - MNIST is nearly solved and its digits are centred. A network that reads 99 % of it need not read an envelope.
# - Where MNIST cannot be had this lesson runs on 1,437 digits of 8×8 pixels, enlarged. There the dense net is as good as
#   LeNet-5 in the experiment, perhaps because so few pixels hold no detail that a 5×5 kernel could find.
#
# ## Summary
#
# LeNet-5 alternates convolution and subsampling until no image is left, then classifies with fully connected layers, and
# trains all of it together. The published net has 60,000 trainable parameters, a partial C3, trained subsampling and
# distances to fixed codes as outputs; the modern one has 61,706. The first row of the comparison that runs through this
# part:

# %%
print(f"{'network':12}  year  {'input':7}  parameters     MACs  published  ours, MNIST")
for name in ("lenet5_1998", "lenet5"):
    info = models.info(name)
    shape = "×".join(map(str, info.input_shape))
    error = "–" if info.top1_error is None else f"{info.top1_error} %"
    counts = f"{info.parameters:10,}  {info.macs:7,}"
    ours = f"{long_errors[name]:.2f} %"
    print(f"{name:12}  {info.year}  {shape:7}  {counts}  {error:>9}  {ours:>11}")

# %% [markdown]
# For fourteen years hand-made features stayed ahead on photographs. Then AlexNet took the same plan to 1,000 classes,
# with a thousand times as many parameters, and this changed.
#
# ## Exercises
#
# **1.** How many parameters would the modern LeNet-5 have with 64×64 images? Compute it by hand, then with
# `measure.profile(models.create("lenet5", image_size=64), (1, 64, 64))`.
#
# :::{dropdown} Answer
# 64 → 32 after S2, 28 after C3, 14 after S4, so C5 has 120·(16·14·14 + 1) = 376,440 parameters instead of 48,120:
# 61,706 + 328,320 = 390,026.
# :::
#
# **2.** Table I of the paper lets C3's map 0 read the maps 0, 1 and 2. How many MACs does this map cost, and how many the
# map that reads all six?
#
# :::{dropdown} Answer
# 10·10 positions times 25·3 weights are 7,500; with six maps 15,000.
# :::
#
# **3.** Is C5 a convolution or a fully connected layer? What would it give for a larger image?
#
# :::{dropdown} Answer
# Its kernels are as large as its input, so for 32×32 images the two are the same. As a convolution it also accepts larger
# images and then gives one vector of 120 for each place: the net slides over a line of digits.
# :::
#
# **4.** Train the 1998 net on `data.batches(nn.functional.pad(digits.train_images, (2, 2, 2, 2)), digits.train_labels, 128,
# shuffle=True, mean=0.1 / 1.275, std=1 / 1.275)` with learning rate 0.01, and then with the 0.05 of the modern net. What
# happens to the loss, and why?
#
# :::{dropdown} Answer
# With 0.01 it falls. With 0.05 it rises above that of guessing in the first steps and then stays where it is. A score is
# minus the sum of 84 squares, so scores, and the gradients at F6, are tens of times larger than those of a linear output.
# The large steps drive the tanh units so far from 0 that their slope vanishes, and no gradient brings them back.
# :::
#
# **5.** Move the test digits by 4 pixels with `digits.test_images.roll(4, dims=-1)` and evaluate the trained network
# again. Which part of the network could have made it indifferent to the shift, and why does it not?
#
# :::{dropdown} Answer
# The convolutions move with the image and pooling forgives a pixel or two, but the fully connected layers have a weight
# for every position. Only shifted training images, or averaging over positions, would help.
# :::
#
# ## References
#
# ```{footbibliography}
# ```
