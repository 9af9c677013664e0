// The tree of blocks behind the dotted paths of a profile, with runs of equal blocks folded into one line.
// course_lib.widgets.architecture_tree has the same rules for the figure. No DOM and no words here.
import { MEASURES } from "./architecture.mjs";
import { sum } from "./arrays.mjs";

/** The root of the tree: nodes with key, name, own rows, children and `times`, how many equal blocks it stands for. */
export function tree(layers) {
  const root = makeNode("", "");
  const nodes = new Map([["", root]]);
  for (const [index, row] of layers.entries()) {
    const parts = row.path === "" ? [] : row.path.split(".");
    let here = root;
    parts.forEach((name, depth) => {
      let key = parts.slice(0, depth + 1).join(".");
      const there = nodes.get(key);
      const isRerun = depth === parts.length - 1 && there && there.rows.length > 0 && there.children.length === 0;
      if (isRerun) key = `${key}#${row.run}`;
      if (!nodes.has(key)) {
        nodes.set(key, makeNode(key, isRerun ? `${name} (${row.run})` : name));
        here.children.push(nodes.get(key));
      }
      here = nodes.get(key);
    });
    here.rows.push(index);
  }
  close(root, layers, new Map());
  return root;
}

const makeNode = (key, name) => ({ key, name, rows: [], children: [], times: 1 });

/** Gives a node all its rows and one number for all nodes equal to it, kept in `kinds`; then folds its children. */
function close(node, layers, kinds) {
  for (const child of node.children) close(child, layers, kinds);
  node.all = [...node.rows, ...node.children.flatMap((child) => child.all)].sort((a, b) => a - b);
  const own = node.rows.map((index) => {
    const { type, output_shape: shape, own: numbers } = layers[index];
    return [type, shape, ...MEASURES.map((name) => numbers[name])];
  });
  const kind = JSON.stringify([own, node.children.map(({ name, equal }) => [name, equal])]);
  if (!kinds.has(kind)) kinds.set(kind, kinds.size);
  node.equal = kinds.get(kind);
  node.children = folded(node.children);
}

function folded(children) {
  const found = [];
  let run = [];
  for (const child of [...children, null]) {
    if (child && run.length && run[0].children.length && child.equal === run[0].equal) {
      run.push(child);
      continue;
    }
    found.push(...(run.length > 1 ? [fold(run)] : run));
    run = [child];
  }
  return found;
}

function fold(run) {
  const [first, last] = [run[0], run.at(-1)];
  return {
    ...makeNode(`${first.key}…${last.name}`, `${first.name}–${last.name}`), children: run, times: run.length,
    all: run.flatMap(({ all }) => all),
  };
}

/**
 * The lines in sight: node, level, isOpen (null for a layer), parent (its place in the list), place and count among its
 * siblings, output, what it sees, the sums of each measure and whether they are sure.
 */
export function lines(root, layers, scaled, opened, order, share) {
  const found = [];
  const walk = (node, level, parent, place, count) => {
    const isOpen = node.children.length ? opened.has(node.key) : null;
    const at = found.push({ ...lineOf(node, layers, scaled), level, isOpen, parent, place, count }) - 1;
    if (!isOpen) return;
    const children = order === "largest"
      ? [...node.children].sort((one, other) => sumOf(other, scaled, share) - sumOf(one, scaled, share))
      : node.children;
    children.forEach((child, index) => walk(child, level + 1, at, index + 1, children.length));
  };
  walk(root, 1, null, 1, 1);
  return found;
}

const sumOf = (node, scaled, measure) => sum(node.all.map((index) => scaled[index]?.[measure] ?? 0));

function lineOf(node, layers, scaled) {
  const inside = node.all.filter((index) => index < scaled.length);
  const last = inside.at(-1);
  const isLayer = node.children.length === 0 && node.rows.length === 1;
  const from = (make) => Object.fromEntries(MEASURES.map((name) => [name, make(name)]));
  return {
    node,
    row: isLayer ? node.rows[0] : null,
    type: isLayer ? layers[node.rows[0]].type : "",
    layers: node.all.length,
    isDrawn: inside.length === node.all.length && inside.length > 0,
    shape: last === undefined ? null : scaled[last].shape,
    sees: last === undefined ? null : layers[last].receptive_field,
    stride: last === undefined ? null : layers[last].stride,
    values: from((name) => sumOf(node, scaled, name)),
    sure: from((name) => inside.every((index) => scaled[index].sure[name])),
  };
}

/** Keys of all blocks, for "open all". */
export function blocks(node) {
  return node.children.length ? [node.key, ...node.children.flatMap(blocks)] : [];
}
