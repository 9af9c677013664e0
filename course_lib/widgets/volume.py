"""A three-dimensional convolution in numbers: slices side by side, and the sum of the slices' convolutions."""

from course_lib.widgets import host, volume_arguments
from course_lib.widgets import volume_rules as rules


def volume(
    input=(4, 5, 5),
    kernel=(2, 3, 3),
    *,
    padding=0,
    stride=1,
    dilation=1,
    bias=None,
    grad_output=None,
    view="output",
    cell=None,
):
    """Widget for a three-dimensional convolution (`torch.nn.Conv3d`) of one channel, forward and backward, in slices.

    input: (D, H, W) values, at most 6 slices of 8 × 8, or such a size, which is filled with small whole numbers;
    kernel: (KD, KH, KW) values, at most 3 slices of 5 × 5, or a size. padding (also "same" and "valid"), stride,
    dilation: a whole number or three, for depth, height and width. bias: a number. grad_output: ∂L/∂output, ones by
    default. view: what is shown first, "output", "input_grad", "kernel_grad" or "code". cell: what is pinned there,
    such as ("output", 0, 1, 1). ValueError for what torch refuses, with the nearest legal value.
    Source: Tran and others, Learning spatiotemporal features with 3D convolutional networks, 2015,
    https://arxiv.org/abs/1412.0767.
    """
    return host.create(Volume, **locals())


class Volume(host.Widget):
    """The state behind `volume`: input and kernel as slices of rows of numbers, the rest as three numbers."""

    name = "volume"
    fields = (
        *("input", "kernel", "padding", "stride", "dilation", "bias", "grad_output"),
        *("view", "cell"),
    )

    @staticmethod
    def check(state, changed=None):
        """The state with values for sizes and triples for numbers; ValueError if torch refuses it."""
        return volume_arguments.check(state, changed)

    @property
    def sizes(self):
        """Sizes of the present state, as `volume_rules` takes them."""
        import numpy as np

        shapes = {name: list(np.shape(getattr(self, name))) for name in ("input", "kernel")}
        return shapes | {name: list(getattr(self, name)) for name in ("padding", "stride", "dilation")}

    @property
    def output(self):
        """Output of the present state, as slices of rows of numbers."""
        return rules.forward(self.input, self.kernel, self.bias, self.sizes).tolist()

    def sentence(self):
        """Sizes, settings and output size, and what that amounts to."""
        from course_lib.widgets import volume_figure

        return volume_figure.sentence(self)

    def draw(self):
        """The slices of input, kernel and output, one output and what it reads outlined, and its sum."""
        from course_lib.widgets import volume_figure

        return volume_figure.draw(self)

    def heights_px(self):
        """About how tall the widget stands on a wide page and on a phone."""
        from course_lib.widgets import volume_figure

        return volume_figure.heights_px(self)
