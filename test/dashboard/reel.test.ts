import { expect, test } from "vitest";
import { Reel } from "#dashboard/model/reel.ts";
import { emptyFrame, emptyReel, emptyTitle } from "../support/films.ts";

test("the frame at an instant is the latest that is not later", () => {
  const reel = emptyReel([0, 100, 200]);
  expect([-1, 0, 99, 100, 1_000].map((atNs) => reel.indexAt(atNs))).toEqual([-1, 0, 0, 1, 2]);
});

test("before the first frame the first is shown", () => {
  expect(emptyReel([50]).frameAt(0)?.atNs).toBe(50);
});

test("a film without frames has none to show", () => {
  expect(emptyReel([]).frameAt(0)).toBeNull();
});

test("of a source that goes on for ever the past is thinned out, and its beginning and its end stay", () => {
  const reel = new Reel(emptyTitle);
  for (let n = 0; n < 50; n++)
    reel.append(Array.from({ length: 100 }, (_, i) => emptyFrame(n * 100 + i)));
  expect(reel.frames.length).toBeLessThanOrEqual(4_000);
  expect(reel.frames.length).toBeGreaterThan(2_000);
  expect(reel.frames[0]?.atNs).toBe(0);
  expect(reel.lastNs).toBe(4_999);
});

test("frames of the past are not taken", () => {
  const reel = emptyReel([100]);
  reel.append([emptyFrame(50), emptyFrame(150)]);
  expect(reel.frames.map(({ atNs }) => atNs)).toEqual([100, 150]);
});

test("a frame that is told twice is one, and what turns at its instant is another", () => {
  const reel = emptyReel([100]);
  const turned = emptyFrame(100, { phase: "outage" });
  reel.append([emptyFrame(100), turned, turned]);
  expect(reel.frames.map(({ phase }) => phase)).toEqual([null, "outage"]);
});

test("the scrubber spans what is planned until more has happened", () => {
  expect(emptyReel([100]).spanNs).toBe(emptyTitle.plannedNs);
  expect(emptyReel([20_000_000_000]).spanNs).toBe(20_000_000_000);
});
