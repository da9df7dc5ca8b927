// What was run, as a scenario by itself: the document as it was decided, with its seed and what was done by hand, so that a
// run of it is the same run again. In virtual time to the digest; on sockets to the verdict, as far as sockets repeat at all.

import { formatQuantity } from "./quantity.ts";
import type { ResolvedScenario } from "./resolved.ts";
import { VERDICTS } from "./schema-steps.ts";
import { toYaml } from "./setting.ts";
import { isRecord, itemsOf, type Tree } from "./tree.ts";

/** What somebody did, in the words of scenarios. */
export type HandOrder =
  | {
      readonly type: "open";
      readonly fault: string;
      readonly name: string;
      readonly target: string;
      readonly args: Readonly<Record<string, string>>;
      /** Instant of the run, in ns. */
      readonly atNs: number;
    }
  | { readonly type: "heal"; readonly fault: string; readonly atNs: number };

export interface Session {
  readonly scenario: ResolvedScenario;
  readonly seed: number;
  /** In the order in which they were given, which is theirs also where their instants are the same. */
  readonly orders: readonly HandOrder[];
  /** What the run came to, which is what the scenario then expects; null, or no verdict of scenarios: as it did before. */
  readonly verdict: string | null;
}

export function sessionYaml({ scenario, seed, orders, verdict }: Session): string {
  const { document, id, variant } = scenario;
  const what = [id, ...(variant === null ? [] : [variant])].join(" ");
  const head = `# ${what} as it was run: with this seed, and with all that was changed and done by hand.\n`;
  const { seed: _, runs: __, ...rest } = document;
  const session = {
    ...rest,
    seed,
    timeline: [...itemsOf(document["timeline"]), ...orders.map(stepOf)],
    checks: itemsOf(document["checks"]).map((check) => expecting(check, verdict)),
  };
  return head + toYaml(session);
}

function stepOf(order: HandOrder): Tree {
  const at = formatQuantity(order.atNs, "duration");
  if (order.type === "heal") return { at, heal: order.fault };
  const { fault: id, name, target, args } = order;
  return { id, at, fault: name, on: target, ...(Object.keys(args).length > 0 && { with: args }) };
}

/** A check of the verdict expects what was seen. */
function expecting(check: unknown, verdict: string | null): unknown {
  const isSeen = VERDICTS.some((known) => known === verdict);
  return isSeen && isRecord(check) && "verdict" in check ? { ...check, verdict } : check;
}
