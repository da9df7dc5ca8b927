import { gfpMemalloc } from "./gfp-memalloc.ts";
import type { ReservePolicy } from "./policy.ts";
import { processMemalloc } from "./process-memalloc.ts";

/** Every reserve policy, by name. To add one: a file, a line here, a test. */
export const reservePolicies = {
  "gfp-memalloc": gfpMemalloc,
  "process-memalloc": processMemalloc,
} as const satisfies Record<string, ReservePolicy>;

export type ReservePolicyName = keyof typeof reservePolicies;
export type { ReservePolicy, ReserveView } from "./policy.ts";
