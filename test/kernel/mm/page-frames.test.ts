import { expect, test } from "vitest";
import { kindNames, PAGE_KIND, PageFrames } from "#kernel/mm/page-frames.ts";

test("a frame of a 2 GiB machine costs no more than 32 bytes", () => {
  const frames = new PageFrames(524_288);
  const lanes = Object.values(frames).filter((lane) => ArrayBuffer.isView(lane));
  const bytes = lanes.reduce((sum, lane) => sum + lane.byteLength, 0);
  expect(lanes.length).toBeGreaterThanOrEqual(10);
  expect(bytes / 524_288).toBeLessThan(32);
});

test("kinds are named by their values", () => {
  for (const [name, value] of Object.entries(PAGE_KIND)) expect(kindNames[value]).toBe(name);
});

test("a new machine's frames belong to nobody yet", () => {
  const frames = new PageFrames(16);
  expect(frames.pagesOf("reserved")).toBe(16);
  expect([frames.slot[3], frames.mapping[3], frames.lruList[3]]).toEqual([-1, -1, 0]);
});
