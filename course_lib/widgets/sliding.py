"""Sizes where a kernel slides over a padded input, by torch's rules; `sizes` hold a number for each axis."""


def extent(sizes, axis):
    """Cells from the first tap of the kernel to its last."""
    return sizes["dilation"][axis] * (sizes["kernel"][axis] - 1) + 1


def padded_size(sizes, axis):
    """Cells of the padded input."""
    return sizes["input"][axis] + 2 * sizes["padding"][axis]


def output_size(sizes, axis):
    """Cells of the output."""
    return (padded_size(sizes, axis) - extent(sizes, axis)) // sizes["stride"][axis] + 1
