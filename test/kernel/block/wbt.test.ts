import { expect, test } from "vitest";
import { fromMs } from "#base/units.ts";
import { WritebackThrottle } from "#kernel/block/wbt.ts";
import { PF_KSWAPD, Task } from "#kernel/sched/task.ts";

const kswapd = new Task(0, "kswapd0", PF_KSWAPD);
const hog = new Task(1, "hog", 0);
const LATE = fromMs(10_000);

test("kswapd may have 16 writes in flight, others 8", () => {
  const wbt = new WritebackThrottle(128);
  wbt.inFlight = 8;
  expect([wbt.isFull(hog, LATE), wbt.isFull(kswapd, LATE)]).toEqual([true, false]);
  wbt.inFlight = 16;
  expect(wbt.isFull(kswapd, LATE)).toBe(true);
});

test("just after a read others may have a quarter", () => {
  const wbt = new WritebackThrottle(128);
  wbt.noteRead(LATE);
  wbt.inFlight = 4;
  expect(wbt.isFull(hog, LATE + fromMs(99))).toBe(true);
  expect(wbt.isFull(hog, LATE + fromMs(100))).toBe(false);
});

test("slow reads halve the depth at each window, fast ones double it up to 3/4 of the queue", () => {
  const wbt = new WritebackThrottle(128);
  const window = (readNs: number): number => {
    wbt.noteRead(LATE, readNs);
    wbt.endWindow();
    return wbt.depth;
  };
  expect([window(fromMs(5)), window(fromMs(5)), window(fromMs(5)), window(fromMs(5))]).toEqual([
    8, 4, 2, 1,
  ]);
  const up = Array.from({ length: 8 }, () => window(fromMs(1)));
  expect(up).toEqual([2, 4, 8, 16, 31, 61, 96, 96]);
});

test("windows without a read let the depth drift back to 16", () => {
  const wbt = new WritebackThrottle(128);
  wbt.noteRead(LATE, fromMs(5));
  wbt.endWindow();
  expect(wbt.depth).toBe(8);
  wbt.endWindow();
  expect(wbt.depth).toBe(16);
});

test("a depth that was raised goes back to the default before it shrinks", () => {
  const wbt = new WritebackThrottle(128);
  for (let i = 0; i < 3; i++) {
    wbt.noteRead(LATE, fromMs(1));
    wbt.endWindow();
  }
  wbt.noteRead(LATE, fromMs(9));
  wbt.endWindow();
  expect(wbt.depth).toBe(16);
});
