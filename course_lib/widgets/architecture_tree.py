"""The tree of blocks behind the dotted paths of a profile, with runs of equal blocks folded into one line.

`js/core/architecture_tree.mjs` has the same rules for the page.
"""

MEASURES = ("parameters", "macs", "activation_bytes")


def tree(layers):
    """The root: nodes with key, name, own rows, children and `times`, how many equal blocks it stands for."""
    root = _node("", "")
    nodes = {"": root}
    for index, row in enumerate(layers):
        parts = row["path"].split(".") if row["path"] else []
        here = root
        for depth, name in enumerate(parts, 1):
            key = ".".join(parts[:depth])
            is_rerun = (
                depth == len(parts) and key in nodes and nodes[key]["rows"] and not nodes[key]["children"]
            )
            key = f"{key}#{row['run']}" if is_rerun else key
            if key not in nodes:
                nodes[key] = _node(key, f"{name} ({row['run']})" if is_rerun else name)
                here["children"].append(nodes[key])
            here = nodes[key]
        here["rows"].append(index)
    _close(root, layers)
    return root


def _node(key, name):
    return {"key": key, "name": name, "rows": [], "children": [], "times": 1}


def _close(node, layers):
    """Gives a node all its rows and what makes it equal to another, then folds its children."""
    for child in node["children"]:
        _close(child, layers)
    node["all"] = sorted(node["rows"] + [index for child in node["children"] for index in child["all"]])
    node["equal"] = (
        tuple(
            (layers[i]["type"], tuple(layers[i]["output_shape"]), *layers[i]["own"].values())
            for i in node["rows"]
        ),
        tuple((child["name"], child["equal"]) for child in node["children"]),
    )
    node["children"] = _folded(node["children"])


def _folded(children):
    found, run = [], []
    for child in [*children, None]:
        if run and child and run[0]["children"] and child["equal"] == run[0]["equal"]:
            run.append(child)
            continue
        if len(run) > 1:
            first, last = run[0], run[-1]
            fold = _node(f"{first['key']}…{last['name']}", f"{first['name']}–{last['name']}")
            rows = [index for one in run for index in one["all"]]
            found.append(fold | {"children": run, "times": len(run), "all": rows})
        else:
            found += run
        run = [child]
    return found


def lines(root, layers, scaled, opened, order, share):
    """The lines in sight: node, level, is_open (None for a layer), output, sees, and the sums of each measure."""
    found = []

    def walk(node, level):
        line = _line(node, level, layers, scaled)
        line["is_open"] = node["key"] in opened if node["children"] else None
        found.append(line)
        if not line["is_open"]:
            return
        children = node["children"]
        if order == "largest":
            children = sorted(children, key=lambda child: -_sum(child, scaled, share))
        for child in children:
            walk(child, level + 1)

    walk(root, 1)
    return found


def _sum(node, scaled, measure):
    return sum(scaled[index][measure] for index in node["all"] if index < len(scaled))


def _line(node, level, layers, scaled):
    inside = [index for index in node["all"] if index < len(scaled)]
    last = inside[-1] if inside else None
    is_layer = not node["children"] and len(node["rows"]) == 1
    return {
        "node": node,
        "level": level,
        "type": layers[node["rows"][0]]["type"] if is_layer else "",
        "layers": len(node["all"]),
        "drawn": len(inside),
        "shape": scaled[last]["shape"] if inside else None,
        "sees": layers[last]["receptive_field"] if inside else None,
        "values": {name: _sum(node, scaled, name) for name in MEASURES},
        "sure": {name: all(scaled[index]["sure"][name] for index in inside) for name in MEASURES},
    }
