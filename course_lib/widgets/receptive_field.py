"""What a unit of a network sees of the input, and what a pixel of the input reaches: both fields, both ways."""

import reprlib

from course_lib.widgets import arguments, host, room
from course_lib.widgets import receptive_field_layers as layers_from
from course_lib.widgets import receptive_field_profile as profiles
from course_lib.widgets import receptive_field_rules as rules
from course_lib.widgets.convolution_rules import size_text
from course_lib.widgets.receptive_field_effective import effective_field

# All but the table and the planes, in the column and on a phone: of a chain, of a profile, and of a task.
CHAIN_PX, PROFILE_PX, TASK_PX = (930, 1725), (495, 798), (563, 1002)


def receptive_field(
    layers="lenet5",
    *,
    input=None,
    profile=None,
    chain=False,
    layer=None,
    unit=None,
    effective=None,
    goal=None,
):
    """Widget for receptive fields along a chain of convolutions and poolings that the reader edits, or over a graph.

    layers: the name of a preset (lenet5, alexnet, vgg16, resnet18, resnet50, dilated, gridding) or a list of
    {name, kernel, stride, padding, dilation}, each a number or a (height, width) pair. input: (H, W) or a number.
    profile: in place of layers, what `course_lib.measure.profile` measured, or its JSON; older JSON needs input;
    chain=True says that the network has no branches, which a profile does not tell. layer: name or index of the
    layer shown first (the last one); unit: its (row, column) (the middle). effective: a `measure.Sensitivity`, or
    its H×W gradient, of that unit. goal: pixels that the last layer shall see, which sets the task. ValueError for
    what torch refuses, with the nearest legal value. Source: Araujo, Norris and Sim, Distill 2019; for effective
    fields Luo et al., arXiv 1701.04128.
    """
    state = {"layers": layers, "input": input, "profile": profile, "chain": chain, "layer": layer}
    return host.create(ReceptiveField, **state, unit=unit, effective=effective, goal=goal)


class ReceptiveField(host.Widget):
    """The state behind `receptive_field`: layers with [height, width] pairs, or the rows of a profile."""

    name = "receptive_field"
    fields = ("layers", "input", "profile", "chain", "layer", "unit", "effective", "goal")

    @staticmethod
    def check(state, changed=None):
        """The state with each field in its one form; ValueError if it is not legal."""
        found = {"profile": None, "chain": arguments.flag(state["chain"], "chain")}
        if state["profile"] is None:
            found |= layers_from.chain(state["layers"], state["input"])
            problem = rules.problem(found, (None, "input") if changed == "input" else None)
            if problem:
                raise ValueError(problem)
        else:
            if changed == "layers":
                raise ValueError(
                    "layers cannot be set while a profile is shown: make a widget of the layers."
                )
            found["profile"], size = profiles.rows(state["profile"], found["chain"])
            if state["input"] is None and size is None:
                raise ValueError(
                    "input must be given with this profile: the (H, W) of the image that was profiled."
                )
            given = layers_from.pair(size if state["input"] is None else state["input"], "input")
            found |= {
                "layers": [],
                "input": [arguments.whole(one, "input", *rules.LIMITS["input"]) for one in given],
            }
        found["layer"] = _layer(state["layer"], names(found), changed in (None, "layer"))
        size = map_size(found)
        found["unit"] = _unit(state["unit"], size, changed in (None, "unit"))
        found["effective"] = effective_field(state["effective"], found, window(found, found["unit"]), size)
        if found["effective"] and changed is None:
            found["unit"] = found["effective"]["unit"]
        found["goal"] = _goal(state["goal"], found, changed in (None, "goal"))
        return found

    def set(self, **changes):
        """Changes several fields together, such as layers and the input that they need; ValueError as for one.

        A preset brings its own input along, and other layers show the last of them, where nothing else is given.
        """
        unknown = set(changes) - set(self.fields)
        if unknown:
            raise ValueError(f"{self.name} has no {min(unknown)!r}; it has {', '.join(self.fields)}.")
        fresh = {"input": None} if isinstance(changes.get("layers"), str) else {}
        fresh |= {"layer": None, "unit": None} if changes.keys() & {"layers", "profile"} else {}
        found = self.check({**self.state(), **fresh, **changes})
        if hasattr(self, "hold_trait_notifications"):
            with self.hold_trait_notifications():
                for field, value in found.items():
                    setattr(self, field, value)
        else:
            vars(self).update(found)

    def now(self):
        """The state with layer and unit within the layers as they now are: fields are assigned one at a time."""
        return self.check(self.state(), "effective")

    def sentence(self):
        """The chosen layer, what its units see, how far apart, and how sure that is."""
        state = self.now()
        name, size = names(state)[state["layer"]], map_size(state)
        sees, step, centre, status = row(state, state["layer"])
        start = f"Receptive field on an input of {size_text(state['input'])}: "
        if sees is None:
            return f"{start}what layer {name} sees cannot be followed."
        if sees == "all":
            return f"{start}each output of layer {name} depends on the whole input."
        return (
            f"{start}each output of layer {name} ({size_text(size)}) sees {size_text(sees)} pixels, neighbours "
            f"{size_text(step)} pixels apart, the first around ({centre[0]:g}, {centre[1]:g}); {status}."
        )

    def draw(self):
        """The input with the window of the chosen unit and its paths or measured field, and the table of layers."""
        import numpy as np

        from course_lib.widgets import receptive_field_figure

        state = self.now()
        rows = [(name, *row(state, index)) for index, name in enumerate(names(state))]
        shade = None
        if state["effective"] and state["effective"]["window"] == window(state, state["unit"]):
            shade = np.array(state["effective"]["values"]), state["effective"]["block"]
        elif state["profile"] is None:
            ways = [rules.paths(state, axis, state["layer"], state["unit"][axis]) for axis in (0, 1)]
            shade = np.outer(*(np.array(each, float) for each in ways)), 1
        seen = window(state, state["unit"])
        return receptive_field_figure.draw(state, rows, seen, shade, self.sentence())

    def heights_px(self):
        """About how tall the widget stands in the book's column and on a phone."""
        return room.both(self._height)

    def _height(self, phone):
        state = self.now()
        rows, line = len(names(state)), 24 if phone else 25.3
        table = min(50 + round(line * rows), 355)
        if self.goal is not None:  # all but the layers is hidden
            return TASK_PX[phone] + table
        planes = []
        for height, width in (state["input"], map_size(state)):
            cell = min(28, 368 / max(height, width), room.INSIDE_PX[phone] / width)
            planes.append((cell * width, room.LINE_PX + cell * height))
        text = (PROFILE_PX if self.profile else CHAIN_PX)[phone]
        return text + table + room.flow(planes, phone)


def names(state):
    """The names of the layers, of a chain or a profile."""
    rows = state["layers"] or [{"name": each[0]} for each in state["profile"]["rows"]]
    return [each["name"] for each in rows]


def row(state, index):
    """(sees, step, first centre, "exact" or why not) of one layer."""
    if state["profile"]:
        _, _, _, sees, step, centre, _ = state["profile"]["rows"][index]
        return sees, step, centre, "exact" if state["chain"] else "a bound, as the network may branch"
    levels = [rules.levels(state, axis)[index + 1] for axis in (0, 1)]
    return (
        [level.high - level.low + 1 for level in levels],
        [level.step for level in levels],
        [(level.low + level.high) / 2 for level in levels],
        "exact",
    )


def map_size(state):
    """[H, W] of the map of the chosen layer; [1, 1] of a vector."""
    if state["profile"]:
        return state["profile"]["rows"][state["layer"]][2] or [1, 1]
    return [rules.levels(state, axis)[state["layer"] + 1].size for axis in (0, 1)]


def window(state, unit):
    """[top, left, bottom, right] of what a unit of the chosen layer sees, all ends seen; None where unknown."""
    sees, step, centre, _ = row(state, state["layer"])
    if sees is None:
        return None
    if sees == "all":
        return [0, 0, state["input"][0] - 1, state["input"][1] - 1]
    first = [centre[axis] - (sees[axis] - 1) / 2 + unit[axis] * step[axis] for axis in (0, 1)]
    return [round(first[0]), round(first[1]), *(round(first[axis] + sees[axis] - 1) for axis in (0, 1))]


def _layer(value, known, is_strict):
    last = len(known) - 1
    if value is None:
        return last
    if isinstance(value, str) and value in known:
        return known.index(value)
    index = arguments.as_whole(value)
    if arguments.is_whole(index, -len(known), last):
        return index % len(known)
    if not is_strict:
        return last
    shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    got = reprlib.repr(value)
    raise ValueError(f"layer must be an index from 0 to {last} or a name ({shown}); got {got}.")


def _unit(value, size, is_strict):
    if value is None:
        return [side // 2 for side in size]
    unit = layers_from.pair(value, "unit")
    if is_strict:
        for at, side, axis in zip(unit, size, rules.AXES):
            arguments.whole(at, f"unit along the {axis}", 0, side - 1)
    return [min(max(int(at), 0), side - 1) for at, side in zip(unit, size)]


def _goal(value, state, is_strict):
    if value is None or (state["profile"] and not is_strict):
        return None
    if state["profile"]:
        raise ValueError("goal needs layers that can be changed; a profile has none, so leave goal out.")
    most = min(state["input"])
    return arguments.whole(value if is_strict else min(max(value, 1), most), "goal", 1, most)
