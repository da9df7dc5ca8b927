// What the graph of a real machine proves, held against what then happens.

import { expect, test } from "vitest";
import { certificateHasCycle, explain, machinesOf } from "#explain/index.ts";
import { Run } from "#sim/index.ts";
import { resolve } from "../support/run-job.ts";

const SEED = 2007;
/** How often a machine is asked, in ns: at odd instants, so that it is met in the middle of things. */
const ASK_NS = 313_000_007;

const runOf = (variant: string, seed: number, scenario = "zijlstra-wedge"): Run =>
  new Run({ scenario: resolve({ scenario, variant, seed }), seed });

const usefulOf = ({ world }: Run): number =>
  world.machines.reduce((sum, { memory, workload }) => {
    const done = workload
      .stats()
      .reduce((all, { requests, finished }) => all + requests + finished, 0);
    return sum + memory.parts.vmstat.counts.pgmajfault + done;
  }, 0);

const certaintyOf = ({ world }: Run): string | null =>
  explain(world.machines, { nowNs: world.nowNs })?.certainty ?? null;

/** A run asked on its way to the verdict: when it was certain first, if ever, and when the last useful thing was done. Ns. */
function asked(variant: string, scenario?: string) {
  const run = runOf(variant, SEED, scenario);
  let [useful, usefulAtNs, askNs, times] = [0, 0, ASK_NS, 0];
  let certainFromNs = Number.POSITIVE_INFINITY;
  while (!run.isJudged) {
    run.step();
    const { nowNs } = run.world;
    if (usefulOf(run) !== useful) [useful, usefulAtNs] = [usefulOf(run), nowNs];
    if (nowNs < askNs) continue;
    askNs += ASK_NS;
    times++;
    if (certaintyOf(run) === "certain") certainFromNs = Math.min(certainFromNs, nowNs);
  }
  expect(times).toBeGreaterThan(40);
  expect(certainFromNs).toBeGreaterThan(usefulAtNs);
  return { run, useful, isCertain: Number.isFinite(certainFromNs) };
}

test.each(["vanilla-without-flood", "swapnbd-v9", "zijlstra-2007"])(
  "%s is never certain to be wedged",
  (variant) => {
    expect(asked(variant).isCertain).toBe(false);
  },
);

// With C there and B quiet, until TCP would give its connection up. The second keeps its sender busy for nothing, so it is
// watched for less.
test.each([
  ["vanilla-2007", 600_000_000_000],
  ["vanilla-nbd-without-flood", 10_000_000_000],
  ["mainline-6.1", 600_000_000_000],
] as const)("%s: once a wedge was certain, nothing useful came after it", (variant, forNs) => {
  const { run, useful, isCertain } = asked(variant);
  expect(isCertain).toBe(true);
  run.world.runUntil(run.world.nowNs + forNs);
  expect(usefulOf(run)).toBe(useful);
  expect(certaintyOf(run)).toBe("certain");
});

// Machines that keep each other's pages, and one with two cards.
test.each([
  ["mutual-swap", "pageable"],
  ["mutual-swap", "pageable-6.1"],
  ["mutual-swap", "locked-6.1"],
  ["swap-ring", "pageable"],
  ["second-card", "sender"],
  ["second-card", "tcp-limit"],
])("%s %s: once it was certain, nothing useful came on any machine", (scenario, variant) => {
  const { run, useful, isCertain } = asked(variant, scenario);
  expect(isCertain).toBe(true);
  run.world.runUntil(run.world.nowNs + 60_000_000_000);
  expect(usefulOf(run)).toBe(useful);
});

test.each([
  ["mutual-swap", "one-way"],
  ["mutual-swap", "locked"],
  ["mutual-swap", "critical-6.1"],
  ["swap-ring", "chain"],
  ["second-card", "second-card"],
  ["second-card", "small-ring"],
])("%s %s is never certain to be wedged", (scenario, variant) => {
  expect(asked(variant, scenario).isCertain).toBe(false);
});

test("machines that keep each other's pages have one certificate, which none has by itself", () => {
  const run = runOf("pageable", SEED, "swap-ring");
  run.finish();
  const { machines, nowNs } = run.world;
  const certificate = explain(machines, { nowNs });
  if (certificate === null) throw new Error("there is something to explain");
  expect(machinesOf(certificate)).toEqual(["A", "C", "D"]);
  const servers = ["A/nbd-server", "C/nbd-server", "D/nbd-server"];
  expect(certificate.cycle.filter((name) => servers.includes(name)).sort()).toEqual(servers);
  // As on real sockets, where they were not looked at at the same time.
  expect(explain(machines, { nowNs, areOfOneInstant: false })?.certainty).toBeNull();
});

test("the certificate tells the circle of the argument", () => {
  const run = runOf("vanilla-2007", SEED);
  run.finish();
  const certificate = run.certificate();
  expect(certificate?.cycle).toEqual([
    "A's card",
    "packets for A/svc",
    "A/svc",
    "swap-in",
    "C's answers",
  ]);
  expect(certificate?.sentences[0]?.rule).toBe("ATOMIC_FLOOR");
  expect(certificate?.sentences[0]?.because).toContain(2);
  if (certificate === null) return;
  expect(
    certificateHasCycle(certificate, [
      "swap-in",
      "C's answers",
      "A's card",
      "packets for A/svc",
      "A/svc",
    ]),
  ).toBe(true);
  expect(certificateHasCycle(certificate, ["swap-in", "A's card", "C's answers"])).toBe(false);
  const pages = certificate.owners.reduce((sum, row) => sum + row.pages, 0);
  expect(pages).toBe(run.world.machine("A").memory.parts.pages.managedPages);
});

test("asking changes nothing", () => {
  const [questioned, left] = [runOf("swapnbd-v9", SEED), runOf("swapnbd-v9", SEED)];
  for (const run of [questioned, left]) while (run.world.nowNs < 3_000_000_000) run.step();
  certaintyOf(questioned);
  for (const run of [questioned, left]) run.finish();
  expect(questioned.outcome().digest).toBe(left.outcome().digest);
});
