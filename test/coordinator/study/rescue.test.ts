// Which sets of changes are tried, and which are answers: asked of runs that are made up.

import { expect, test } from "vitest";
import { type Change, rescue, type StudyRun } from "#coordinator/study/index.ts";

const change = (name: string): Change => ({ name, of: name.charAt(0) });
const namesOf = (changes: readonly Change[]): string => changes.map(({ name }) => name).join("+");

function runOf(
  judged: "wedged" | "recovers",
  seed: number,
  alike: readonly string[] = [],
): StudyRun {
  const result = { judged, verdict: judged, seed } as unknown as StudyRun["result"];
  return { result, digest: "", simNs: 0, proof: null, alike };
}

interface World {
  readonly changes?: readonly string[];
  readonly knobs?: readonly (readonly string[])[];
  /** Whether a set of changes saves the run of this seed. */
  readonly saves: (set: string, seed: number) => boolean;
  readonly isPair?: (one: Change, other: Change) => boolean;
  /** Changes that the run of a set could not have told from what it had. */
  readonly alike?: (set: string, seed: number) => readonly string[];
}

async function rescued(world: World) {
  const { changes = [], knobs = [], saves, isPair = () => true, alike = () => [] } = world;
  const tried: string[] = [];
  const patient: string[] = [];
  const found = await rescue({
    changes: changes.map(change),
    knobs: knobs.map((values) => values.map(change)),
    isPair,
    seeds: [7, 8],
    run: async (trials, isPatient) =>
      trials.map(({ changes: set, seed }) => {
        tried.push(`${namesOf(set)}@${seed}`);
        if (isPatient === true) patient.push(namesOf(set));
        const judged = saves(namesOf(set), seed) ? "recovers" : "wedged";
        return runOf(judged, seed, alike(namesOf(set), seed));
      }),
  });
  const told = {
    answers: found.answers.map((each) => namesOf(each.changes)),
    sometimes: found.sometimes.map((each) => namesOf(each.changes)),
    lost: found.lost.map(namesOf),
    tooLittle: found.answers.map(({ tooLittle }) => tooLittle?.name ?? null),
  };
  return { ...told, tried, patient };
}

test("a change that does is an answer, and is in no pair", async () => {
  const found = await rescued({ changes: ["a", "b", "c"], saves: (set) => set.includes("a") });
  expect(found.answers).toEqual(["a"]);
  expect(found.lost).toEqual(["b", "c", "b+c"]);
  expect(found.tried.some((set) => set.includes("a+"))).toBe(false);
});

test("two that do only together are an answer; two values of one thing are no pair", async () => {
  const found = await rescued({ changes: ["a1", "a2", "b"], saves: (set) => set === "a2+b" });
  expect(found.answers).toEqual(["a2+b"]);
  expect(found.lost).toEqual(["a1", "a2", "b", "a1+b"]);
});

test("pairs that are not wanted are not tried", async () => {
  const isPair = (one: Change): boolean => one.name === "a";
  const found = await rescued({ changes: ["a", "b", "c"], saves: () => false, isPair });
  expect(found.lost).toEqual(["a", "b", "c", "a+b", "a+c"]);
});

test("of a knob the mildest value that does is the answer, with the one that is too little", async () => {
  const values = ["k1", "k2", "k3", "k4", "k5"];
  const saves = (set: string): boolean => set >= "k3";
  const found = await rescued({ knobs: [values], saves });
  expect([found.answers, found.tooLittle]).toEqual([["k3"], ["k2"]]);
  const useless = await rescued({ knobs: [values], saves: () => false });
  expect([useless.answers, useless.lost]).toEqual([[], ["k5"]]);
});

test("pairs wait until nothing else does, and nothing else waits for them", async () => {
  const knobs = [["k1", "k2", "k3"]];
  const saves = (set: string): boolean => set === "k3" || set === "a+b";
  const { answers, patient } = await rescued({ changes: ["a", "b"], knobs, saves });
  expect([answers, patient]).toEqual([["k3", "a+b"], ["a+b"]]);
});

test("nothing is run twice", async () => {
  const saves = (set: string): boolean => set >= "k3";
  const { tried } = await rescued({
    changes: ["a", "b"],
    knobs: [["k1", "k2", "k3", "k4"]],
    saves,
  });
  expect(new Set(tried).size).toBe(tried.length);
});

test("what a run could not have told from what it had is not run again, alone or with others", async () => {
  const alike = (set: string, seed: number) =>
    set === "" || set === "a" ? ["b", "c"] : seed === 7 ? ["a"] : [];
  const { tried, lost } = await rescued({ changes: ["a", "b", "c"], saves: () => false, alike });
  expect(tried).toEqual(["@7", "@8", "a@7"]);
  expect(lost).toEqual(["a", "b", "c", "a+b", "a+c", "b+c"]);
});

test("what is alike for one seed is run for another", async () => {
  const alike = (_: string, seed: number) => (seed === 7 ? ["b"] : []);
  const saves = (set: string, seed: number): boolean =>
    set.startsWith("a") || (seed === 8 && set === "b");
  const { tried } = await rescued({ changes: ["a", "b"], saves, alike });
  expect(tried).toEqual(["@7", "@8", "a@7", "a@8"]);
  const other = await rescued({
    changes: ["b"],
    saves: () => false,
    alike: (_, seed) => (seed === 8 ? ["b"] : []),
  });
  expect(other.tried).toEqual(["@7", "@8", "b@7"]);
});

test("what does not do for every seed is told apart", async () => {
  const saves = (set: string, seed: number): boolean => set === "a" && seed === 7;
  expect(await rescued({ changes: ["a"], saves })).toMatchObject({ answers: [], sometimes: ["a"] });
});

test("of a run that comes back by itself nothing is tried", async () => {
  const { tried, answers } = await rescued({ changes: ["a"], saves: (_, seed) => seed === 8 });
  expect([tried, answers]).toEqual([["@7", "@8"], []]);
});
