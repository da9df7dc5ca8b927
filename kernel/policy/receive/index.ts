import { plainAtomic } from "./plain-atomic.ts";
import type { ReceivePolicy } from "./policy.ts";
import { tossPfmemalloc } from "./toss-pfmemalloc.ts";

/** Every receive policy, by name. To add one: a file, a line here, a test. */
export const receivePolicies = {
  "plain-atomic": plainAtomic,
  "toss-pfmemalloc": tossPfmemalloc,
} as const satisfies Record<string, ReceivePolicy>;

export type ReceivePolicyName = keyof typeof receivePolicies;
export type { DemuxView, ReceivePolicy } from "./policy.ts";
