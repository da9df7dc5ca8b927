import { emergencyOrFirstSkb } from "./emergency-or-first-skb.ts";
import { emergencySkb } from "./emergency-skb.ts";
import { firstSkbForced } from "./first-skb-forced.ts";
import { memallocSocket } from "./memalloc-socket.ts";
import { none } from "./none.ts";
import type { LimitsPolicy } from "./policy.ts";

/** Every policy on the global socket memory limit, by name. To add one: a file, a line here, a test. */
export const limitsPolicies = {
  none,
  "emergency-skb": emergencySkb,
  "memalloc-socket": memallocSocket,
  "first-skb-forced": firstSkbForced,
  "emergency-or-first-skb": emergencyOrFirstSkb,
} as const satisfies Record<string, LimitsPolicy>;

export type LimitsPolicyName = keyof typeof limitsPolicies;
export type { LimitsPolicy, LimitsView } from "./policy.ts";
