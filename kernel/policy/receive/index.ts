import { criticalBelowThreshold } from "./critical-below-threshold.ts";
import { criticalInEmergency } from "./critical-in-emergency.ts";
import { deviceCredit } from "./device-credit.ts";
import { plainAtomic } from "./plain-atomic.ts";
import type { ReceivePolicy } from "./policy.ts";
import { reserveForAll } from "./reserve-for-all.ts";
import { tossPfmemalloc } from "./toss-pfmemalloc.ts";

/** Every receive policy, by name. To add one: a file, a line here, a test. */
export const receivePolicies = {
  "critical-below-threshold": criticalBelowThreshold,
  "critical-in-emergency": criticalInEmergency,
  "device-credit": deviceCredit,
  "plain-atomic": plainAtomic,
  "reserve-for-all": reserveForAll,
  "toss-pfmemalloc": tossPfmemalloc,
} as const satisfies Record<string, ReceivePolicy>;

export type ReceivePolicyName = keyof typeof receivePolicies;
export type { DemuxView, DeviceReserve, Emergency, ReceivePolicy } from "./policy.ts";
