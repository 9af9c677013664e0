// What one line of the tree has to tell: its numbers, and for a single layer the products that they come from.
import { product } from "../core/arrays.mjs";

/** The parts of `words.tell` for a line of `net`, called `name`. */
export function storyOf(net, line, name, { share, batch }) {
  const { node, row, shape, values } = line;
  const told = { ...line, name, times: node.times, share, images: batch, part: values[share] / net.whole };
  if (row === null) return told;
  const layer = net.layers[row];
  const places = shape.length === 3 ? shape.slice(1) : null;
  const weights = values.macs / batch / (places ? product(places) : 1);
  const numbers = product(shape);
  const follows = Number.isInteger(weights) && weights > 0;
  const rest = layer.own.parameters - weights;
  const { in_channels: reads, groups, kernel } = layer;
  const factors = [shape[0], reads / groups, ...(product(kernel ?? []) > 1 ? kernel : [])];
  return {
    ...told, numbers, bytes: values.activation_bytes / batch / numbers, places, weights: follows ? weights : 0,
    factors: kernel && product(factors) === weights ? factors : null, // else another width
    bias: follows && rest === shape[0] ? rest : 0,
  };
}
