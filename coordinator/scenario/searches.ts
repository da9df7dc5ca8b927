// The searches and the sweeps of a scenario, as they stand in its document.

import type { z } from "zod";
import type { ResolvedScenario } from "./resolved.ts";
import { searchSchema, sweepSchema } from "./schema.ts";
import { itemsOf } from "./tree.ts";

export type Search = z.output<typeof searchSchema>;
export type Sweep = z.output<typeof sweepSchema>;

/** Those of a variant; their shape was checked when it was resolved. */
export function searchesOf({ document }: ResolvedScenario): readonly Search[] {
  return itemsOf(document["search"]).map((item) => searchSchema.parse(item));
}

export function sweepsOf({ document }: ResolvedScenario): readonly Sweep[] {
  return itemsOf(document["sweep"]).map((item) => sweepSchema.parse(item));
}
