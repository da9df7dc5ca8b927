// The searches of a scenario, as they stand in its document.

import type { z } from "zod";
import type { ResolvedScenario } from "./resolved.ts";
import { searchSchema } from "./schema.ts";
import { itemsOf } from "./tree.ts";

export type Search = z.output<typeof searchSchema>;

/** Those of a variant; their shape was checked when it was resolved. */
export function searchesOf({ document }: ResolvedScenario): readonly Search[] {
  return itemsOf(document["search"]).map((item) => searchSchema.parse(item));
}
