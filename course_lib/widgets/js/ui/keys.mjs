// Keys that move: where they lead in a row of things, and in rows of cells.
import { clamp } from "../core/arrays.mjs";

/** Where a key leads from the thing `at` of `count`; undefined where it leads nowhere. */
export function placeByKey({ key }, at, count) {
  const moves = {
    ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: count - 1,
  };
  return key in moves ? clamp(moves[key], 0, count - 1) : undefined;
}

/** The same from the cell [row, column] of `size` rows and columns; Ctrl takes Home and End to a corner. */
export function cellByKey({ key, ctrlKey }, [row, column], size) {
  const [bottom, right] = size.map((length) => length - 1);
  const moves = {
    ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1], PageUp: [0, column], PageDown: [bottom, column],
    Home: [ctrlKey ? 0 : row, 0], End: [ctrlKey ? bottom : row, right],
  };
  return moves[key]?.map((place, axis) => clamp(place, 0, size[axis] - 1));
}

/** A key is used up: no scrolling, and the book does not turn the page on an arrow key. */
export function useUp(event) {
  event.preventDefault();
  event.stopPropagation();
}
