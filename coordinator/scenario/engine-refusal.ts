// Whether a scenario is for what would run it: it says itself where it makes sense.

import type { ResolvedScenario } from "./resolved.ts";
import type { EngineName } from "./schema.ts";

/** A sentence; null: it may be run there. A cluster is sockets whose nodes outlive the run. */
export function engineRefusal(
  { id, engine }: Pick<ResolvedScenario, "id" | "engine">,
  kind: EngineName | "cluster",
): string | null {
  const needs = kind === "cluster" ? "sockets" : kind;
  return engine.allow.includes(needs) ? null : `${id}: not on ${needs}, it says itself`;
}
