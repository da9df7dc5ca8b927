// Each fault of a link or a load in a whole run in virtual time: it strikes, its receipt says so, it heals, and the run recovers.

import { describe, expect, test } from "vitest";
import { fromMs } from "#base/units.ts";
import { memoryFaults } from "#kernel/audit/memory.ts";
import type { Run } from "#sim/index.ts";
import { type FaultRunSpec, faultResult, faultRun } from "../support/fault-runs.ts";

const FLOOD_PER_SEC = 200;
/** The fault is open for these 300 ms of a run. */
const OPENED_MS = 700;
const HEALED_MS = 1000;
const floodOf = (run: Run) => {
  const [flood] = run.world.machine("B").workload.clients;
  if (flood === undefined) throw new Error("B has a load");
  return flood;
};

/** What the load sent and got answered in each of: before, while the fault is open, after it. */
function spans(
  spec: FaultRunSpec,
): readonly { readonly sent: number; readonly answered: number; readonly failed: number }[] {
  const run = faultRun(spec);
  const at = [400, OPENED_MS, HEALED_MS, 1300].map((atMs) => {
    run.runTo(fromMs(atMs));
    const { sent, answered, failed } = floodOf(run);
    return { sent, answered, failed };
  });
  return at.slice(1).map((now, i) => ({
    sent: now.sent - (at[i]?.sent ?? 0),
    answered: now.answered - (at[i]?.answered ?? 0),
    failed: now.failed - (at[i]?.failed ?? 0),
  }));
}

test.each([
  `fault: link.cut, on: "B->A"`,
  `fault: link.hold, on: "C->A"`,
  `fault: link.partition, on: C`,
  `fault: link.latency, on: "A<->C", with: { extra: 5 ms, jitter: 2 ms }`,
  `fault: link.jitter, on: "A<->C", with: { jitter: 3 ms }`,
  `fault: link.loss, on: "B->A", with: { loss: 20 % }`,
  `fault: link.bandwidth, on: "C->A", with: { bandwidth: 20 Mbit/s }`,
  `fault: mem.shrink, on: A, with: { size: 2 MiB }`,
  `fault: node.kill, on: A`,
  `fault: node.kill, on: B`,
  `fault: node.restart, on: A`,
  `fault: mem.hog, on: A, with: { size: 4 MiB, touch: 3000/s }`,
])("%s strikes, heals, and the run recovers", (step) => {
  const { verdict, faults, why } = faultResult({ step });
  expect(faults.map(({ receipt }) => receipt)).toEqual(["seen"]);
  expect([verdict, why]).toEqual(["recovers", expect.anything()]);
});

test("node.kill of C strikes and heals, and A goes on without the programs that lost their pages", () => {
  const { verdict, faults, why } = faultResult({ step: "fault: node.kill, on: C" });
  expect(faults.map(({ receipt }) => receipt)).toEqual(["seen"]);
  expect([verdict, why]).toEqual([
    "degraded",
    ["killed, for pages that could not be read: A/hog (1), A/svc (1)"],
  ]);
});

test.each([
  [`fault: link.cut, on: "B->C"`, "nobody sends from B to C"],
  [`fault: link.reset, on: "B<->C"`, "no connection is there"],
  [`fault: load.change, on: idle, with: { rate: 10/s }`, "the load does not run"],
])("%s leaves no trace where %s, and the run is inconclusive", (step) => {
  const idle = `  - { id: idle, from: B, to: A/svc, start: manual, load: { model: open, rate: 1/s } }`;
  const { verdict, faults } = faultResult({ step, traffic: idle });
  expect(faults.map(({ receipt }) => receipt)).toEqual(["missing"]);
  expect(verdict).toBe("inconclusive");
});

describe("a load", () => {
  test("that fades to a tenth sends a tenth, and its own rate again when that heals", () => {
    const [before, during, after] = spans({
      step: "fault: load.change, on: flood, with: { rate: 20/s }",
    });
    expect(before?.sent).toBeCloseTo(FLOOD_PER_SEC * 0.3, -1);
    expect(during?.sent).toBeCloseTo(6, -1);
    expect(after?.sent).toBeCloseTo(FLOOD_PER_SEC * 0.3, -1);
  });

  test("that is stopped and started again goes on at once, at its own rate and not at twice that", () => {
    const [before, during, after] = spans({ step: "fault: load.stop, on: flood" });
    expect(during?.sent).toBe(0);
    expect(after?.sent).toBeCloseTo(before?.sent ?? 0, -1);
  });

  test("that waits to be named runs while load.start is open, a task likewise", () => {
    const traffic = `  - { id: more, from: B, to: A/svc, start: manual, load: { model: open, rate: 100/s } }`;
    const tasks = `      late: { kind: anon, size: 1 MiB, start: manual, loops: 1 }`;
    const load = faultResult({ step: "fault: load.start, on: more", traffic });
    expect(load.faults.map(({ receipt }) => receipt)).toEqual(["seen"]);
    const task = faultResult({ step: "fault: load.start, on: A/late", tasks });
    expect(task.faults.map(({ receipt }) => receipt)).toEqual(["seen"]);
  });
});

test("link.reset costs every connection that sends, once, and each is made again when it has healed", () => {
  const run = faultRun({ step: `fault: link.reset, on: "B->A"`, calm: "1500 ms" });
  run.runTo(fromMs(OPENED_MS));
  const before = floodOf(run).failed;
  run.runTo(fromMs(HEALED_MS));
  const link = run.world
    .machine("A")
    .net.links()
    .find(({ peer }) => peer === "B");
  expect(link?.resetStreams).toBe(4);
  expect(floodOf(run).failed).toBeGreaterThan(before);
  const { answered } = floodOf(run);
  run.runTo(fromMs(2400));
  expect(floodOf(run).answered).toBeGreaterThan(answered + FLOOD_PER_SEC / 2);
});

test("one way cut: what B sends is lost, what A sends is not", () => {
  const run = faultRun({ step: `fault: link.cut, on: "B->A"` });
  const lost = () =>
    ["A", "B"].map((name) =>
      run.world
        .machine(name)
        .net.links()
        .filter(({ peer }) => peer !== "C")
        .reduce((sum, { lostFrames }) => sum + lostFrames, 0),
    );
  run.runTo(fromMs(OPENED_MS));
  expect(lost()).toEqual([0, 0]);
  run.runTo(fromMs(HEALED_MS));
  const [atA = 0, atB = 0] = lost();
  expect(atA).toBeGreaterThan(0);
  expect(atB).toBe(0);
});

describe("a host that has lost its power", () => {
  test("does nothing, then boots with nothing in memory, and its load goes on", () => {
    const run = faultRun({ step: "fault: node.kill, on: B", calm: "1500 ms" });
    const host = run.world.machine("B");
    run.runTo(fromMs(OPENED_MS));
    const { sent } = floodOf(run);
    expect(sent).toBeGreaterThan(0);
    run.runTo(fromMs(HEALED_MS - 1));
    expect([host.isOff, floodOf(run).sent, host.nextDeadlineNs()]).toEqual([true, sent, Infinity]);
    run.runTo(fromMs(2400));
    expect([host.isOff, host.deaths]).toEqual([false, 1]);
    expect(floodOf(run).answered).toBeGreaterThan(FLOOD_PER_SEC / 2);
  });

  test("starts its own programs again, and swaps as before", () => {
    const run = faultRun({ step: "fault: node.restart, on: A", calm: "1500 ms" });
    const host = run.world.machine("A");
    run.runTo(fromMs(OPENED_MS - 1));
    const before = host.workload.stats().map(({ progressPages }) => progressPages);
    run.runTo(fromMs(OPENED_MS));
    expect(host.workload.stats()).toEqual([]);
    run.runTo(fromMs(2400));
    expect(host.workload.stats().map(({ name }) => name)).toEqual(["hog", "svc"]);
    expect(Math.min(...before)).toBeGreaterThan(0);
    expect(host.memory.parts.vmstat.counts.pswpout).toBeGreaterThan(0);
    expect(host.memory.mismatches).toEqual([]);
    expect(memoryFaults(host.memory)).toEqual([]);
  });

  test("is told again of the faults that are open", () => {
    const run = faultRun({ step: "fault: mem.shrink, on: B, with: { size: 2 MiB }" });
    run.runTo(fromMs(900));
    const host = run.world.machine("B");
    expect(host.balloon.pages).toBe(512);
    run.world.tell("B", { type: "power", on: false });
    run.world.tell("B", { type: "power", on: true });
    expect(host.balloon.pages).toBe(0);
    run.runTo(fromMs(990));
    expect(host.balloon.pages).toBe(512);
  });

  test("has what it stored for others, and nobody is connected any more", () => {
    const run = faultRun({ step: "fault: node.restart, on: C" });
    const host = run.world.machine("C");
    run.runTo(fromMs(OPENED_MS - 1));
    const before = host.workload.swapServer?.save();
    expect(before?.connections).toHaveLength(1);
    run.runTo(fromMs(OPENED_MS));
    const after = host.workload.swapServer?.save();
    expect(after?.stores).toEqual(before?.stores);
    expect(JSON.stringify(after?.stores).length).toBeGreaterThan(1000);
    expect(after?.connections).toEqual([]);
    run.runTo(fromMs(HEALED_MS));
    expect(
      run.world
        .machine("A")
        .net.socks()
        .filter(({ wire }) => wire.link.peer === "C"),
    ).toEqual([]);
  });
});

test("mem.shrink takes so many pages, and when it has healed the machine has them all again", () => {
  const run = faultRun({ step: "fault: mem.shrink, on: B, with: { size: 2 MiB }" });
  const { balloon, memory } = run.world.machine("B");
  run.runTo(fromMs(HEALED_MS - 10));
  expect(balloon.pages).toBe(512);
  expect(memoryFaults(memory)).toEqual([]);
  run.runTo(fromMs(1300));
  expect([balloon.pages, balloon.takenPages]).toEqual([0, 512]);
  expect(memoryFaults(memory)).toEqual([]);
});

test("more than there is: the balloon takes what it gets, above the marks, and asks again", () => {
  const run = faultRun({ step: "fault: mem.shrink, on: A, with: { size: 64 MiB }" });
  const { balloon, memory } = run.world.machine("A");
  run.runTo(fromMs(HEALED_MS - 10));
  const taken = balloon.pages;
  expect(taken).toBeGreaterThan(0);
  expect(memory.parts.pages.freePages).toBeGreaterThan(0);
  expect(memory.parts.vmstat.counts.oom_kill).toBe(0);
  expect(memoryFaults(memory)).toEqual([]);
  run.runTo(fromMs(1500));
  expect(balloon.pages).toBe(0);
});

test("mem.hog writes memory of its own, counts for nothing, and leaves no page behind", () => {
  const run = faultRun({ step: "fault: mem.hog, on: A, with: { size: 4 MiB, touch: 3000/s }" });
  const { memory, workload } = run.world.machine("A");
  run.runTo(fromMs(HEALED_MS - 10));
  const hog = memory.spaces.find(({ name }) => name === "mem.hog:struck");
  expect(hog?.pageCount).toBe(1024);
  expect(workload.intruders.writtenPages).toBeGreaterThan(1024);
  expect(workload.stats().map(({ name }) => name)).toEqual(["hog", "svc"]);
  run.runTo(fromMs(2000));
  expect([hog?.residentPages, hog?.swappedPages]).toEqual([0, 0]);
  expect(memory.parts.vmstat.counts.oom_kill).toBe(0);
  expect(memoryFaults(memory)).toEqual([]);
});

test.each([
  `fault: link.reset, on: "A<->C"`,
  "fault: node.kill, on: A",
  "fault: node.restart, on: B",
  `fault: mem.shrink, on: A, with: { size: 64 MiB }`,
  `fault: mem.hog, on: A, with: { size: 4 MiB, touch: 3000/s }`,
  `fault: load.change, on: flood, with: { rate: 1500/s }`,
  `fault: load.stop, on: flood`,
])("%s: saved in its midst and loaded, a run goes on to an equal end", (step) => {
  const run = faultRun({ step });
  run.runTo(fromMs(850));
  const state = structuredClone(run.save());
  const copy = faultRun({ step, from: state });
  for (const each of [run, copy]) each.runTo(fromMs(1400));
  expect(copy.world.digest()).toBe(run.world.digest());
  expect(floodOf(copy).sent).toBe(floodOf(run).sent);
});
