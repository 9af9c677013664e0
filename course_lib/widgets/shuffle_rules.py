"""What grouped convolutions and a channel shuffle accept, which channel reaches which, and what layers cost.

A `net` holds channels, groups, layers, between, kernel_size and size. `js/core/shuffle.mjs` has the same rules for the
page; tests hold both to torch.
"""

from course_lib.widgets.arguments import is_whole, nearest_text, nearest_whole

LARGEST_CHANNELS = 24
LIMITS = {
    "channels": (1, LARGEST_CHANNELS),
    "groups": (1, LARGEST_CHANNELS),
    "layers": (1, 3),
    "kernel_size": (1, 11),
    "size": (1, 512),
}
BETWEEN = ("nothing", "shuffle", "pointwise", "squeeze_excitation")
REDUCTION = 4  # of squeeze-and-excitation: a quarter of the channels in the middle
# How a channel reaches another: by its values, or only by the factor that a gate makes of all channels' means.
NONE, GATE, VALUE = 0, 1, 2

WORDS = {
    "range": "{name} is {got}; it must be a whole number from {min} to {max}.",
    "divide": "{channels} channels cannot be divided into {groups} equal groups.",
    "channel": "channel must be None or a pair (stage, channel), the stage from 0 to {stages} and the channel from 0 "
    "to {last}; got {got!r}.",
}


def problem(net, changed="groups"):
    """Why torch or the widget refuses the numbers of `net`, with the nearest legal value; None where legal."""
    for name, (low, high) in LIMITS.items():
        if not is_whole(net[name], low, high):
            text = WORDS["range"].format(name=name, got=net[name], min=low, max=high)
            nearest = _nearest_inside(net, name)
            return text if nearest is None else text + nearest_text(name, nearest)
    if net["channels"] % net["groups"] == 0:
        return None
    name = "channels" if changed == "channels" else "groups"
    text = WORDS["divide"].format(channels=net["channels"], groups=net["groups"])
    return text + nearest_text(name, nearest_of(net[name], stops(net, name)))


def stops(net, name):
    """Numbers of groups that divide the channels, or of channels that the groups divide."""
    if name == "groups":
        return [each for each in range(1, net["channels"] + 1) if net["channels"] % each == 0]
    return list(range(net["groups"], LARGEST_CHANNELS + 1, net["groups"]))


def nearest_of(value, values):
    """The one of `values` closest to `value`, of two the smaller."""
    return min(values, key=lambda each: (abs(each - value), each))


def _nearest_inside(net, name):
    value, (low, high) = net[name], LIMITS[name]
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return None
    other = {"groups": "channels", "channels": "groups"}.get(name)
    if other and is_whole(net[other], *LIMITS[other]):
        return nearest_of(value, stops(net, name))
    return nearest_whole(value, low, high)


def operations(net):
    """The layers in order: grouped convolutions ("conv") and what stands between them."""
    middle = [] if net["between"] == "nothing" else [net["between"]]
    return ["conv"] + (middle + ["conv"]) * (net["layers"] - 1)


def order(channels, groups):
    """What stands at each place after torch.nn.ChannelShuffle(groups): the numbers of the channels before it."""
    each = channels // groups
    return [place % groups * each + place // groups for place in range(channels)]


def links(net, operation):
    """Array (to, from) of NONE, GATE or VALUE: how `operation` links channels."""
    import numpy as np

    channels, own = net["channels"], np.eye(net["channels"], dtype=int)
    if operation == "conv":
        each = channels // net["groups"]
        return VALUE * np.kron(np.eye(net["groups"], dtype=int), np.ones((each, each), int))
    if operation == "shuffle":
        return VALUE * own[order(channels, net["groups"])]
    rest = VALUE if operation == "pointwise" else GATE
    return np.where(own == 1, VALUE, rest)


def reach(net, first, last):
    """Links from the channels of stage `first` to those of stage `last`; stage 0 is the input."""
    import numpy as np

    found = VALUE * np.eye(net["channels"], dtype=int)
    for operation in operations(net)[first:last]:
        # A path is as strong as its weakest link, a channel reached as strongly as by its best path.
        found = np.minimum(links(net, operation)[:, :, None], found[None]).max(1)
    return found


def tree(net, stage, channel):
    """For each stage how its channels are linked to `channel` of `stage`: those before it and those after it."""
    return [
        reach(net, other, stage)[channel] if other <= stage else reach(net, stage, other)[:, channel]
        for other in range(len(operations(net)) + 1)
    ]


def components(net):
    """Number of sets of channels that no path joins."""
    channels, names = net["channels"], {}

    def root(node):
        while names.get(node, node) != node:
            node = names[node]
        return node

    for stage, operation in enumerate(operations(net)):
        for to, of in zip(*links(net, operation).nonzero(), strict=True):
            names[root(((stage + 1), int(to)))] = root((stage, int(of)))
    nodes = [(stage, channel) for stage in range(len(operations(net)) + 1) for channel in range(channels)]
    return len({root(node) for node in nodes})


def costs(net):
    """{layer: (parameters, multiply-accumulates)} without biases, at stride 1 and "same" padding."""
    channels, taps, area = net["channels"], net["kernel_size"] ** 2, net["size"] ** 2
    gate = 2 * channels * max(1, channels // REDUCTION)
    parameters = {
        "dense": channels**2 * taps,
        "grouped": channels**2 // net["groups"] * taps,
        "depthwise": channels * taps,
        "separable": channels * taps + channels**2,
        "pointwise": channels**2,
        "pointwise_grouped": channels**2 // net["groups"],
    }
    found = {name: (count, count * area) for name, count in parameters.items()}
    return found | {"squeeze_excitation": (gate, gate), "shuffle": (0, 0)}


def total(net):
    """(parameters, multiply-accumulates) of the whole sequence."""
    price = costs(net)
    each = [price["grouped" if operation == "conv" else operation] for operation in operations(net)]
    return tuple(map(sum, zip(*each, strict=True)))
