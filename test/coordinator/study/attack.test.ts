// The cheapest attack, searched for over machines that are made up.

import { expect, test } from "vitest";
import { type Attack, attack, costOf } from "#coordinator/study/index.ts";

const OUTAGES = [1, 2, 4, 8, 16];
const LOADS = [1, 2, 4];

async function attacked(wedges: (attack: Attack) => boolean) {
  const tried: Attack[] = [];
  const found = await attack({
    outages: OUTAGES,
    loads: LOADS,
    wedges: (attacks) => {
      tried.push(...attacks);
      return Promise.resolve(attacks.map(wedges));
    },
  });
  return { ...found, tried };
}

test("the pair with the least product, and closer than the steps of the axis", async () => {
  // Needs at least 5 at load 2, 11 at load 1, 3.9 at load 4.
  const needed = new Map([
    [1, 11],
    [2, 5],
    [4, 3.9],
  ]);
  const { cheapest, survived, front, contradictions, tried } = await attacked(
    ({ outage, load }) => outage >= (needed.get(load) ?? 0),
  );
  expect(front).toEqual([
    { load: 1, outage: 16 },
    { load: 2, outage: 8 },
    { load: 4, outage: 4 },
  ]);
  expect(cheapest).toEqual({ load: 1, outage: 11 });
  expect(survived).toEqual({ load: 1, outage: 10 });
  expect(contradictions).toEqual([]);
  expect(tried.length).toBeLessThan(OUTAGES.length * LOADS.length + 4);
});

test("none in the range is said to be none", async () => {
  const found = await attacked(() => false);
  expect(found).toMatchObject({ cheapest: null, survived: null, front: [], contradictions: [] });
  expect(found.tried).toHaveLength(LOADS.length);
});

test("a longer outage that is survived is named, and so is a larger load", async () => {
  const hole = await attacked(({ outage, load }) => load === 2 && (outage === 1 || outage === 16));
  expect(hole.contradictions).toContainEqual({ load: 2, outage: 1 });
  const gentle = await attacked(({ outage, load }) => load === 1 && outage >= 4);
  expect(gentle.contradictions).toContainEqual({ load: 1, outage: 4 });
});

test("the scenario as it stands costs 1", () => {
  expect(costOf({ outage: 1, load: 1 })).toBe(1);
  expect(costOf({ outage: 0.5, load: 4 })).toBe(2);
});
