// Where two plain values differ: the path of each leaf, down through records and lists.

/** A list's entries are named by their number. */
export function differingLeaves(
  one: unknown,
  other: unknown,
  at: readonly string[] = [],
): string[][] {
  if (Object.is(one, other)) return [];
  if (!isTree(one) || !isTree(other)) return [[...at]];
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return keys.flatMap((key) => differingLeaves(one[key], other[key], [...at, key]));
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;
