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
# **Needs** [convolution](convolution.py). **Runs in** at most 90 s on two CPU cores; a GPU is used when there is one.
# **Downloads** MNIST (12 MB), if it is not there already.
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
# The pixels at the border also have less say. A corner pixel lies in one window, a pixel in the middle in all $K^2$.
# To count the windows that cover each pixel we fold ones, that is, add a 1 to every pixel of every window:

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
# **Zeros** says that the world outside is black, **replicate** (edge padding) that it goes on as the last pixel,
# **reflect** that it is a mirror image, without repeating the last pixel, and **circular** that the image lies on a ring.
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
# $$ O = \left\lfloor \frac{M + 2P - K}{S} \right\rfloor + 1. $$ (eq-output-size)
#
# If the division leaves a remainder, the last pixels of the padded input are read by no window: the **floor** drops
# them. A kernel with **dilation** $D$ has its weights $D$ pixels apart and covers $D(K-1)+1$ pixels; put that for $K$
# {footcite:p}`dumoulin2016`. The formula holds for each axis on its own.

# %%
print("  M   K   P   S   D   output")
for m, k, p, s, d in [(4, 3, 0, 1, 1), (4, 3, 0, 2, 1), (4, 3, 1, 1, 1), (4, 3, 1, 2, 1), (32, 5, 2, 1, 1),
                      (224, 7, 3, 2, 1), (227, 11, 0, 4, 1), (32, 3, 2, 1, 2)]:  # fmt: skip
    ours = convolution.output_size(m, k, s, p, d)
    assert (
        ours
        == F.conv2d(
            torch.zeros(1, 1, m, 1),
            torch.zeros(1, 1, k, 1),
            None,
            (s, 1),
            (p, 0),
            (d, 1),
        ).shape[2]
    )
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
    if mode == "zeros":
        padded = torch.zeros(
            *x.shape[:-2], x.shape[-2] + 2 * padding, x.shape[-1] + 2 * padding
        )
        padded[
            ..., padding : padding + x.shape[-2], padding : padding + x.shape[-1]
        ] = x
        return padded
    rows, columns = (
        copied_from(x.shape[-2], padding, mode),
        copied_from(x.shape[-1], padding, mode),
    )
    return x[..., rows[:, None], columns]


images = torch.randn(2, 3, 6, 7)
for mode in ("zeros", "replicate", "reflect", "circular"):
    assert torch.equal(
        pad(images, 3, mode),
        F.pad(images, (3, 3, 3, 3), "constant" if mode == "zeros" else mode),
    )

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
print(
    every.shape[2:].numel(),
    "positions with stride 1,",
    strided.shape[2:].numel(),
    "with stride 2",
)

# %% [markdown]
# ## Play
#
# Padded cells are hatched. Change one dial at a time and compare the size with {eq}`eq-output-size`, which is shown
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
# ## In the library
#
# `convolution.pad` is the function above for one or two different paddings, and `conv2d` takes stride, padding and
# dilation as PyTorch does:

# %%
assert torch.equal(convolution.pad(images, 2, "reflect"), pad(images, 2, "reflect"))
options = {"stride": (2, 1), "padding": (1, 3), "dilation": (1, 2)}
assert torch.allclose(
    convolution.conv2d(images, filters, **options),
    F.conv2d(images, filters, **options),
    atol=1e-5,
)

# %% [markdown]
# ```{literalinclude} /course_lib/layers/convolution.py
# :pyobject: output_size
# ```
#
# A size that cannot be is refused, with what would do:

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
photos = [
    data.photograph(name).float().mean(0) / 255 for name in ("china.jpg", "flower.jpg")
]
blur = torch.full((1, 1, 9, 9), 1 / 81)
corners = [
    (photo, top, left)
    for photo in photos
    for top in range(10, 350, 30)
    for left in range(10, 560, 30)
]


# %%
def border_error(mode):
    """Mean absolute error by distance to the border, over all pieces of 64×64 pixels."""
    errors = torch.zeros(64, 64)
    for photo, top, left in corners:
        truth = F.conv2d(
            photo[None, None, top - 4 : top + 68, left - 4 : left + 68], blur
        )
        piece = photo[None, None, top : top + 64, left : left + 64]
        errors += (F.conv2d(convolution.pad(piece, 4, mode), blur) - truth)[0, 0].abs()
    errors /= len(corners)
    edge = torch.arange(64)
    distance = torch.minimum(
        torch.minimum(edge, 63 - edge)[:, None], torch.minimum(edge, 63 - edge)
    )
    return [errors[distance == d].mean().item() for d in range(6)]


# %%
by_distance = {
    mode: [border_error(mode)] for mode in ("zeros", "circular", "reflect", "replicate")
}
for mode, (errors,) in by_distance.items():
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
# Four pixels in, half of the kernel, the choice no longer matters. In a deep network it always does: each layer
# carries it $(K-1)/2$ pixels further in.
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


def place(images, labels, count, seed):
    """`count` digits at random places of a 24×24 canvas, their labels, and the quarter: 0 to 3 by rows."""
    g = torch.Generator().manual_seed(seed)
    chosen = torch.randint(len(images), (count,), generator=g)
    corner = torch.randint(10, (count, 2), generator=g)
    canvas = torch.zeros(count, 1, 24, 24, dtype=torch.uint8)
    small = F.avg_pool2d(images[chosen].float(), 2).to(torch.uint8)
    for picture, digit, (top, left) in zip(canvas, small, corner.tolist()):
        picture[:, top : top + 14, left : left + 14] = digit
    return canvas, {
        "digit": labels[chosen],
        "quarter": (corner[:, 0] > 4) * 2 + (corner[:, 1] > 4),
    }


train_images, train_labels = place(
    digits.train_images, digits.train_labels, 2000, seed=0
)
test_images, test_labels = place(digits.test_images, digits.test_labels, 1000, seed=1)


# %%
def network(mode):
    def layer(c_in, c_out, stride):
        conv = nn.Conv2d(
            c_in, c_out, 3, stride, padding=1, padding_mode=mode, bias=False
        )
        return nn.Sequential(conv, nn.BatchNorm2d(c_out), nn.ReLU())

    convolutions = [layer(1, 16, 2), layer(16, 32, 2), layer(32, 32, 1)]
    return nn.Sequential(
        *convolutions, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10)
    )


def accuracy(mode, task, seed):
    torch.manual_seed(seed)
    scale = {"mean": 0.1, "std": 0.3}
    batches = data.Batches(
        train_images, train_labels[task], 64, shuffle=True, seed=seed, **scale
    )
    test = data.Batches(test_images, test_labels[task], 500, **scale)
    net = network(mode)
    train.fit(net, batches, epochs=4, lr=0.1, verbose=False)
    return train.evaluate(net, test)[1]


# %%
accuracies = {}
for task in ("digit", "quarter"):
    for mode in ("zeros", "replicate", "reflect", "circular"):
        results = [accuracy(mode, task, seed) for seed in range(3)]
        accuracies[f"{task}, {mode}"] = results
        mean = sum(results) / 3
        print(
            f"{task:8} {mode:10} {mean:6.1%}   ({', '.join(f'{result:.1%}' for result in results)})"
        )
        glue(f"{task}-{mode}", f"{mean:.1%}")

# %% mystnb={"image": {"alt": "Test accuracy for two tasks and four padding modes, three seeds each. Reading the digit: all four modes lie together. Telling the quarter: zeros, replicate and reflect are near one, circular near one quarter."}} tags=["hide-input"]
plots.seeds(accuracies, xlabel="test accuracy")

# %% [markdown]
# For reading the digit the mode does not matter beyond the spread of the seeds: {glue:text}`digit-zeros` with zeros,
# {glue:text}`digit-circular` with circular padding. For telling the quarter it decides: {glue:text}`quarter-zeros`
# with zeros and {glue:text}`quarter-circular` with circular padding, where guessing gives 25 %. Only on the ring, where
# there is no border, are all positions alike. Every other mode makes the border look different from the rest, the
# difference spreads inwards layer by layer, and the network reads from it where it is. Networks trained on photographs
# do the same {footcite:p}`islam2020`.
#
# ## Limits
#
# - The blur was measured on two photographs; the order of reflect and replicate depends on the images.
# - The network and its task are small on purpose. That circular padding is not at exactly 25 % is the stride's doing:
#   with stride 2 a shift by one pixel is not a shift of the output, so positions are not quite alike.
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
# The mirror image without the edge has $M-1$ pixels, and one turn of the ring has $M$. PyTorch does not go round twice.
# :::
#
# **5.** Replace `nn.AdaptiveAvgPool2d(1)` and `nn.Flatten()` in the experiment by `nn.Flatten()` alone, with 32·5·5
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
