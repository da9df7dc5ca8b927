import { criticalPool } from "./critical-pool.ts";
import { criticalPoolSleeping } from "./critical-pool-sleeping.ts";
import { deviceEstimate } from "./device-estimate.ts";
import { gfpMemalloc } from "./gfp-memalloc.ts";
import type { ReservePolicy } from "./policy.ts";
import { processMemalloc } from "./process-memalloc.ts";
import { reserveTree } from "./reserve-tree.ts";

/** Every reserve policy, by name. To add one: a file, a line here, a test. */
export const reservePolicies = {
  "critical-pool": criticalPool,
  "critical-pool-sleeping": criticalPoolSleeping,
  "device-estimate": deviceEstimate,
  "gfp-memalloc": gfpMemalloc,
  "process-memalloc": processMemalloc,
  "reserve-tree": reserveTree,
} as const satisfies Record<string, ReservePolicy>;

export type ReservePolicyName = keyof typeof reservePolicies;
export type { ReserveFacts, ReservePart, ReservePolicy, ReserveView } from "./policy.ts";
