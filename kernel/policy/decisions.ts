// A policy by its names, as the rules themselves.

import { assert } from "#base/assert.ts";
import type { PolicySpec } from "../spec.ts";
import { type CriticalityPolicy, criticalityPolicies } from "./criticality/index.ts";
import { type LimitsPolicy, limitsPolicies } from "./limits/index.ts";
import { type ReceivePolicy, receivePolicies } from "./receive/index.ts";
import { type ReclaimPolicy, reclaimPolicies } from "./reclaim/index.ts";
import { type ReservePolicy, reservePolicies } from "./reserve/index.ts";
import { type ThrottlePolicy, throttlePolicies } from "./throttle/index.ts";

export interface Decisions {
  readonly reserve: ReservePolicy;
  readonly receive: ReceivePolicy;
  readonly reclaim: ReclaimPolicy;
  readonly throttle: ThrottlePolicy;
  readonly limits: LimitsPolicy;
  readonly criticality: CriticalityPolicy;
}

export function decisionsOf(policy: PolicySpec): Decisions {
  return {
    reserve: named(reservePolicies, policy.reserve),
    receive: named(receivePolicies, policy.receive),
    reclaim: named(reclaimPolicies, policy.reclaim),
    throttle: named(throttlePolicies, policy.throttle),
    limits: named(limitsPolicies, policy.limits),
    criticality: named(criticalityPolicies, policy.criticality),
  };
}

/** Names were checked where the scenario was read. */
function named<P>(registry: Readonly<Record<string, P>>, name: string): P {
  const policy = registry[name];
  assert(policy !== undefined, `the policy ${name} is registered`);
  return policy;
}
