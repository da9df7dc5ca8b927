import { describe, expect, test } from "vitest";
import { Lookalikes, PF_MEMALLOC, presets } from "#kernel/index.ts";
import { criticalityPolicies } from "#kernel/policy/criticality/index.ts";
import { type Decisions, decisionsOf } from "#kernel/policy/decisions.ts";
import { limitsPolicies } from "#kernel/policy/limits/index.ts";
import { receivePolicies } from "#kernel/policy/receive/index.ts";
import { reclaimPolicies } from "#kernel/policy/reclaim/index.ts";
import { reservePolicies } from "#kernel/policy/reserve/index.ts";
import { throttlePolicies } from "#kernel/policy/throttle/index.ts";

// Who is out once a rule was asked, and who is not.

type Rules = Readonly<Record<string, Decisions[keyof Decisions]>>;

const registries: Readonly<Record<keyof Decisions, Rules>> = {
  reserve: reservePolicies,
  receive: receivePolicies,
  reclaim: reclaimPolicies,
  throttle: throttlePolicies,
  limits: limitsPolicies,
  criticality: criticalityPolicies,
};

const policy = presets["vanilla-2007"];
const isDecision = (name: string): name is keyof Decisions => name in registries;
const namesOf = (decision: string, rules: Rules, isIn = (_: object): boolean => true) =>
  Object.values(rules)
    .filter((rule) => isIn(rule))
    .map(({ name }) => `${decision}: ${name}`);

describe.each(Object.entries(registries))("%s", (decision, rules) => {
  if (!isDecision(decision)) throw new Error("a registry of another name");
  const own: object = decisionsOf(policy)[decision];

  test("who was asked nothing is alike, and nobody is like itself", () => {
    const names = new Lookalikes(policy).names().filter((name) => name.startsWith(decision));
    expect(names).toEqual(namesOf(decision, rules, (rule) => rule !== own));
  });

  const fields = Object.entries(own).filter(
    ([key, value]) => typeof value !== "function" && key !== "name" && key !== "summary",
  );
  test.each(fields)("%s is an answer once it is read", (key, value) => {
    const watched = new Lookalikes(policy);
    expect(Reflect.get(watched.decisions[decision], key)).toBe(value);
    const isAlike = (rule: object): boolean => rule !== own && Reflect.get(rule, key) === value;
    const names = watched.names().filter((name) => name.startsWith(decision));
    expect(names).toEqual(namesOf(decision, rules, isAlike));
  });
});

test("a question is put to all, and who answers otherwise is out for good", () => {
  const watched = new Lookalikes(policy);
  const { limits } = watched.decisions;
  const nobody = { pfmemalloc: false, memallocSocket: false, receiveQueueEmpty: false };
  const names = () => watched.names().filter((name) => name.startsWith("limits"));
  expect([limits.mayPassLimit(nobody), names().length]).toEqual([false, 4]);
  expect(limits.mayPassLimit({ ...nobody, pfmemalloc: true })).toBe(false);
  expect(limits.mayPassLimit(nobody)).toBe(false);
  expect(names()).toEqual(["limits: memalloc-socket", "limits: first-skb-forced"]);
});

const softirq = { gfp: 0, processFlags: 0, inSoftirq: true };
const zones = [{ managedPages: 100, freePages: 4, minPages: 10, reclaimablePages: 50 }];
const device = { usedPackets: 1, maxPackets: 2, dropAbovePackets: 0 };
test.each<[string, (decisions: Decisions) => unknown, string]>([
  [
    "receive: toss-pfmemalloc",
    ({ receive }) => receive.mayReceiveFromReserve({ memallocSockets: 1, device }),
    "reserve-for-all",
  ],
  [
    "receive: toss-pfmemalloc",
    ({ receive }) =>
      receive.tossAtDemux({ pfmemalloc: true, memallocSocket: false, device, isEmergency: false }),
    "device-credit",
  ],
  [
    "reclaim: to-high-mark",
    ({ reclaim }) =>
      reclaim.pagesToScan({
        zone: { freePages: 0, watermark: { minPages: 1, lowPages: 2, highPages: 3 } },
        priority: 0,
        inactivePages: 50,
      }),
    "to-high-mark",
  ],
  [
    "throttle: half-reserve",
    ({ throttle }) => throttle.allowDirectReclaim({ zones, kswapdFailures: 0 }),
    "half-reserve-reclaimable",
  ],
  [
    "throttle: none",
    ({ throttle }) => throttle.holdWriteout({ writebackPages: 20, dirtyThresholdPages: 10 }),
    "half-reserve-reclaimable",
  ],
  [
    "reserve: gfp-memalloc",
    ({ reserve }) => reserve.mayIgnoreWatermarks({ ...softirq, processFlags: PF_MEMALLOC }),
    "reserve-tree",
  ],
])("%s is out after a question that it answers otherwise", (out, ask, also) => {
  const watched = new Lookalikes(policy);
  expect(watched.names()).toContain(out);
  ask(watched.decisions);
  expect(watched.names()).not.toContain(out);
  expect(watched.names().some((name) => name.endsWith(also))).toBe(false);
});
