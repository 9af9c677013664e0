# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Padding and stride
#
# :::{card} What happens at the border, and how large is the output?
# **After this lesson you can** compute the size of any convolution's output, choose padding and stride for the size you
# want, name what each kind of padding assumes about the world outside the image, and say what a network learns from it.
#
# **Needs** [convolution](convolution.py). **Takes** 45 minutes to study. **Runs in** at most 90 s on two CPU cores; a GPU
# is used when there is one. **Downloads** MNIST (12 MB), if it is not there already.
# :::

# %% tags=["hide-input"]
import torch
import torch.nn.functional as F
from torch import nn

from course_lib import data, plots, train, widgets
from course_lib.book import glue
from course_lib.layers import convolution

_ = torch.manual_seed(0)

# %% [markdown]
# ## Why
#
# A kernel of $K$ pixels fits into $M$ pixels at $M-K+1$ positions only. Every layer loses $K-1$ pixels, and a deep
# network of such layers eats its image up:

# %%
size, sizes = 32, [32]
while size >= 5:
    size = convolution.output_size(size, kernel_size=5)
    sizes.append(size)
print(" → ".join(map(str, sizes)), "and the next 5×5 kernel does not fit")

# %% [markdown]
# The pixels at the border also have less say, the **edge effect**. A corner pixel lies in one window, a pixel in the
# middle in all $K^2$. To count the windows that cover each pixel we fold ones, that is, add a 1 to every pixel of every window:

# %%
windows = torch.ones(1, 25, 8 * 8)  # one channel, 5×5 kernel, 8×8 positions
covered = convolution.fold(windows, image_size=12, kernel_size=5)[0, 0]
print(covered.int())

# %% [markdown]
# **Padding** answers both: the image is surrounded with invented pixels, so that the kernel can be laid over its
# border too. **Stride** is the opposite dial: the kernel moves by more than one pixel, and the output gets smaller on
# purpose.
#
# ## By hand
#
# Take a row of four pixels and a kernel of three. Unpadded it has two positions. With one pixel of padding on each
# side it has four: as many outputs as inputs. What the invented pixels show is a choice, and there are four usual ones.

# %%
row = torch.tensor([1.0, 2, 3, 4]).view(1, 1, 1, 4)  # N×C×H×W
for mode in ("zeros", "replicate", "reflect", "circular"):
    padded = convolution.pad(row, (0, 2), mode)[0, 0, 0].int().tolist()
    print(f"{mode:10}", *padded[:2], "|", *padded[2:6], "|", *padded[6:])

# %% [markdown]
# **Zeros** says that the world outside is 0, which is black as long as black is 0; **replicate** (edge padding) that it
# goes on as the last pixel; **reflect** that it is a mirror image, without repeating the last pixel; and **circular** that
# the image lies on a ring.
#
# With stride 2 the kernel skips every second position:

# %%
kernel = torch.tensor([1.0, 1, 1]).view(1, 1, 1, 3)
for stride in (1, 2, 3):
    outputs = convolution.conv2d(row, kernel, stride=(1, stride), padding=(0, 1))
    print(f"padding 1, stride {stride}:", outputs.flatten().tolist())

# %% [markdown]
# ## Formula
#
# Let the input be $M$ pixels long, padded by $P$ on each side. The kernel can start at pixel 0 of the padded input, at
# $S$, at $2S$, and so on; the last place where it still fits is $M + 2P - K$. Up to there lie
# $\lfloor (M + 2P - K)/S \rfloor$ steps, and with the start the number of positions is
#
# $$ M' = \left\lfloor \frac{M + 2P - K}{S} \right\rfloor + 1. $$ (eq-output-size)
#
# If the division leaves a remainder, the last pixels of the padded input are read by no window: the **floor** drops
# them. A kernel with **dilation** $D$ has its weights $D$ pixels apart and covers $D(K-1)+1$ pixels; put that for $K$
# {footcite:p}`dumoulin2016`. The formula holds for each axis on its own.

# %%
print("  M   K   P   S   D   output")
for m, k, p, s, d in [(4, 3, 0, 1, 1), (4, 3, 0, 2, 1), (4, 3, 1, 1, 1), (4, 3, 1, 2, 1), (32, 5, 2, 1, 1),
                      (224, 7, 3, 2, 1), (227, 11, 0, 4, 1), (32, 3, 2, 1, 2)]:  # fmt: skip
    ours = convolution.output_size(m, k, s, p, d)
    theirs = F.conv1d(torch.zeros(1, 1, m), torch.zeros(1, 1, k), None, s, p, d)
    assert ours == theirs.shape[2]
    print(f"{m:3} {k:3} {p:3} {s:3} {d:3} {ours:8}")

# %% [markdown]
# Three cases are worth knowing by heart. **Valid**: $P = 0$, nothing is invented. **Same**: with stride 1 and an odd
# kernel, $P = (K-1)/2$ keeps the size, since $M + (K-1) - K + 1 = M$. **Halving**: $S = 2$ with the same $P$ gives
# $\lceil M/2 \rceil$. An even kernel cannot keep the size with equal padding on both sides: one side must get a pixel
# more, as `padding="same"` does in PyTorch.
#
# ## From scratch
#
# ### Padding is copying
#
# Each mode is a rule that tells, for every position of the padded row, which pixel stands there.


# %%
def copied_from(size, padding, mode):
    position = torch.arange(-padding, size + padding)
    if mode == "replicate":
        return position.clamp(0, size - 1)
    if mode == "reflect":
        return (size - 1) - (position.abs() - (size - 1)).abs()
    return position % size  # circular


for mode in ("replicate", "reflect", "circular"):
    print(f"{mode:10}", copied_from(size=4, padding=2, mode=mode).tolist())

# %% [markdown]
# For an image the rule is used on the rows and on the columns. Zeros are simpler still: the image is written into a
# larger one of zeros.


# %%
def pad(x, padding, mode):
    *batch, h, w = x.shape
    if mode == "zeros":
        padded = torch.zeros(*batch, h + 2 * padding, w + 2 * padding)
        padded[..., padding : padding + h, padding : padding + w] = x
        return padded
    rows, columns = copied_from(h, padding, mode), copied_from(w, padding, mode)
    return x[..., rows[:, None], columns]


images = torch.randn(2, 3, 6, 7)
for mode in ("zeros", "replicate", "reflect", "circular"):
    theirs = F.pad(images, (3, 3, 3, 3), mode.replace("zeros", "constant"))
    assert torch.equal(pad(images, 3, mode), theirs)

# %% [markdown]
# ### Stride is keeping every S-th output
#
# A convolution with stride $S$ gives every $S$-th output of the one with stride 1. It saves the work of the others, a
# share of $1 - 1/S^2$.

# %%
filters = torch.randn(4, 3, 3, 3)
every = F.conv2d(images, filters, padding=1)
strided = F.conv2d(images, filters, padding=1, stride=2)
assert torch.allclose(strided, every[:, :, ::2, ::2], atol=1e-6)
print("positions with stride 1:", every.shape[2:].numel())
print("positions with stride 2:", strided.shape[2:].numel())

# %% [markdown]
# ## Play
#
# Padded cells have dashed borders. Change one dial at a time and compare the size with {eq}`eq-output-size`, which is shown
# with its numbers.

# %%
widgets.convolution(input=(6, 6), kernel=(3, 3), padding=1, stride=2)

# %% [markdown]
# Two things to try:
#
# 1. Find a padding and a stride for which the last column of the padded input is read by no window. Then make the input
#    one column wider: does the output grow?
# 2. Set stride 1 and go through kernels 1, 3, 5 and 7. Which padding keeps the output at 6×6? Then try kernel 4.
#
# What to notice: cells that no window reads are marked, and one more column either is read or joins them. With stride 1
# the paddings 0, 1, 2 and 3 keep the size; for kernel 4 none does, unless one side gets more than the other ("same").
#
# ## In the library
#
# `convolution.pad` is the function above for one or two different paddings, and `conv2d` takes stride, padding and
# dilation as PyTorch does:

# %%
assert torch.equal(convolution.pad(images, 2, "reflect"), pad(images, 2, "reflect"))
options = {"stride": (2, 1), "padding": (1, 3), "dilation": (1, 2)}
ours = convolution.conv2d(images, filters, **options)
assert torch.allclose(ours, F.conv2d(images, filters, **options), atol=1e-5)

# %% [markdown]
# The size of the output is computed in one place, and sizes that cannot be are refused there:
#
# ```{literalinclude} /course_lib/layers/convolution.py
# :pyobject: output_size
# ```
#
# The message says what would do:

# %%
try:
    convolution.output_size(input_size=4, kernel_size=7)
except ValueError as error:
    print(error)

# %% [markdown]
# ## Experiment
#
# ### Which invention is nearest to the truth?
#
# **Question.** Cut a piece out of a photograph and blur it with a 9×9 average. At the border the result depends on
# invented pixels. Here we know the real ones: they are in the photograph. How wrong is each mode?
#
# **Predict.** Order the four modes from the smallest error to the largest.

# %%
blur = torch.full((1, 1, 9, 9), 1 / 81)
larger = []  # pieces of 72×72 pixels, so that the truth is known around the inner 64×64
for name in ("china.jpg", "flower.jpg"):
    photo = data.photograph(name).float().mean(0) / 255
    larger.append(photo.unfold(0, 72, 30).unfold(1, 72, 30).flatten(0, 1))
larger = torch.cat(larger)[:, None]  # N×1×72×72
pieces = larger[..., 4:-4, 4:-4]  # N×1×64×64
truth = F.conv2d(larger, blur)
blurred = {
    mode: F.conv2d(convolution.pad(pieces, 4, mode), blur)
    for mode in ("zeros", "circular", "reflect", "replicate")
}
print(len(pieces), "pieces")

# %% [markdown]
# One of them, a corner of the temple:

# %% mystnb={"image": {"alt": "A piece of a photograph, blurred, five times: with the real pixels around it; with zeros, which darken all four sides; with circular padding, by which the dark wall on the left leaks into the right side and the light sky into the left; with reflect and with replicate, which look like the first."}} tags=["hide-input"]
example = 104
pictures = [truth[example], *(maps[example] for maps in blurred.values())]
plots.images(pictures, ["real pixels", *blurred], columns=5, width=1.3, vmin=0, vmax=1)

# %% [markdown]
# Zeros put a dark frame around the picture, and circular padding mixes the two sides. Such traces are **border
# artefacts**. Measured over all pieces, by the distance of a pixel from the border:

# %%
edge = torch.minimum(torch.arange(64), 63 - torch.arange(64))
distance = torch.minimum(edge[:, None], edge)
by_distance = {}
for mode, maps in blurred.items():
    error = (maps - truth).abs().mean((0, 1))
    errors = [error[distance == d].mean().item() for d in range(6)]
    by_distance[mode] = [errors]
    print(f"{mode:10}", "  ".join(f"{error:.3f}" for error in errors))
    glue(f"error-{mode}", f"{errors[0]:.3f}")

# %% mystnb={"image": {"alt": "Mean error against the distance from the border, for four padding modes. All fall to zero at a distance of four pixels. At the border zeros are worst, circular follows, reflect and replicate are lowest and close together."}} tags=["hide-input"]
plots.runs(
    by_distance,
    xlabel="distance from the border (pixels)",
    ylabel="mean absolute error",
)

# %% [markdown]
# On a scale where white is 1, zeros are wrong by {glue:text}`error-zeros` at the border, circular by
# {glue:text}`error-circular`, reflect by {glue:text}`error-reflect` and replicate by {glue:text}`error-replicate`.
# Neighbouring pixels are alike, so going on with what is near beats black, and beats the opposite side of the image.
# Four pixels in, half of the kernel, the choice no longer matters. In a deep network each layer carries it $(K-1)/2$
# pixels further in, in the end to the middle.
#
# ### What does a network make of it?
#
# **Question.** A digit of 14×14 pixels stands somewhere on a black 24×24 canvas. One small network learns to read the
# digit, another of the same build to tell the quarter of the canvas in which it stands. The last layer averages over
# all positions, so neither *can* see where a feature was found. Does the padding mode matter for the one, and for the
# other?
#
# **Predict.** A convolution treats all positions alike. Can the second task be learned at all?

# %%
digits = data.load("mnist", stand_in="digits")

# %% [markdown]
# The pictures, and for each its two labels:


# %%
def place(images, labels, count, seed):
    """`count` digits at random places of a 24×24 canvas, their labels, and the quarter: 0 to 3 by rows."""
    g = torch.Generator().manual_seed(seed)
    chosen = torch.randint(len(images), (count,), generator=g)
    corner = torch.randint(10, (count, 2), generator=g)
    canvas = torch.zeros(count, 1, 24, 24, dtype=torch.uint8)
    small = F.avg_pool2d(images[chosen].float(), 2).to(torch.uint8)
    for picture, digit, (top, left) in zip(canvas, small, corner.tolist()):
        picture[:, top : top + 14, left : left + 14] = digit
    quarter = (corner[:, 0] > 4) * 2 + (corner[:, 1] > 4)
    return canvas, {"digit": labels[chosen], "quarter": quarter}


train_images, train_labels = place(digits.train_images, digits.train_labels, 2000, 0)
test_images, test_labels = place(digits.test_images, digits.test_labels, 1000, 1)

# %% [markdown]
# The network has three convolutions. After each come a normalisation of every channel over the batch (`BatchNorm2d`) and
# $\max(0, x)$ (`ReLU`), which have lessons of their own; at the end each of the 32 channels is averaged over all positions:


# %%
def network(mode):
    def layer(c_in, c_out, stride):
        options = {"padding": 1, "padding_mode": mode, "bias": False}
        conv = nn.Conv2d(c_in, c_out, 3, stride, **options)
        return nn.Sequential(conv, nn.BatchNorm2d(c_out), nn.ReLU())

    convolutions = [layer(1, 16, 2), layer(16, 32, 2), layer(32, 32, 1)]
    average = nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return nn.Sequential(*convolutions, *average, nn.Linear(32, 10))


# %% [markdown]
# Pixels between 0 and 1 are shifted and scaled to mean 0 and spread 1, as is usual. The 0 of zero padding is then no
# longer black but the mean grey.

# %%
pixels = train_images.float() / 255
scale = {"mean": pixels.mean().item(), "std": pixels.std().item()}


def accuracy(mode, task, seed):
    torch.manual_seed(seed)
    batches = data.batches(
        train_images, train_labels[task], 64, shuffle=True, seed=seed, **scale
    )
    test = data.batches(test_images, test_labels[task], 500, **scale)
    net = network(mode)
    train.fit(net, batches, epochs=4, lr=0.1, verbose=False)
    return train.evaluate(net, test)[1]


# %%
accuracies = {}
for task in ("digit", "quarter"):
    for mode in ("zeros", "reflect", "replicate", "circular"):
        results = [accuracy(mode, task, seed) for seed in range(3)]
        accuracies[f"{task}, {mode}"] = results
        mean, each = sum(results) / 3, ", ".join(f"{result:.1%}" for result in results)
        print(f"{task:8} {mode:10} {mean:6.1%}   ({each})")
        glue(f"{task}-{mode}", f"{mean:.1%}")

# %% mystnb={"image": {"alt": "Test accuracy for two tasks and four padding modes, three seeds each. Reading the digit: all four modes lie together. Telling the quarter: zeros and reflect are near one, replicate is near 0.8, circular near one quarter."}} tags=["hide-input"]
plots.seeds(accuracies, xlabel="test accuracy")

# %% [markdown]
# For reading the digit the mode hardly matters: {glue:text}`digit-zeros` with zeros, {glue:text}`digit-reflect` with
# reflect, {glue:text}`digit-replicate` with replicate, {glue:text}`digit-circular` with circular padding. For telling the
# quarter it decides: {glue:text}`quarter-zeros` with zeros and {glue:text}`quarter-circular` with circular padding, where
# guessing gives 25 %. Only on the ring, where there is no border, are all positions alike. Zeros draw a grey frame
# around the black canvas; its trace spreads inwards layer by layer, and the network reads from it where it is. Reflect
# ({glue:text}`quarter-reflect`) and replicate ({glue:text}`quarter-replicate`) go on with black where the canvas is black,
# and show the border only where the features of a digit reach it; mirrored features are the easier ones to tell.
# Networks trained on photographs learn their position from zero padding in the same way {footcite:p}`islam2020`.
#
# ## Limits
#
# - The blur was measured on two photographs; the order of reflect and replicate depends on the images.
# - The network and its task are small on purpose. Circular padding need not give exactly 25 %: after two strides of 2
#   only shifts by 4 pixels are shifts of the output, so a network could learn the remainder of the position by 4. With
#   corners from 0 to 9 that would be worth 6 of 10 along each axis, 36 % in all. Ours hardly uses it.
# - That mirrored features are easier to tell than repeated ones is our reading of two numbers, not a test of it.
# - Other frameworks pad the two sides differently for "same" with stride 2. Weights carried over from them need the
#   same padding to give the same output.
#
# ## Summary
#
# Padding invents a border so that the output keeps its size; stride thins the output out. The output has
# $\lfloor (M+2P-K)/S \rfloor + 1$ positions along each axis, and what the floor drops is not read. The four modes differ
# in what they assume outside: on photographs, going on with what is near is closest to the truth. All but circular
# padding tell a network where the border is.
#
# ## Exercises
#
# **1.** The input `[[3, 0, 8, 4], [6, 5, 1, 0], [0, 7, 0, 3], [9, 1, 2, 1]]` meets a 3×3 kernel. How large is the output
# for padding 0 and 1, stride 1 and 2? In which case is part of the padded input not read?
#
# :::{dropdown} Answer
# 2×2 and 1×1 without padding, 4×4 and 2×2 with padding 1. With stride 2 a remainder is left in both cases: (4−3)/2 and
# (6−3)/2 are not whole numbers, so the last row and column are not read.
# :::
#
# **2.** AlexNet's first layer has an 11×11 kernel and stride 4. Its paper gives an input of 224 pixels and an output of
# 55. Is that possible without padding? For which input size is it, and with which padding for 224?
#
# :::{dropdown} Answer
# (224−11)/4 + 1 = 54.25, floored to 54: no. An input of 227 gives (227−11)/4 + 1 = 55. With 224, a padding of 2 gives
# ⌊217/4⌋ + 1 = 55.
# :::
#
# **3.** Show that with stride 2, odd $K$ and $P = (K-1)/2$ the output has $\lceil M/2 \rceil$ positions.
#
# :::{dropdown} Answer
# $\lfloor (M + K - 1 - K)/2 \rfloor + 1 = \lfloor (M-1)/2 \rfloor + 1 = \lfloor (M+1)/2 \rfloor = \lceil M/2 \rceil$.
# :::
#
# **4.** Why does reflect padding refuse more than $M-1$ pixels and circular padding more than $M$?
#
# :::{dropdown} Answer
# The mirror image without the edge has $M-1$ pixels, and one turn of the ring has $M$. Beyond that either mode would have
# to repeat itself, which PyTorch refuses.
# :::
#
# **5.** Replace `nn.AdaptiveAvgPool2d(1)` and `nn.Flatten()` in the experiment by `nn.Flatten()` alone, with 32·6·6
# inputs to the last layer. What do you expect for circular padding and the quarter?
#
# :::{dropdown} Answer
# It can be learned: the last layer now has its own weights for every position, so position is no longer averaged away.
# :::
#
# ## References
#
# ```{footbibliography}
# ```
