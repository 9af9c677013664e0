"""A profile as the architecture widget keeps it: with a name, the size of its image, and guesses where it is silent."""

import math

from course_lib.widgets import architecture_rules, architecture_shapes, profile_rows


def network(given, number=1):
    """`given`, any form of a profile, as one dict; ValueError with what is wrong in it.

    It is that of `profile_rows.network` and `size`, (height, width) of the image or None. Profiles that were saved
    before groups were measured get them guessed where they look depthwise; `kernel` stays None there.
    """
    if isinstance(given, dict):
        given = {key: value for key, value in given.items() if key != "size"}
    found = profile_rows.network(given)
    found["name"] = found["name"] or f"Network {number}"
    layers = architecture_rules.rows(found)
    found["size"], _ = architecture_shapes.input_size(found, layers)
    places = [found["columns"].index(name) for name in ("in_channels", "groups")]
    for values, row, before in zip(found["layers"], layers, [None, *layers]):
        if row["kernel"] is None and before and _looks_depthwise(row, before):
            for place in places:
                values[place] = row["output_shape"][0]
    return found


def _looks_depthwise(row, before):
    """Whether each channel of a map has an odd square of weights, and the map before as many channels."""
    shape = row["output_shape"]
    if len(shape) != 3 or len(before["output_shape"]) != 3 or shape[0] != before["output_shape"][0]:
        return False
    fan = row["own"]["macs"] / math.prod(shape)
    side = math.isqrt(int(fan))
    return side > 1 and side % 2 == 1 and side * side == fan
