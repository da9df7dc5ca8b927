import { keptSkb } from "./kept-skb.ts";
import { markedSubmitter } from "./marked-submitter.ts";
import type { CriticalityPolicy } from "./policy.ts";
import { receivesOnly } from "./receives-only.ts";
import { reclaimerSends } from "./reclaimer-sends.ts";
import { sendsOnly } from "./sends-only.ts";
import { swapSocket } from "./swap-socket.ts";
import { unmarkedThread } from "./unmarked-thread.ts";

/** Every criticality policy, by name. To add one: a file, a line here, a test. */
export const criticalityPolicies = {
  "kept-skb": keptSkb,
  "marked-submitter": markedSubmitter,
  "receives-only": receivesOnly,
  "reclaimer-sends": reclaimerSends,
  "sends-only": sendsOnly,
  "swap-socket": swapSocket,
  "unmarked-thread": unmarkedThread,
} as const satisfies Record<string, CriticalityPolicy>;

export type CriticalityPolicyName = keyof typeof criticalityPolicies;
export type { CriticalityPolicy } from "./policy.ts";
