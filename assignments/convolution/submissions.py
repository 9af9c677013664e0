"""Known answers of the assignment convolution, for its tests: right ones of several kinds, and wrong ones.

RIGHT: name -> {question: cell}; questions left out are answered by the solution.
WRONG: question -> rows (name, change, points, says). A change is a whole cell, or {old: new} text to replace
in the solution's cell. `points` is what the answer must earn, `says` a part of the report on fresh cases.
"""

RIGHT = {
    "loops": {
        "predict": """
layer_a = [16, 32, 32], 1216, 1228800
layer_b = [32, 16, 16], 4608, 1179648
layer_c = [64, 12, 12], 4672, 663552
""",
        "output_size": """
def output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    if stride < 1 or kernel_size < 1 or dilation < 1 or padding < 0:
        raise ValueError("sizes")
    count, last = 0, (kernel_size - 1) * dilation
    while last < size + 2 * padding:
        count, last = count + 1, last + stride
    if not count:
        raise ValueError("kernel too large")
    return count
""",
        "conv2d": """
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    (n, c, h, w), (o, group_c, k_h, k_w) = x.shape, weight.shape
    if c % groups or o % groups:
        raise ValueError("groups")
    o_h, o_w = (output_size(m, k, stride, padding, dilation) for m, k in ((h, k_h), (w, k_w)))
    y = np.zeros((n, o, o_h, o_w))
    for image in range(n):
        for f in range(o):
            first = f // (o // groups) * group_c
            for p in range(o_h):
                for q in range(o_w):
                    total = 0.0 if bias is None else bias[f]
                    for ch in range(group_c):
                        for i in range(k_h):
                            for j in range(k_w):
                                r = p * stride + i * dilation - padding
                                s = q * stride + j * dilation - padding
                                if 0 <= r < h and 0 <= s < w:
                                    total += x[image, first + ch, r, s] * weight[f, ch, i, j]
                    y[image, f, p, q] = total
    return y
""",
        "conv2d_backward": """
def conv2d_backward(grad_output, x, weight, stride=1, padding=0, dilation=1, groups=1):
    (n, c, h, w), (o, group_c, k_h, k_w) = x.shape, weight.shape
    grad_input, grad_weight, grad_bias = np.zeros(x.shape), np.zeros(weight.shape), np.zeros(o)
    for image, f, p, q in np.ndindex(*grad_output.shape):
        g = grad_output[image, f, p, q]
        grad_bias[f] += g
        first = f // (o // groups) * group_c
        for ch, i, j in np.ndindex(group_c, k_h, k_w):
            r, s = p * stride + i * dilation - padding, q * stride + j * dilation - padding
            if 0 <= r < h and 0 <= s < w:
                grad_input[image, first + ch, r, s] += g * weight[f, ch, i, j]
                grad_weight[f, ch, i, j] += g * x[image, first + ch, r, s]
    return grad_input, grad_weight, grad_bias
""",
        "conv1x1": """
def conv1x1(x, weight, bias=None):
    y = np.einsum("oc,nchw->nohw", weight, x)
    return y if bias is None else y + bias.reshape(1, -1, 1, 1)
""",
        "learn_kernel": """
def learn_kernel(x, target, kernel, lr, steps):
    losses = []
    for _ in range(steps):
        difference = correlate(x, kernel) - target
        losses.append((difference**2).sum() / difference.size)
        kernel = kernel - lr * correlate(x, 2 * difference / difference.size)
    return kernel, np.array(losses)
""",
    },
    "im2col": {
        "predict": """
layer_a = np.array([16, 32, 32]), np.int32(1216), np.prod([16, 32, 32, 75])
layer_b = (32, 16, 16), 32 * 16 * 9, 32 * 16 * 16 * 16 * 9
layer_c = (64, 12, 12), 64 * (8 * 9 + 1), 64 * 12 * 12 * 8 * 9
""",
        "output_size": """
def output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    last_start = size + 2 * padding - dilation * (kernel_size - 1)
    if kernel_size < 1 or dilation < 1 or padding < 0 or last_start < 1:
        raise ValueError("impossible")
    return len(range(0, last_start, stride))
""",
        "conv2d": """
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    (n, c, h, w), (o, group_c, k_h, k_w) = x.shape, weight.shape
    if c != groups * group_c or o % groups:
        raise ValueError("groups")
    o_h, o_w = (output_size(m, k, stride, padding, dilation) for m, k in ((h, k_h), (w, k_w)))
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    s = x.strides
    columns = np.lib.stride_tricks.as_strided(
        x, (n, groups, group_c, k_h, k_w, o_h, o_w),
        (s[0], s[1] * group_c, s[1], s[2] * dilation, s[3] * dilation, s[2] * stride, s[3] * stride))
    columns = columns.transpose(1, 2, 3, 4, 0, 5, 6).reshape(groups, group_c * k_h * k_w, n * o_h * o_w)
    y = (weight.reshape(groups, o // groups, -1) @ columns).reshape(o, n, o_h, o_w).swapaxes(0, 1)
    return y if bias is None else y + bias.reshape(o, 1, 1)
""",
        "conv2d_backward": """
def conv2d_backward(grad_output, x, weight, stride=1, padding=0, dilation=1, groups=1):
    (n, c, h, w), (o, group_c, k_h, k_w) = x.shape, weight.shape
    rows = stride * np.arange(grad_output.shape[2])[:, None] + dilation * np.arange(k_h)
    columns = stride * np.arange(grad_output.shape[3])[:, None] + dilation * np.arange(k_w)
    where = slice(None), slice(None), rows[:, None, :, None], columns[None, :, None, :]
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    grad_x, grad_weight = np.zeros(x.shape), np.zeros(weight.shape)
    for g in range(groups):
        ins, outs = slice(g * group_c, (g + 1) * group_c), slice(g * o // groups, (g + 1) * o // groups)
        grad_weight[outs] = np.tensordot(grad_output[:, outs], x[:, ins][where], axes=([0, 2, 3], [0, 2, 3]))
        to_windows = np.tensordot(grad_output[:, outs], weight[outs], axes=(1, 0))  # N×OH×OW×C/G×KH×KW
        np.add.at(grad_x[:, ins], where, to_windows.transpose(0, 3, 1, 2, 4, 5))
    grad_input = grad_x[:, :, padding:padding + h, padding:padding + w]
    return grad_input, grad_weight, np.einsum("nohw->o", grad_output)
""",
        "conv1x1": """
def conv1x1(x, weight, bias=None):
    y = np.tensordot(weight, x, axes=(1, 1)).transpose(1, 0, 2, 3)
    return y + (np.zeros(len(weight)) if bias is None else bias)[None, :, None, None]
""",
        "learn_kernel": """
def learn_kernel(x, target, kernel, lr, steps):
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape).reshape(target.size, -1)
    k, losses = kernel.flatten(), ()
    for _ in range(steps):
        residual = windows @ k - target.ravel()
        losses += (residual @ residual / residual.size,)
        k = k - lr * 2 / residual.size * (windows.T @ residual)
    return [k.reshape(kernel.shape), losses]
""",
    },
    "shifts": {
        "conv2d": """
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    n, c, h, w = x.shape
    o, group_c, k_h, k_w = weight.shape
    if c % groups or o % groups:
        raise ValueError("groups")
    o_h, o_w = (output_size(m, k, stride, padding, dilation) for m, k in ((h, k_h), (w, k_w)))
    padded = np.zeros((n, c, h + 2 * padding, w + 2 * padding))
    padded[:, :, padding:padding + h, padding:padding + w] = x
    y = np.zeros((n, o, o_h, o_w))
    for g, images in enumerate(np.split(padded, groups, axis=1)):
        filters = slice(g * o // groups, (g + 1) * o // groups)
        for i in range(k_h):
            for j in range(k_w):
                seen = images[:, :, i * dilation:, j * dilation:][:, :, ::stride, ::stride][:, :, :o_h, :o_w]
                y[:, filters] += np.einsum("nchw,oc->nohw", seen, weight[filters, :, i, j])
    if bias is not None:
        y += bias[:, None, None]
    return y
""",
        # grad_input as a convolution of the spread-out gradient with the turned kernel.
        "conv2d_backward": """
def conv2d_backward(grad_output, x, weight, stride=1, padding=0, dilation=1, groups=1):
    (n, c, h, w), (o, group_c, k_h, k_w) = x.shape, weight.shape
    o_h, o_w = grad_output.shape[2:]
    edge_h, edge_w = dilation * (k_h - 1), dilation * (k_w - 1)
    reach_h, reach_w = stride * (o_h - 1) + 1, stride * (o_w - 1) + 1
    spread = np.zeros((n, o, reach_h + 2 * edge_h, reach_w + 2 * edge_w))
    spread[:, :, edge_h:edge_h + reach_h:stride, edge_w:edge_w + reach_w:stride] = grad_output
    turned = weight.reshape(groups, o // groups, group_c, k_h, k_w).swapaxes(1, 2)[..., ::-1, ::-1]
    reached = conv2d(spread, turned.reshape(c, o // groups, k_h, k_w), dilation=dilation, groups=groups)
    grad_x = np.zeros((n, c, h + 2 * padding, w + 2 * padding))
    grad_x[:, :, :reached.shape[2], :reached.shape[3]] = reached
    padded = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    grad_weight = np.zeros_like(weight)
    for f in range(o):
        for ch in range(group_c):
            seen = padded[:, f // (o // groups) * group_c + ch]
            for i in range(k_h):
                for j in range(k_w):
                    top, left = i * dilation, j * dilation
                    window = seen[:, top:top + reach_h:stride, left:left + reach_w:stride]
                    grad_weight[f, ch, i, j] = (window * grad_output[:, f]).sum()
    return grad_x[:, :, padding:padding + h, padding:padding + w], grad_weight, grad_output.sum((0, 2, 3))
""",
        "conv1x1": """
def conv1x1(x, weight, bias=None):
    y = x.transpose(0, 2, 3, 1) @ weight.T
    if bias is not None:
        y = y + bias
    return y.transpose(0, 3, 1, 2)
""",
    },
}

RETURN_Y = "return y if bias is None else y + bias[:, None, None]"
WITH_BIAS = f"({RETURN_Y.removeprefix('return ')})"
PAD_X = "x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))"
SIZE = "return (size + 2 * padding - covered) // stride + 1"

WRONG = {
    "predict": [
        ("bias left out", {"5 * 5 + 16,": "5 * 5,"}, 2.75, "the bias was left out"),
        ("bias where none is", {"16 * 3 * 3, 32": "16 * 3 * 3 + 32, 32"}, 2.75, "a bias was counted"),
        ("groups left out", {"64 * 8 *": "64 * 32 *", "12 * 8 *": "12 * 32 *"}, 2.5,
         "the groups were left out"),
        ("groups left out of the MACs", {"12 * 8 *": "12 * 32 *"}, 2.75, "the groups were left out"),
        ("padding left out", {"32, 32), 16": "28, 28), 16", "16 * 32 * 32 * 3": "16 * 28 * 28 * 3"}, 2.25,
         "the padding was left out"),
        ("padding on one side", {"32, 32), 16": "30, 30), 16"}, 2.5,
         "the padding was counted on one side only"),
        ("stride left out", {"(32, 16, 16)": "(32, 32, 32)", "32 * 16 * 16 *": "32 * 32 * 32 *"}, 2.25,
         "the stride was left out"),
        ("dilation left out", {"(64, 12, 12)": "(64, 14, 14)", "12 * 12": "14 * 14"}, 2.25,
         "the dilation was left out"),
        ("+ 1 left out", {"(16, 32, 32)": "(16, 31, 31)", "(32, 16, 16)": "(32, 15, 15)",
                          "(64, 12, 12)": "(64, 11, 11)"}, 1.5, "the + 1 of the formula was left out"),
        ("two operations each", {"16 * 32 * 32 * 3": "2 * 16 * 32 * 32 * 3",
                                 "32 * 16 * 16 *": "2 * 32 * 16 * 16 *", "64 * 12": "2 * 64 * 12"}, 2.25,
         "multiplication and addition were counted apart"),
        ("bias counted in the MACs", {"3 * 5 * 5\nlayer_b": "(3 * 5 * 5 + 1)\nlayer_b"}, 2.75,
         "adding the bias was counted"),
        ("MACs over input pixels", {"32 * 16 * 16 * 16": "32 * 32 * 32 * 16"}, 2.75,
         "input pixels were counted instead of output pixels"),
        ("MACs without pixels", {"32 * 16 * 16 * 16 * 3 * 3": "32 * 16 * 3 * 3"}, 2.75,
         "the output pixels were left out"),
        ("channels last", {"(16, 32, 32)": "(32, 32, 16)"}, 2.5, "the order should be channels"),
        ("input channels come out", {"(16, 32, 32)": "(3, 32, 32)"}, 2.5,
         "the input's channels stand"),
        ("one kernel for all channels", {"16 * 3 * 5 * 5 + 16": "16 * 5 * 5 + 16"}, 2.75,
         "the input channels were left out"),
        ("floats", {"16 * 3 * 5 * 5 + 16": "1216.0"}, 2.75, "expected whole numbers (int), got floats"),
        ("five numbers in a row", {"(16, 32, 32),": "16, 32, 32,"}, 2, "expected a tuple of 3 values"),
        ("a name missing", {"layer_c": "layer_C"}, 2, "layer_c is not defined"),
        ("text", {"layer_b = (32, 16, 16)": 'layer_b = "32×16×16"'}, 2.5,
         "is a str: use a numpy array or a number"),
    ],
    "output_size": [
        ("+ 1 left out", {SIZE: SIZE.removesuffix(" + 1")}, 0, "the + 1 was left out"),
        ("+ 1 before the division", {"- covered) // stride + 1": "- covered + 1) // stride"}, 2,
         "the + 1 was put before the division"),
        ("rounded up", {SIZE: "return -(-(size + 2 * padding - covered) // stride) + 1"}, 2, "rounded up"),
        ("rounded to the nearest", {SIZE: "return round((size + 2 * padding - covered) / stride + 1.01)"}, 2,
         "rounded up"),
        ("padding ignored", {SIZE: "return (size - covered) // stride + 1"}, 2, "the padding was ignored"),
        ("padding on one side", {SIZE: "return (size + padding - covered) // stride + 1"}, 2,
         "on one side only"),
        ("stride ignored", {SIZE: "return size + 2 * padding - covered + 1"}, 2, "the stride was ignored"),
        ("dilation ignored", {"dilation * (kernel_size - 1) + 1": "kernel_size"}, 2,
         "the dilation was ignored"),
        ("D·K pixels", {"dilation * (kernel_size - 1) + 1": "dilation * kernel_size"}, 2,
         "to cover D·K pixels"),
        ("kernel not subtracted", {SIZE: "return (size + 2 * padding) // stride"}, 0,
         "size was not subtracted"),
        ("one too many", {SIZE: SIZE.replace("+ 1", "+ 2")}, 0, "one position too many"),
        ("float", {"//": "/"}, 0, "expected whole numbers (int), got floats"),
        ("printed", {SIZE: SIZE.replace("return", "print(") + ")"}, 0, "is a return missing?"),
        ("0 instead of an error", {'raise ValueError(f"the': 'return 0 and (f"the'}, 2.5,
         "should raise ValueError"),
        ("no errors", {"min(": "0 > min(", "covered > size": "0 > size"}, 2.5,
         "should raise ValueError, but"),
        ("another error", {'raise ValueError("k': 'raise RuntimeError("k'}, 2.5, "raised RuntimeError"),
        ("stride not tested", {"min(kernel_size, stride,": "min(kernel_size,"}, 2.5,
         "raised ZeroDivisionError"),
        ("the kernel that just fits refused", {"covered > ": "covered >= "}, 2.5, "raised ValueError"),
        ("endless for stride 0", """
def output_size(size, kernel_size, stride=1, padding=0, dilation=1):
    if kernel_size < 1 or dilation < 1 or padding < 0 or dilation * (kernel_size - 1) >= size + 2 * padding:
        raise ValueError("impossible")
    count, last = 0, (kernel_size - 1) * dilation
    while last < size + 2 * padding:
        count, last = count + 1, last + stride
    return count
""", 2.5, "did not finish within"),
        ("arguments renamed", """
def output_size(size, kernel_size, step=1, pad=0, dilation=1):
    return (size + 2 * pad - dilation * (kernel_size - 1) - 1) // step + 1
""", 1, "keep the arguments"),
    ],
    "conv2d": [
        ("kernel flipped", {"windows, weight)": "windows, weight[..., ::-1, ::-1])"}, 0,
         "the kernel was flipped"),
        ("kernel transposed", {"weight = weight.reshape(": "weight = weight.swapaxes(2, 3).reshape("}, 0,
         "rows and columns of the kernel are swapped"),
        ("padding ignored", {PAD_X: ""}, 8.5, "the padding was ignored"),
        ("padding on one side",
         {"(padding, padding), (padding, padding)": "(2 * padding, 0), (2 * padding, 0)"}, 8.5,
         "the padding was put on one side only"),
        ("padding repeats the border", {"(padding, padding)))": '(padding, padding)), mode="edge")'}, 8.5,
         "the padding repeats the border"),
        ("every axis padded", {PAD_X: "x = np.pad(x, padding)"}, 8.5, "raised ValueError"),
        ("stride ignored", {"::stride, ::stride": ":, :"}, 8.5, "the stride was ignored"),
        ("stride for rows only", {"::stride, ::stride": "::stride, :"}, 8.5,
         "the stride was used for the rows only"),
        ("dilation ignored", {"dilation * (k_h - 1) + 1, dilation * (k_w - 1) + 1": "k_h, k_w",
                              "::dilation, ::dilation": ":, :"}, 8, "the dilation was ignored"),
        ("groups ignored", {"windows = windows.reshape(n, groups, group_c, *windows.shape[2:])":
                            "windows = np.stack([windows[:, :group_c]] * groups, axis=1)"}, 8.5,
         "every group looked at the channels of the first one"),
        ("groups not built", {"windows.reshape(n, groups,": "windows.reshape(n, 1,"}, 8.5,
         "raised ValueError"),
        ("bias forgotten", {RETURN_Y: "return y"}, 9, "the bias was forgotten"),
        ("bias subtracted", {"y + bias": "y - bias"}, 9, "the bias was subtracted"),
        ("bias per position", {"bias[:, None, None]": "bias"}, 9, "raised ValueError"),
        ("first image only", {"n, c, h, w = x.shape": "x = x[:1]\n    n, c, h, w = x.shape"}, 9,
         "the other images are missing"),
        ("images added up", {'->ngopq", windows, weight)': '->gopq", windows, weight)[None]',
                             "y.reshape(n,": "y.reshape(1,"}, 9, "the images were added up"),
        ("first input channel only", {'"ngcpqij,gocij->ngopq", windows, weight':
                                      '"ngpqij,goij->ngopq", windows[:, :, 0], weight[:, :, 0]'}, 7.5,
         "only the first input channel was used"),
        ("channels averaged", {"windows, weight)": "windows, weight) / group_c"}, 7.5,
         "the input channels were averaged instead of added"),
        ("output transposed", {RETURN_Y: f"return {WITH_BIAS}.swapaxes(2, 3)"}, 0.5,
         "rows and columns of the output are swapped"),
        ("channels last", {RETURN_Y: f"return {WITH_BIAS}.transpose(0, 2, 3, 1)"}, 0, "this is N×OH×OW×O"),
        ("last row and column missing", {RETURN_Y: f"return {WITH_BIAS}[:, :, :-1, :-1]"}, 0,
         "the last row and column of the output are missing"),
        ("axes of length 1 dropped", {RETURN_Y: f"return {WITH_BIAS}.squeeze()"}, 0.5, "expected shape"),
        ("square kernels only", {"k_h, k_w = weight.shape": "k_h, k_w = weight.shape\n    k_w = k_h"}, 8.5,
         "raised ValueError"),
        ("square images only", """
def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    (n, c, size, _), (o, group_c, k_h, k_w) = x.shape, weight.shape
    if c % groups or o % groups:
        raise ValueError("groups")
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    count = output_size(size, max(k_h, k_w), stride, padding, dilation)
    y = np.zeros((n, o, count, count))
    for f in range(o):
        first = f // (o // groups) * group_c
        for p in range(count):
            for q in range(count):
                top, left = p * stride, q * stride
                window = x[:, first:first + group_c, top:, left:][:, :, ::dilation, ::dilation]
                window = window[:, :, :k_h, :k_w]
                y[:, f, p, q] = (window * weight[f]).sum((1, 2, 3)) + (0 if bias is None else bias[f])
    return y
""", 8.5, "expected shape"),
        ("stored as the input's type", {RETURN_Y: f"return {WITH_BIAS}.astype(x.dtype)"}, 9.5,
         "the fractions are cut off"),
        ("float32", {RETURN_Y: f"return {WITH_BIAS}.astype(np.float32)"}, 0,
         "was something stored as float32?"),
        ("overwrites the weights", {PAD_X: PAD_X + "\n    weight[:] = weight[..., ::-1, ::-1].copy()",
                                    "windows, weight)": "windows, weight[..., ::-1, ::-1])"}, 9.5,
         "right, but the call overwrote its argument 2"),
        ("None instead of an error", {'raise ValueError(f"the': 'return None and (f"the'}, 9.5,
         "should raise ValueError, but returned None"),
        ("assert instead of ValueError", {'raise ValueError(f"stride': 'raise AssertionError(f"stride'}, 9.5,
         "should raise ValueError, but raised AssertionError"),
        ("endless", {"n, c, h, w = x.shape": "while True:\n        pass"}, 0, "did not finish within"),
        ("nan where padding was", {"(padding, padding)))": "(padding, padding)), constant_values=np.nan)"}, 8,
         "entries are nan or inf"),
        ("a list", {RETURN_Y: f"return {WITH_BIAS}.tolist()"}, 0, "got a tuple of 1 values"),
        ("a typing error", {"groups, group_c, *windows.shape": "group, group_c, *windows.shape"}, 0,
         "raised NameError: name 'group' is not defined"),
    ],
    "conv2d_backward": [
        ("kernel turned", {"grouped[..., i, j]": "grouped[..., k_h - 1 - i, k_w - 1 - j]"}, 5,
         "turned by 180° once too often"),
        ("kernel transposed", {"grouped[..., i, j]": "grouped[..., j, i]"}, 4.5,
         "rows and columns of the kernel are swapped"),
        ("overlaps assigned", {"columns] += back": "columns] = back"}, 5, "entries are wrong"),
        ("border not cut off", {"grad_x[:, :, padding : padding + h, padding : padding + w]": "grad_x"}, 8,
         "the border that padding added was not cut off"),
        ("cut off at the wrong end", {"padding : padding + h, padding : padding + w": ":h, :w"}, 8,
         "at the wrong end"),
        ("x not padded",
         {PAD_X: "", "np.zeros(x.shape)": "np.zeros((n, c, h + 2 * padding, w + 2 * padding))"}, 7,
         "raised ValueError"),
        ("rows left over forgotten", {"np.zeros(x.shape)": "np.zeros((n, c, *(stride * (m - 1) + dilation * "
                                      "(k - 1) + 1 for m, k in ((o_h, k_h), (o_w, k_w)))))"}, 8.5,
         "expected shape"),
        ("stride ignored", {"top + stride * (o_h - 1) + 1, stride": "top + o_h",
                            "left + stride * (o_w - 1) + 1, stride": "left + o_w"}, 7, "entries are wrong"),
        ("dilation ignored", {"i * dilation, j * dilation": "i, j"}, 7, "the dilation was ignored"),
        ("groups not built", {"n, c, h, w = x.shape": "groups = 1\n    n, c, h, w = x.shape"}, 7,
         "raised ValueError"),
        ("bias per image", {"axis=(0, 2, 3)": "axis=(2, 3)"}, 8, "the images were not added up"),
        ("bias averaged", {"grad_output.sum(axis": "grad_output.mean(axis"}, 8, "averaged instead of added"),
        ("bias over the wrong axes", {"axis=(0, 2, 3)": "axis=(0, 1, 2)"}, 8, "expected shape"),
        ("one bias for all filters", {"grad_output.sum(axis=(0, 2, 3))": "grad_output.sum()"}, 8,
         "the filters were added up"),
        ("bias of the first image", {"output.sum(axis=(0, 2, 3))": "output[0].sum(axis=(1, 2))"}, 8.5,
         "only the first image was used"),
        ("weights of the first image", {"grad_y, met)": "grad_y[:1], met[:1])"}, 8,
         "only the first image was used"),
        ("weights averaged over images", {"grad_y, met)": "grad_y, met) / n"}, 8, "the images were averaged"),
        ("weights of the last image", {'->goc", grad_y, met)': '->ngoc", grad_y, met)[-1]'}, 8,
         "entries are wrong"),
        ("weights turned", {"grad_weight[..., i, j]": "grad_weight[..., -1 - i, -1 - j]"}, 5,
         "it is turned by 180°"),
        ("weights transposed", {"grad_weight[..., i, j] =": "grad_weight[..., j, i] ="}, 4.5,
         "rows and columns are swapped"),
        ("weights C×O",
         {"reshape(weight.shape), grad_bias": "reshape(weight.shape).swapaxes(0, 1), grad_bias"}, 7,
         "the axes of input and output channels are swapped"),
        ("no gradient of the input", {"return grad_input,": "return None,"}, 5, "returned None"),
        ("only the weights", {"return grad_input, grad_weight.reshape(weight.shape), grad_bias":
                              "return grad_weight.reshape(weight.shape)"}, 0, "expected a tuple of 3 values"),
        ("weights first", {"return grad_input, grad_weight.reshape(weight.shape),":
                           "return grad_weight.reshape(weight.shape), grad_input,"}, 1, "expected shape"),
        ("wrong sign", {"return grad_input,": "return -grad_input,"}, 5, "every entry has the wrong sign"),
        ("divided by N", {"return grad_input,": "return grad_input / n,"}, 8.5, "every entry is 0.5 times"),
        ("overwrites the gradient", {PAD_X: f"{PAD_X}\n    grad_output *= -1", "grad_y, ": "-grad_y, ",
                                     "grad_output.sum(": "-grad_output.sum("}, 8.5,
         "right, but the call overwrote its argument 1"),
    ],
    "conv1x1": [
        ("weights transposed", {"weight @": "weight.T @"}, 0, "the weight matrix was transposed"),
        ("bias forgotten", {"y = y + bias[:, None]": "pass"}, 1.5, "the bias was forgotten"),
        ("bias subtracted", {"y + bias": "y - bias"}, 1.5, "the bias was subtracted"),
        ("bias twice", {"y + bias": "y + 2 * bias"}, 1.5, "entries are wrong"),
        ("bias per pixel", {"bias[:, None]": "bias"}, 1.5, "raised ValueError"),
        ("reshape before the product", """
def conv1x1(x, weight, bias=None):
    n, c, h, w = x.shape
    y = x.reshape(n * h * w, c) @ weight.T + (0 if bias is None else bias)
    return y.reshape(n, len(weight), h, w)
""", 0, "before the product, reshape"),
        ("reshape after the product", """
def conv1x1(x, weight, bias=None):
    n, c, h, w = x.shape
    y = x.transpose(0, 2, 3, 1) @ weight.T + (0 if bias is None else bias)
    return y.reshape(n, len(weight), h, w)
""", 0, "after the product, reshape"),
        ("images mixed", {"x.reshape(n, c, h * w)": "x.reshape(c, n * h * w)"}, 1.5,
         "the images were not kept apart"),
        ("first image only", {"n, c, h, w = x.shape": "x = x[:1]\n    n, c, h, w = x.shape"}, 1.5,
         "the other images are missing"),
        ("first channel only",
         {"weight @ x.reshape(n, c, h * w)": "weight[:, :1] @ x[:, :1].reshape(n, 1, h * w)"}, 0,
         "only the first input channel was used"),
        ("channels averaged", {"h * w)": "h * w) / c"}, 0, "averaged instead of added"),
        ("rows and columns swapped", {"len(weight), h, w)": "len(weight), w, h)"}, 0, "expected shape"),
        ("pixels in one row", {"return y.reshape(n, len(weight), h, w)": "return y"}, 0,
         "height and width were not taken apart"),
        ("channels last", {"h, w)\n": "h, w).transpose(0, 2, 3, 1)\n"}, 0, "this is N×OH×OW×O"),
        ("nothing returned", {"return y": "y = y"}, 0, "is a return missing?"),
        ("float32", {"weight @": "weight.astype(np.float32) @"}, 0, "was something stored as float32?"),
    ],
    "learn_kernel": [
        ("uphill", {"kernel - lr": "kernel + lr"}, 1, "the kernel went uphill"),
        ("2 forgotten", {"2 * difference": "difference"}, 1,
         "the 2 of the square's derivative was left out"),
        ("sum instead of mean", {"np.mean(": "np.sum(", " / difference.size": ""}, 0,
         "were added up, not averaged"),
        ("gradient of the sum", {" / difference.size": ""}, 1, "the gradient was not divided by"),
        ("loss after the step", """
def learn_kernel(x, target, kernel, lr, steps):
    losses = []
    for _ in range(steps):
        difference = correlate(x, kernel) - target
        kernel = kernel - lr * correlate(x, 2 * difference / difference.size)
        losses.append(np.mean((correlate(x, kernel) - target) ** 2))
    return kernel, losses
""", 1.5, "the loss was taken after the step"),
        ("one step too many", {"range(steps)": "range(steps + 1)"}, 0, "one step too many"),
        ("one step too few", {"range(steps)": "range(steps - 1)"}, 0, "one step too few"),
        ("kernel alone", {"return kernel, losses": "return kernel"}, 0, "expected a tuple of 2 values"),
        ("losses first", {"return kernel, losses": "return losses, kernel"}, 0, "expected shape"),
        ("overwrites the kernel", {"kernel = kernel - lr": "kernel -= lr"}, 2.5,
         "right, but the call overwrote its argument 3"),
        ("gradient turned", {"grad_kernel[0, 0]": "grad_kernel[0, 0, ::-1, ::-1]"}, 1, "turned by 180°"),
        ("gradient transposed", {"grad_kernel[0, 0]": "grad_kernel[0, 0].T"}, 1,
         "rows and columns of the gradient are swapped"),
        ("starts at zero", {"losses = []": "losses, kernel = [], np.zeros(kernel.shape)"}, 0.5,
         "the descent did not begin at the kernel that was given"),
        ("absolute difference", {"np.mean(difference**2)": "np.mean(np.abs(difference))",
                                 "2 * difference /": "np.sign(difference) /"}, 0,
         "the absolute difference was used"),
        ("learning rate left out", {"lr * grad": "grad"}, 1, "the learning rate was left out"),
        ("last loss only", {"kernel, losses": "kernel, losses[-1]"}, 1.5, "only the last loss came back"),
        ("root of the loss", {"np.mean(difference**2)": "np.mean(difference**2) ** 0.5"}, 1.5,
         "the root was taken"),
        ("one loss more", {"return kernel, losses": "return kernel, losses + [losses[-1] / 2]"}, 1.5,
         "expected shape"),
        ("step instead of kernel", {"kernel = kernel - lr": "kernel = -lr"}, 1,
         "the last step came back"),
    ],
}

# A class for the whole nbgrader cycle: what each student answers, by the names above. The stub and the
# solution hand in too.
STUDENTS = {
    "loops": dict.fromkeys(RIGHT["loops"], "loops"),
    "ada": {"predict": "groups left out", "output_size": "rounded up", "conv2d": "padding ignored",
            "conv2d_backward": "overlaps assigned", "conv1x1": "images mixed",
            "learn_kernel": "loss after the step"},
    "emmy": {"predict": "a name missing", "output_size": "endless for stride 0", "conv1x1": "float32",
             "learn_kernel": "overwrites the kernel"},
    "karl": {"output_size": "printed", "conv2d": "kernel flipped",
             "conv2d_backward": "overwrites the gradient", "learn_kernel": "loops"},
}
