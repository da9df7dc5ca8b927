// Plain values that nobody has checked yet, and the few questions one may ask them.

export type Tree = Record<string, unknown>;

export function isRecord(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Entries of a map; none when it is no map. */
export const entriesOf = (value: unknown): [string, unknown][] =>
  isRecord(value) ? Object.entries(value) : [];

/** Entries of a list; none when it is no list. */
export const itemsOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The text under `key`; null when there is none. */
export function textOf(value: unknown, key: string): string | null {
  const text = isRecord(value) ? value[key] : undefined;
  return typeof text === "string" ? text : null;
}
