// What is wrong with a number, and the legal one that mends it.

/** What a field shows of `problem`, or null; `apply(problem)` takes the nearest legal value, where there is one. */
export function messageOf(problem, words, apply) {
  if (!problem) return null;
  const { nearest, reason } = problem;
  const use = nearest === null ? null : { label: words.use(nearest), apply: () => apply(problem) };
  return { text: words.problem[reason](problem), use };
}
