"""A profile of `course_lib.measure` as the receptive-field widget keeps it: rows that change what is seen."""

import math
import reprlib

from course_lib.widgets import arguments, profile_rows

MAX_ROWS = 400  # six cells a row on the page
WORDS = {
    "branches": "chain=True, but layer {name} sees {sees} and the layer before it {before}: the network branches "
    "there. Leave chain out, and its rows are told as bounds.",
    "no_rows": "rows of profile must be a list of 1 to {most} rows; got {got}.",
    "row": "row {index} of profile must be path, type, [height, width] or None, what it sees, its step, its first "
    "centre and whether it starts from an earlier map; got {got}.",
}


def rows(profile, is_chain):
    """({"rows": [[path, type, [H, W] or None, sees, step, centre, starts earlier]], "more": n}, [H, W] or None).

    `sees` is a pair, "all" or None; a row starts earlier where it proves that the network branches. Rows that change
    nothing, such as activations, are left out. The pair is the size of the image, where the profile tells it.
    ValueError where the profile is none, or `is_chain` and its rows show that it branches.
    """
    if isinstance(profile, dict) and set(profile) == {"rows", "more"}:
        return _checked(profile), None
    found = profile_rows.network(profile)
    kept, before = [], None
    for layer in found["layers"]:
        row = _row(dict(zip(found["columns"], layer, strict=True)))
        row.append(before is not None and _starts_earlier(before, row))
        if row[-1] and is_chain:
            told = {"name": row[0], "sees": _text(row[3]), "before": _text(before[3])}
            raise ValueError(WORDS["branches"].format(**told))
        if not kept or row[2:6] != kept[-1][2:6]:
            kept.append(row)
        before = row
    shape = found["input_shape"] or []
    made = {"rows": kept[:MAX_ROWS], "more": max(len(kept) - MAX_ROWS, 0)}
    return _checked(made), shape[1:] if len(shape) == 3 else None


def _row(layer):
    shape, sees = layer["output_shape"], layer["receptive_field"]
    size = shape[1:] if len(shape) == 3 else None
    if size is None or not isinstance(sees, list):
        return [layer["path"], layer["type"], size, "all" if sees == "all" else None, None, None]
    return [layer["path"], layer["type"], size, sees, layer["stride"], layer["centre"]]


def _starts_earlier(before, row):
    """Whether a window or a step smaller than that of the row before proves that the network branches."""
    if before[3] == "all":
        return isinstance(row[3], list)
    if not isinstance(before[3], list) or not isinstance(row[3], list):
        return False
    return any(
        now < was or step < step_was or (now - was) % step_was
        for now, was, step, step_was in zip(row[3], before[3], row[4], before[4])
    )


def _text(sees):
    return sees if isinstance(sees, str) else "×".join(map(str, sees))


def _checked(profile):
    """What this module made, which may have come back from a page."""
    given = profile["rows"]
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_ROWS:
        raise ValueError(WORDS["no_rows"].format(most=MAX_ROWS, got=reprlib.repr(given)))
    for index, row in enumerate(given):
        if not isinstance(row, list) or len(row) != 7 or not _is_row(*row):
            raise ValueError(WORDS["row"].format(index=index, got=reprlib.repr(row)))
    return {
        "rows": given,
        "more": arguments.whole(profile["more"], "more of profile", 0, profile_rows.MAX_LAYERS),
    }


def _is_row(path, kind, size, sees, step, centre, starts_earlier):
    if not (isinstance(path, str) and isinstance(kind, str) and isinstance(starts_earlier, bool)):
        return False
    if isinstance(sees, list):
        return (
            _is_pair(size) and _is_pair(sees) and _is_pair(step) and _is_pair(centre, -math.inf, int | float)
        )
    return sees in (None, "all") and step is None and centre is None and (size is None or _is_pair(size))


def _is_pair(value, low=1, kinds=int):
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(one, kinds) and not isinstance(one, bool) for one in value)
        and all(low <= one <= profile_rows.LARGEST and math.isfinite(one) for one in value)
    )
