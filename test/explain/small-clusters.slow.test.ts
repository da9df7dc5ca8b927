// Small random clusters: whenever a wedge is certain, nothing useful follows, with C back and B quiet.

import { expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { randomStory, tellStory } from "./small-clusters.ts";

/** The longest timer of a machine is TCP's after it has backed off, 120 s: twice that. */
const WATCH_NS = 240_000_000_000;
/** Of seeds 100 to 131 those in which a wedge was found certain, and three in which none was. */
const seeds = [100, 104, 108, 115, 119, 124, 128, 131, 106, 109, 110];

test("of small random clusters none that is certainly wedged does anything useful again", () => {
  const told = seeds.map((seed) => ({
    seed,
    ...tellStory(randomStory(new Random(seed)), WATCH_NS),
  }));
  expect(told.filter(({ usefulAfter }) => usefulAfter > 0)).toEqual([]);
  // Or it would have shown nothing.
  expect(told.filter(({ certainAtNs }) => certainAtNs !== null).length).toBeGreaterThan(4);
  expect(told.filter(({ certainAtNs }) => certainAtNs === null).length).toBeGreaterThan(1);
});
