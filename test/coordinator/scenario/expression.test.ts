// What expressions mean: precedence, units, functions over time, and every way to get one wrong.

import { beforeEach, describe, expect, test } from "vitest";
import { Histogram } from "#base/histogram.ts";
import { compileExpression } from "#coordinator/scenario/expression.ts";
import { newSlot } from "#coordinator/scenario/expression-slots.ts";
import type { Expression } from "#coordinator/scenario/expression-types.ts";
import { vocabularyOf } from "#coordinator/scenario/vocabulary.ts";
import { FakeRun } from "../../support/observation.ts";

const MIB = 1024 * 1024;
const vocabulary = vocabularyOf({
  nodes: {
    A: {
      role: "machine",
      swap: [{ server: "C" }],
      run: { hog: { kind: "anon" }, "my-svc": { kind: "service" } },
    },
    C: { role: "swap-server" },
    B: { role: "client" },
  },
  traffic: [{ id: "flood", from: "B" }],
});

const compile = (text: string, overTime = true) =>
  compileExpression(text, {
    vocabulary,
    ramBytesOf: (host) => (host === "A" ? 64 * MIB : null),
    indexOf: () => 0,
    overTime,
  });

function claim(text: string): Expression {
  const compiled = compile(text);
  if (!compiled.ok) throw new Error(compiled.mistake.message);
  return compiled.expression;
}

let run = new FakeRun();
beforeEach(() => {
  run = new FakeRun();
});

const frameOf = (expression: Expression, nowNs = 0) => ({
  view: run,
  nowNs,
  slots: Array.from({ length: expression.slotCount }, newSlot),
});

function holds(text: string): boolean | null {
  const expression = claim(text);
  return expression.holds(frameOf(expression));
}

describe("claims", () => {
  test.each([
    ["1 + 2 * 3 == 7", true],
    ["(1 + 2) * 3 == 9", true],
    ["7 - 2 - 1 == 4", true],
    ["8 / 2 / 2 == 2", true],
    ["1 < 2 and 2 < 1 or 1 == 1", true],
    ["1 < 2 and (2 < 1 or 1 != 1)", false],
    ["not 1 > 2 and 1 < 2", true],
    ["not (1 < 2)", false],
    ["1000 ms == 1 s", true],
    ["1 MiB == 256 pages", true],
    ["2 >= 2", true],
    ["2 <= 1", false],
  ])("%s is %s", (text, truth) => {
    expect(holds(text)).toBe(truth);
  });

  test("memory is read in pages and compared with any size", () => {
    run.set({ "A.mem.free": 100 });
    expect(holds("A.mem.free == 400 KiB")).toBe(true);
    expect(holds("A.mem.free <= 99 pages")).toBe(false);
  });

  test("a size relative to RAM means the machine on the other side", () => {
    run.set({ "A.vmstat.pswpout": 32_769 });
    expect(holds("A.vmstat.pswpout > 2 x ram")).toBe(true);
    expect(holds("A.vmstat.pswpout > 3 x ram")).toBe(false);
  });

  test("a count of pages is also a plain count", () => {
    run.set({ "A.vmstat.pswpout": 5 });
    expect(holds("A.vmstat.pswpout == 5")).toBe(true);
  });

  test("metrics of servers, tasks and traffic are found", () => {
    run.set({ "A.swap[C].oldest": 3e9, "A/my-svc.requests": 4, "B/flood.sent": 9, "C.queue": 1 });
    expect(holds("A.swap[C].oldest > 2 s and A/my-svc.requests == 4")).toBe(true);
    expect(holds("B/flood.sent - A/my-svc.requests == 5 and C.queue > 0")).toBe(true);
  });

  test("stall() and oom_kills() read what they name", () => {
    run.set({ "A/hog.stall": 5e9 });
    run.oomKills = 2;
    expect(holds("stall(A/hog) > 4 s and oom_kills(*) == 2")).toBe(true);
  });

  test("kernel counters have their own names", () => {
    run.set({ "A.netstat.PFMemallocDrop": 3, "A.drops.pfmemalloc": 3 });
    expect(holds("A.netstat.PFMemallocDrop == A.drops.pfmemalloc")).toBe(true);
  });
});

describe("functions over time", () => {
  function over(text: string, samples: readonly (readonly [number, Record<string, number>])[]) {
    const expression = claim(text);
    const { slots } = frameOf(expression);
    for (const [nowNs, values] of samples) {
      run.set(values);
      expression.sample({ view: run, nowNs, slots });
    }
    return expression.holds({ view: run, nowNs: 0, slots });
  }
  const free = (...pages: number[]) =>
    pages.map((page, i) => [i * 1e9, { "A.mem.free": page }] as const);
  const requests = (...counts: number[]) =>
    counts.map((count, i) => [i * 1e9, { "A/my-svc.requests": count }] as const);

  test("max, min and mean are over the samples", () => {
    expect(
      over("max(A.mem.free) == 9 pages and min(A.mem.free) == 3 pages", free(5, 9, 3, 7)),
    ).toBe(true);
    expect(over("mean(A.mem.free) == 6 pages", free(5, 9, 3, 7))).toBe(true);
  });

  test("rate and count are what a counter gained", () => {
    expect(over("rate(A/my-svc.requests) == 10/s", requests(100, 110, 120))).toBe(true);
    expect(over("count(A/my-svc.requests) == 20", requests(100, 110, 120))).toBe(true);
  });

  test("a quantile of samples is a sixteenth off at most", () => {
    expect(
      over("p(50, A/my-svc.requests) < 6 and p(50, A/my-svc.requests) > 4", requests(1, 5, 9)),
    ).toBe(true);
  });

  test("a quantile of a distribution is of what came in the window", () => {
    const histogram = new Histogram();
    histogram.add(90_000_000);
    run.histograms.set("A/my-svc.latency", histogram.counts);
    const expression = claim("p(99, A/my-svc.latency) < 10 ms");
    const { slots } = frameOf(expression);
    expression.sample({ view: run, nowNs: 0, slots });
    expect(expression.holds({ view: run, nowNs: 0, slots })).toBeNull();
    for (let i = 0; i < 100; i++) histogram.add(5_000_000);
    expression.sample({ view: run, nowNs: 1, slots });
    expect(expression.holds({ view: run, nowNs: 1, slots })).toBe(true);
  });

  test("without samples nothing is claimed", () => {
    expect(holds("max(A.mem.free) > 0 pages")).toBeNull();
    expect(holds("not max(A.mem.free) > 0 pages")).toBeNull();
  });
});

describe("mistakes", () => {
  test.each([
    ["A.mem.free", 0, "expected a claim"],
    ["A.mem.free > 0", 13, "sizes have units"],
    ["A.mem.free > 3 s", 13, "a size > a duration has no meaning"],
    ["A.mem.free > 3 sec", 15, '"sec" is no unit'],
    ["A.mem.fre > 0 pages", 0, "is no metric"],
    ["maximum(A.mem.free) > 0 pages", 0, 'no function is called "maximum"'],
    ["A/my-svc.latency < 3 ms", 0, "is a distribution"],
    ["p(A/my-svc.latency) < 3 ms", 0, "a percentage and a path"],
    ["p(200, A/my-svc.latency) < 3 ms", 0, "p() begins with a percentage"],
    ["1 < 2 < 3", 6, "comparisons do not chain"],
    ["1 < ", 4, "expected a path"],
    ["(1 < 2", 6, "expected )"],
    ["1 < 2)", 5, "expected an operator"],
    ["1 < 2 ; 3", 6, "has no meaning"],
    ["1 and 2 < 3", 0, "expected a claim"],
    ["A.mem.free * 2 s > 1 MiB", 11, "has no meaning"],
    ["4 x ram < 5 x ram", 0, "needs one machine"],
    ["stall(1) > 2 s", 0, "takes one name"],
  ])("%s is refused at %i", (text, offset, message) => {
    const compiled = compile(text);
    expect(compiled).toMatchObject({ ok: false, mistake: { offset } });
    if (!compiled.ok) expect(compiled.mistake.message).toContain(message);
  });

  test("a function over time needs a span of time", () => {
    const compiled = compile("max(A.mem.free) > 0 pages", false);
    if (!compiled.ok) expect(compiled.mistake.message).toContain("only a threshold has one");
    expect(compiled.ok).toBe(false);
  });

  test("what was probably meant is suggested", () => {
    const compiled = compile("A.swap[D].inflight > 3");
    expect(compiled).toMatchObject({ ok: false, mistake: { nearest: "A.swap[C].inflight" } });
  });

  test("nesting has a bound", () => {
    expect(compile(`${"(".repeat(100)}1 < 2${")".repeat(100)}`).ok).toBe(false);
    expect(compile(`${"not ".repeat(100)}1 < 2`).ok).toBe(false);
  });
});
