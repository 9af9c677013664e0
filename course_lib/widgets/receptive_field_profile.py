"""A profile of `course_lib.measure` as the receptive-field widget keeps it: rows that change what is seen."""

import json

COLUMNS = ("path", "type", "output_shape", "receptive_field", "stride", "centre")
MAX_ROWS = 400  # six cells a row on the page
NO_PROFILE = (
    "profile must be a course_lib.measure profile, or the text of its to_json(): columns "
    "path, type, output_shape, receptive_field, stride, centre and a list of layers; got {got}."
)


def rows(profile, is_chain):
    """{"rows": [[path, type, [H, W] or None, sees, step, centre, whether it starts from an earlier map]], "more": n}.

    `sees` is a pair, "all" or None. Rows that change nothing, such as activations, are left out. ValueError where
    the profile is none, or `is_chain` and its rows show that it branches.
    """
    if isinstance(profile, dict) and set(profile) == {"rows", "more"}:
        return profile
    kept, before = [], None
    for row in _read(profile):
        row = [*row, before is not None and _starts_earlier(before, row)]
        if row[-1] and is_chain:
            raise ValueError(
                f"chain=True, but layer {row[0]} sees {_text(row[3])} and the layer before it {_text(before[3])}: "
                "the network branches there. Leave chain out, and its rows are told as bounds."
            )
        if not kept or row[2:6] != kept[-1][2:6]:
            kept.append(row)
        before = row
    return {"rows": kept[:MAX_ROWS], "more": max(len(kept) - MAX_ROWS, 0)}


def _read(profile):
    text = profile.to_json() if hasattr(profile, "to_json") else profile
    try:
        table = json.loads(text) if isinstance(text, str | bytes) else text
        at = [list(table["columns"]).index(name) for name in COLUMNS]
        found = [_row(*(layer[index] for index in at)) for layer in table["layers"]]
    except (TypeError, ValueError, KeyError, IndexError) as error:
        raise ValueError(NO_PROFILE.format(got=f"{type(profile).__name__} ({error})")) from None
    if not found:
        raise ValueError(NO_PROFILE.format(got="a profile without layers"))
    return found


def _row(path, kind, shape, sees, step, centre):
    size = [int(side) for side in shape[1:]] if len(shape) == 3 else None
    if sees is None or sees == "all" or size is None:
        return [str(path), str(kind), size, sees if sees in ("all", None) else None, None, None]
    pairs = [[int(value) for value in pair] for pair in (sees, step)]
    centre = [float(value) for value in centre]
    if min(map(len, (*pairs, centre))) != 2:
        raise ValueError("a receptive field that is no pair")
    return [str(path), str(kind), size, *pairs, centre]


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
