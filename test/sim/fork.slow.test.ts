// A run that goes on under other settings: whatever may change does, and what is changed early is as if it had always been so.

import { describe, expect, test } from "vitest";
import { fromMs } from "#base/units.ts";
import { openScenario, parseSetting, type ResolvedScenario } from "#coordinator/scenario/index.ts";
import { CHANGEABLE, Run } from "#sim/index.ts";
import { OUTAGE, OUTAGE_FILE, outageRun, outageScenario } from "../support/bundle-fixtures.ts";

const opened = openScenario(OUTAGE, OUTAGE_FILE);

function changed(variant: string, ...set: readonly string[]): ResolvedScenario {
  if (!opened.ok) throw new Error("the fixture is valid");
  const settings = set.flatMap((text) => parseSetting(text) ?? []);
  const resolved = opened.scenario.resolve({ variant, policy: null, settings });
  if (!resolved.ok) throw new Error(resolved.diagnostics.map(({ message }) => message).join("\n"));
  return resolved.scenario;
}

const forkedAt = (atMs: number, variant: string, ...set: readonly string[]): Run =>
  new Run({
    scenario: outageScenario(variant),
    seed: 1,
    forks: [{ atNs: fromMs(atMs), scenario: changed(variant, ...set) }],
  });

/** A policy of A's own: a preset with one decision of another. */
const own = (preset: string, decision: string): string[] => [
  `policies.own={ extends: ${preset}, ${decision} }`,
  "nodes.A.policy=own",
];

interface Early {
  readonly of: string;
  readonly variant: string;
  readonly set: readonly string[];
  /** In this scenario it never matters. */
  readonly isIdle?: true;
}

const VANILLA = "vanilla-2007";
const REMEDY = "swapnbd-v9";
const MAINLINE = "mainline-6.1";
const EARLY: readonly Early[] = [
  { of: "memory.minFreeKiB", variant: VANILLA, set: ["nodes.A.memory.reserve=2 MiB"] },
  {
    of: "memory.watermarkBoostFactor",
    variant: MAINLINE,
    set: ["nodes.A.memory.watermarkBoostFactor=0"],
  },
  { of: "memory.swappiness", variant: MAINLINE, set: ["nodes.A.memory.swappiness=0"] },
  { of: "memory.pageCluster", variant: VANILLA, set: ["nodes.A.memory.pageCluster=0"] },
  {
    of: "memory.dirtyPercent",
    variant: VANILLA,
    set: ["nodes.A.memory.dirtyLimit=5 %"],
    isIdle: true,
  },
  {
    of: "memory.oomKiller",
    variant: VANILLA,
    set: ["nodes.A.memory.oomKiller=true"],
    isIdle: true,
  },
  { of: "net.tcpMem", variant: VANILLA, set: ["nodes.A.net.tcpMem=[8 pages, 12 pages, 16 pages]"] },
  { of: "policy.minFreePercent", variant: VANILLA, set: ["nodes.A.policy=min-free-20"] },
  { of: "policy.name", variant: VANILLA, set: own(VANILLA, "limits: none"), isIdle: true },
  { of: "policy.receive", variant: REMEDY, set: own(REMEDY, "receive: plain-atomic") },
  { of: "policy.reclaim", variant: VANILLA, set: own(VANILLA, "reclaim: to-high-mark") },
  { of: "policy.throttle", variant: REMEDY, set: own(REMEDY, "throttle: none") },
  { of: "policy.limits", variant: REMEDY, set: own(REMEDY, "limits: none"), isIdle: true },
];

describe.each(EARLY)("$of under $variant", ({ variant, set, isIdle }) => {
  test("changed in the first millisecond makes the run that had it from the beginning", () => {
    const whole = new Run({ scenario: changed(variant, ...set), seed: 1 }).finish();
    expect(forkedAt(1, variant, ...set).finish().digest).toBe(whole.digest);
    const asItWas = outageRun({ variant }).finish();
    expect(whole.digest === asItWas.digest).toBe(isIdle === true);
  });
});

/** Set in the middle these leave what the kernel computed at boot as it was, so the run is not one that had them from there. */
const MARKS = [
  { of: "memory.minFreeKiB", variant: REMEDY, set: "nodes.A.memory.reserve=2 MiB" },
  {
    of: "memory.watermarkScaleFactor",
    variant: MAINLINE,
    set: "nodes.A.memory.watermarkScaleFactor=500",
  },
];

describe.each(MARKS)("$of under $variant", ({ variant, set }) => {
  test("sets the marks that a machine with it has, from then on", () => {
    const marksOf = ({ world }: Run) =>
      world.machine("A").memory.parts.pages.zones.map(({ watermark }) => watermark);
    const whole = new Run({ scenario: changed(variant, set), seed: 1 });
    const forked = forkedAt(300, variant, set);
    forked.runTo(fromMs(299));
    expect(marksOf(forked)).not.toEqual(marksOf(whole));
    forked.runTo(fromMs(310));
    expect(marksOf(forked)).toEqual(marksOf(whole));
  });
});

/** What is told to the hosts when it is changed, each with what tells that it was. */
const TOLD: readonly {
  readonly of: string;
  readonly set: string;
  readonly seen: (run: Run) => number;
}[] = [
  {
    of: "store.latencyNs",
    set: "nodes.C.store={ latency: 1 s }",
    seen: ({ world }) => world.machine("A").memory.parts.vmstat.counts.pswpin,
  },
  {
    of: "link.state",
    set: 'links."A<->C".latency=1 s',
    seen: ({ world }) => world.machine("A").memory.parts.vmstat.counts.pswpin,
  },
];

describe.each(TOLD)("$of", ({ set, seen }) => {
  test("is as before until then, and another from then on", () => {
    const forked = forkedAt(600, VANILLA, set);
    const asItWas = outageRun();
    const seenAt = (atMs: number) =>
      [forked, asItWas].map((run) => {
        run.runTo(fromMs(atMs));
        return seen(run);
      });
    const [before = 0, beforeAsWell] = seenAt(599);
    expect(before).toBe(beforeAsWell);
    const [after = 0, afterAsItWas = 0] = seenAt(850);
    expect(after - before).toBeLessThan((afterAsItWas - before) / 4);
  });
});

const RATE = { of: "traffic.load.ratePerSec", set: "traffic.flood.load.rate=400/s" };

test("of a load that is changed as it starts, the machine sees what it would have", () => {
  const whole = new Run({ scenario: changed(VANILLA, RATE.set), seed: 1 });
  const runs = [forkedAt(0, VANILLA, RATE.set), whole, outageRun()];
  const [forked, always, asItWas] = runs.map((run) => {
    run.finish();
    return run.world.machine("A").trace.digest.hex();
  });
  expect(forked).toBe(always);
  expect(forked).not.toBe(asItWas);
});

test("each entry of the table is tried", () => {
  const tried = [...EARLY, ...MARKS, ...TOLD, RATE].map(({ of }) => of);
  expect(new Set(tried)).toEqual(new Set(Object.keys(CHANGEABLE)));
});

describe("the timeline", () => {
  const ended = (run: Run) => run.finish().result.faults.map(({ healedAtNs }) => healedAtNs);

  test("heals an open fault at another time", () => {
    const sooner = "timeline.away.for=200 ms";
    const whole = new Run({ scenario: changed(VANILLA, sooner), seed: 1 }).finish();
    const forked = forkedAt(1000, VANILLA, sooner).finish();
    expect(forked.digest).toBe(whole.digest);
    expect(ended(forkedAt(1000, VANILLA, "timeline.away.for=300 ms"))).toEqual([fromMs(1200)]);
  });

  test("brings a step that is to come at another time", () => {
    const later = "timeline.away.at=1 s";
    const whole = new Run({ scenario: changed(VANILLA, later), seed: 1 }).finish();
    expect(forkedAt(700, VANILLA, later).finish().digest).toBe(whole.digest);
  });
});

const refusalsAt = (atMs: number, ...set: readonly string[]): readonly string[] => {
  const run = outageRun();
  run.runTo(fromMs(atMs));
  return run.become(changed(VANILLA, ...set));
};

test.each([
  ["timeline.away.at=800 ms", 700, []],
  ["timeline.away.at=650 ms", 700, ["timeline.away: it would have been at 650 ms"]],
  ["timeline.away.at=1 s", 1000, ["timeline.away: it is over"]],
  ["timeline.away.for=50 ms", 1000, ["timeline.away: it would have healed at 950 ms"]],
  ["timeline.away.for=2 s", 1450, ["timeline.away: it is over"]],
  ["timeline.away.fault=swap.refuse", 1000, ["timeline.away: it is over"]],
  [
    "checks.worked.sometimes=A/svc.requests > 1",
    10,
    ["checks: they look at a run from its beginning"],
  ],
  ["engine.sample=1 ms", 10, ["engine.sample: it is the beat of the whole run"]],
  [
    "nodes.A.memory.ram=32 MiB",
    10,
    ["nodes.A.memory.ramBytes: it is laid out when the machine boots"],
  ],
  [
    "nodes.A.net.ring=64",
    10,
    ["nodes.A.net.ringDescriptors: the ring is filled when the card comes up"],
  ],
  [
    "nodes.A.run.hog.touch=1/s",
    10,
    [expect.stringMatching(/^nodes\.A\.tasks\.0\..*: its programs have begun$/)],
  ],
  ["traffic.flood.connections=2", 10, ["nodes.B.traffic.0.connections: its connections are made"]],
])("%s at %i ms: %s", (set, atMs, expected) => {
  expect(refusalsAt(atMs, set)).toEqual(expected);
});

test("another kernel is refused for each decision that it makes at boot", () => {
  expect(refusalsAt(10, "nodes.A.policy=swapnbd-v9")).toEqual([
    "nodes.A.policy.era: another kernel is booted, not set",
    "nodes.A.policy.reserve: what is set aside is set aside when the machine boots",
    "nodes.A.policy.criticality: the swap socket was marked, or not, when it was connected",
  ]);
});

test("a refused change changes nothing", () => {
  const run = outageRun();
  run.runTo(fromMs(300));
  expect(
    run.become(changed(VANILLA, "nodes.A.memory.ram=32 MiB", "traffic.flood.load.rate=0/s")),
  ).toHaveLength(1);
  expect(run.finish().digest).toBe(outageRun().finish().digest);
});

test("a state after a fork goes on as the fork did", () => {
  const forked = forkedAt(300, REMEDY, "nodes.A.memory.reserve=2 MiB");
  forked.runTo(fromMs(700));
  const from = forked.save();
  const forks = [{ atNs: fromMs(300), scenario: changed(REMEDY, "nodes.A.memory.reserve=2 MiB") }];
  const again = new Run({ scenario: outageScenario(REMEDY), seed: 1, forks, from });
  expect(again.finish().digest).toBe(forked.finish().digest);
});
