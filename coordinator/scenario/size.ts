// How large a scenario may be: what is larger than anybody has written is refused before it is looked at more closely, for
// every check of it costs more than its share.

import type { Finding } from "./diagnostic.ts";
import { isRecord, type Tree } from "./tree.ts";

/** Of a section: nodes, steps, checks, variants, … The largest one shipped has 40. */
const ENTRIES_MAX = 1_000;

/** Sections with too many entries. */
export const oversized = (tree: Tree): Finding[] =>
  Object.entries(tree).flatMap(([section, value]) => {
    const entries = isRecord(value)
      ? Object.keys(value).length
      : Array.isArray(value)
        ? value.length
        : 0;
    const message = `has ${entries} entries; expected ${ENTRIES_MAX} at most`;
    return entries > ENTRIES_MAX ? [{ path: [section], message, atKey: true }] : [];
  });
