// The searches and the sweeps of a scenario, as they stand in its document.

import type { z } from "zod";
import { searchSchema, sweepSchema } from "./schema.ts";
import { itemsOf, type Tree } from "./tree.ts";

interface Documented {
  readonly document: Tree;
}

export type Search = z.output<typeof searchSchema>;
export type Sweep = z.output<typeof sweepSchema>;

/** Of a file those of all variants, of a variant by itself its own; their shape was checked when the file was opened. */
export function searchesOf({ document }: Documented): readonly Search[] {
  return itemsOf(document["search"]).map((item) => searchSchema.parse(item));
}

export function sweepsOf({ document }: Documented): readonly Sweep[] {
  return itemsOf(document["sweep"]).map((item) => sweepSchema.parse(item));
}
