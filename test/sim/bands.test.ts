import { expect, test } from "vitest";
import { bandsOf } from "#sim/index.ts";
import { emptyFrame } from "../support/films.ts";

const stall = { id: "f", name: "swap.stall", target: "C" };

test("a fault is a band from the frame that sees it to the frame that sees it gone", () => {
  const frames = [
    emptyFrame(0),
    emptyFrame(1, { faults: [stall] }),
    emptyFrame(2, { faults: [stall] }),
    emptyFrame(3),
  ];
  expect(bandsOf(frames)).toEqual([{ kind: "fault", name: "swap.stall on C", fromNs: 1, toNs: 3 }]);
});

test("phases follow one another, and judging is one of them", () => {
  const frames = [
    emptyFrame(0, { phase: "warm-up" }),
    emptyFrame(1, { phase: "outage" }),
    emptyFrame(2, { phase: "outage", stage: "settling" }),
    emptyFrame(3, { phase: "outage", stage: "judged" }),
  ];
  expect(bandsOf(frames).map(({ name, fromNs, toNs }) => [name, fromNs, toNs])).toEqual([
    ["warm-up", 0, 1],
    ["outage", 1, 2],
    ["judging", 2, 3],
  ]);
});

test("what opens twice is two bands", () => {
  const frames = [0, 1, 2, 3].map((atNs) =>
    emptyFrame(atNs, { faults: atNs % 2 === 0 ? [stall] : [] }),
  );
  expect(bandsOf(frames).map(({ fromNs }) => fromNs)).toEqual([0, 2]);
});
