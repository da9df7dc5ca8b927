import { describe, expect, test } from "vitest";
import { fromMs, fromS } from "#base/units.ts";
import {
  Psi,
  TSK_IOWAIT,
  TSK_MEMSTALL,
  TSK_MEMSTALL_RUNNING,
  TSK_ONCPU,
  TSK_RUNNING,
} from "#kernel/mm/psi.ts";

const RUNS = TSK_RUNNING | TSK_ONCPU;

test("one of two tasks stalled: some, not full", () => {
  const psi = new Psi(1);
  psi.change(0, 0, RUNS, 0);
  psi.change(0, 0, TSK_MEMSTALL, 0);
  const { some, full } = psi.pressure("memory", fromS(1));
  expect([some.totalUs, full?.totalUs]).toEqual([1_000_000, 0]);
});

test("all tasks stalled: full", () => {
  const psi = new Psi(1);
  psi.change(0, 0, TSK_MEMSTALL, 0);
  expect(psi.pressure("memory", fromS(1)).full?.totalUs).toBe(1_000_000);
});

test("a task that only reclaims counts as stalled", () => {
  const psi = new Psi(1);
  psi.change(0, 0, RUNS | TSK_MEMSTALL | TSK_MEMSTALL_RUNNING, 0);
  expect(psi.pressure("memory", fromS(1)).full?.totalUs).toBe(1_000_000);
});

test("a wait for IO is full when nobody runs", () => {
  const psi = new Psi(1);
  psi.change(0, 0, TSK_IOWAIT, 0);
  psi.change(0, 0, RUNS, fromMs(500));
  const { some, full } = psi.pressure("io", fromMs(800));
  expect([some.totalUs, full?.totalUs]).toEqual([800_000, 500_000]);
});

test("two runnable tasks and one CPU: pressure on the CPU, never full", () => {
  const psi = new Psi(1);
  psi.change(0, 0, RUNS, 0);
  psi.change(0, 0, TSK_RUNNING, 0);
  const { some, full } = psi.pressure("cpu", fromS(1));
  expect([some.totalUs, full]).toEqual([1_000_000, null]);
});

test("an idle CPU does not water down a stalled one", () => {
  const psi = new Psi(2);
  psi.change(0, 0, TSK_MEMSTALL, 0);
  expect(psi.pressure("memory", fromS(1)).full?.totalUs).toBe(1_000_000);
});

test("two busy CPUs, one of them stalled: half", () => {
  const psi = new Psi(2);
  psi.change(0, 0, TSK_MEMSTALL, 0);
  psi.change(1, 0, RUNS, 0);
  expect(psi.pressure("memory", fromS(1)).some.totalUs).toBe(500_000);
});

describe("averages", () => {
  test("climb as the kernel's own arithmetic does, to a hundred after a long stall", () => {
    const psi = new Psi(1);
    psi.change(0, 0, TSK_MEMSTALL, 0);
    const at = (seconds: number): number => psi.pressure("memory", fromS(seconds)).full?.avg10 ?? 0;
    // One period of 2.004 s at 100 %: 100 × (2048 − 1677) / 2048, rounded up.
    expect(at(3)).toBe(1811);
    expect(at(5)).toBe(3294);
    expect(at(120)).toBe(10_000);
    const { avg10, avg60, avg300 } = psi.pressure("memory", fromS(121)).some;
    expect(avg10).toBeGreaterThan(avg60);
    expect(avg60).toBeGreaterThan(avg300);
  });

  test("fall once the stall is over, also over an idle time that nobody looked at", () => {
    const psi = new Psi(1);
    psi.change(0, 0, TSK_MEMSTALL, 0);
    psi.change(0, TSK_MEMSTALL, 0, fromS(60));
    expect(psi.pressure("memory", fromS(80)).some.avg10).toBeLessThan(2000);
    expect(psi.pressure("memory", fromS(600)).some.avg10).toBe(0);
  });
});

test("no task leaves a state that it was not in", () => {
  const psi = new Psi(1);
  expect(() => psi.change(0, TSK_RUNNING, 0, 0)).toThrow("none is in");
});

test("a loaded record goes on as the saved one", () => {
  const psi = new Psi(2);
  psi.change(0, 0, TSK_MEMSTALL, fromMs(10));
  psi.change(1, 0, RUNS, fromMs(700));
  const copy = new Psi(2);
  psi.pressure("memory", fromS(5));
  copy.load(psi.save());
  for (const one of [psi, copy]) one.change(0, TSK_MEMSTALL, TSK_IOWAIT, fromS(9));
  expect(copy.pressure("io", fromS(20))).toEqual(psi.pressure("io", fromS(20)));
  expect(copy.save()).toEqual(psi.save());
});
