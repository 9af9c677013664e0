"""A 2-D convolution, transposed convolution or pooling in numbers: grids, and what reads what."""

from course_lib.widgets import convolution_arguments, host
from course_lib.widgets import convolution_rules as rules


def convolution(
    input=(7, 7),
    kernel=(3, 3),
    *,
    padding=0,
    stride=1,
    dilation=1,
    groups=1,
    bias=None,
    padding_mode="zeros",
    operation="conv2d",
    output_padding=0,
    output_size=1,
    count_include_pad=True,
    flip=False,
    activation=None,
    grad_output=None,
    view="output",
    ask=False,
):
    """Widget for what a layer of `torch.nn.functional` computes, forward and backward.

    input: (H, W) or (C, H, W) values, 1 to 32 a side and 1 to 8 channels, or such a size, which is filled with
    small whole numbers, or "china" or "flower", a photograph of scikit-learn's in red, green and blue. kernel:
    (KH, KW) values for one channel and one filter, or torch's weight of four dimensions, 1 to 11 a side, or a
    size; for a pool its kernel_size. padding: a whole number, a (height, width) pair, "same", "valid", or
    ((top, bottom), (left, right)); stride, dilation, output_padding, output_size: a number or a pair. bias: a
    number for each filter, or True. operation: "conv2d", "conv_transpose2d", "max_pool2d", "avg_pool2d",
    "adaptive_max_pool2d" or "adaptive_avg_pool2d". flip: true convolution, the kernel turned by 180°. activation:
    "relu" shows also the larger of 0 and each output. grad_output: the gradient of a loss by the output, or by what
    the activation makes of it, ones by default. view: what is shown first, "output", "input_grad", "kernel_grad",
    "bias_grad", "matrix" or "code"; ask: let the reader answer before it is shown.
    ValueError for what torch refuses, with the nearest legal value.
    """
    return host.create(Convolution, **locals())


class Convolution(host.Widget):
    """The state behind `convolution`: input and kernel as rows of numbers, the rest as [height, width]."""

    name = "convolution"
    fields = (
        *("input", "kernel", "padding", "stride", "dilation", "groups", "bias", "padding_mode", "operation"),
        *(
            "output_padding",
            "output_size",
            "count_include_pad",
            "flip",
            "activation",
            "grad_output",
            "view",
            "ask",
        ),
    )

    @staticmethod
    def check(state, changed=None):
        """The state with values for sizes and pairs for numbers; ValueError if torch refuses it."""
        return convolution_arguments.check(state, changed)

    @property
    def conv(self):
        """Sizes of the present state, as `convolution_rules` takes them."""
        import numpy as np

        shape = {name: list(np.shape(getattr(self, name))) for name in ("input", "kernel")}
        shape = {
            name: [1] * (length - len(shape[name])) + shape[name]
            for name, length in (("input", 3), ("kernel", 4))
        }
        return convolution_arguments.sizes(self.state(), shape)

    @property
    def output(self):
        """Output of the present state, before its activation: rows of numbers, for several filters (O, H, W)."""
        output = self._forward()[0]
        return (output[0] if len(output) == 1 else output).tolist()

    def _forward(self):
        import numpy as np

        from course_lib.widgets import convolution_values

        conv = self.conv
        input = np.reshape(self.input, (conv["channels"], *conv["input"]))
        kernel = np.reshape(self.kernel, (*rules.weight_shape(conv), *conv["kernel"]))
        return convolution_values.forward(input, kernel, self.bias, conv)

    def sentence(self):
        """Operation, sizes, settings and output size."""
        from course_lib.widgets import convolution_figure

        return convolution_figure.sentence(self)

    def draw(self):
        """The grids of the first filter, the first output and what it reads outlined, and the size worked out."""
        from course_lib.widgets import convolution_figure

        return convolution_figure.draw(self)

    def heights_px(self):
        """About how tall the widget stands in the book's column and on a phone."""
        from course_lib.widgets import convolution_room

        return convolution_room.heights_px(self)
