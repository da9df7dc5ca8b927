import { halfReserve } from "./half-reserve.ts";
import { halfReserveReclaimable } from "./half-reserve-reclaimable.ts";
import { none } from "./none.ts";
import type { ThrottlePolicy } from "./policy.ts";
import { writeoutOnly } from "./writeout-only.ts";

/** Every throttle policy, by name. To add one: a file, a line here, a test. */
export const throttlePolicies = {
  "half-reserve": halfReserve,
  "half-reserve-reclaimable": halfReserveReclaimable,
  none,
  "writeout-only": writeoutOnly,
} as const satisfies Record<string, ThrottlePolicy>;

export type ThrottlePolicyName = keyof typeof throttlePolicies;
export type { ThrottlePolicy, ThrottleView, ThrottleZone } from "./policy.ts";
