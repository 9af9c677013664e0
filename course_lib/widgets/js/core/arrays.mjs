// Numbers in rows, as every widget has them.

export const range = (length) => Array.from({ length: Math.max(length, 0) }, (_, index) => index);
export const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
export const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
export const product = (numbers) => numbers.reduce((total, number) => total * number, 1);
export const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** [rows, columns] of rows of numbers. */
export const sizeOf = (rows) => [rows.length, rows[0].length];
export const crop = (rows, [height, width]) => rows.slice(0, height).map((row) => row.slice(0, width));
/** Rows of what make(row, column) gives. */
export const makeRows = (rows, columns, make) => range(rows).map((i) => range(columns).map((j) => make(i, j)));
/** Rows of what change(value, row, column) gives. */
export const mapRows = (rows, change) => rows.map((row, i) => row.map((value, j) => change(value, i, j)));

/** The one of `values` that is closest to `value`, of two the first; null where there is none. */
export const closest = (values, value) => values.reduce((best, each) => (
  best === null || Math.abs(each - value) < Math.abs(best - value) ? each : best), null);

/** { name: what make(name, index) gives }. */
export const byName = (names, make) => Object.fromEntries(names.map((name, index) => [name, make(name, index)]));
