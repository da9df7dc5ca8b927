// Every exercise is red as it is handed out, green with its solution, and red with what looks like one.
//
// The solutions stand in test/fixtures/exercises, where no command finds them. One seed of those that take seconds; with
// UNWEDGE_SEEDS=all (npm run seeds) every exercise, and all seeds that it asks for.

import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { EXIT } from "#base/error.ts";
import {
  type Exercise,
  exerciseDocument,
  exerciseText,
  forbiddenChanges,
  openScenario,
  readLadder,
} from "#coordinator/scenario/index.ts";
import { resolveStudyJob, runStudyJob, type StudyJob } from "#coordinator/study/job.ts";
import { type Clone, cleanClone } from "../tidy/clean-clone.ts";

type Change = Readonly<Record<string, string>>;

const read = readLadder(readFileSync("scenarios/exercises/ladder.yaml", "utf8"), "ladder");
const exercises = read.ok ? read.exercises : [];
const solutions: Record<string, { green?: Change; red: readonly Change[] }> = parse(
  readFileSync("test/fixtures/exercises/solutions.yaml", "utf8"),
);

function handedOut(exercise: Exercise) {
  const file = `scenarios/${exercise.scenario}.yaml`;
  const opened = openScenario(readFileSync(file, "utf8"), file);
  if (!opened.ok) throw new Error(`${file} has mistakes`);
  const document = exerciseDocument(exercise, opened.scenario);
  return { document, text: exerciseText(document, []) };
}

/** Whether every run passes; nothing may be changed that the exercise forbids. */
function isGreen(exercise: Exercise, change: Change, seeds: number): boolean {
  const { document, text } = handedOut(exercise);
  const settings = Object.entries(change).map(([path, value]) => `${path}=${value}`);
  const job = { file: exercise.id, text, variant: null, policy: null, settings };
  const resolved = resolveStudyJob(job);
  expect(forbiddenChanges(exercise, document, resolved.document)).toEqual([]);
  return Array.from({ length: seeds }, (_, i): StudyJob => ({ ...job, seed: resolved.seed + i }))
    .map((one) => runStudyJob(one).result.status)
    .every((status) => status === "pass");
}

const isAll = process.env["UNWEDGE_SEEDS"] === "all";
/** Half a minute of CPU each, and more. */
const LONG = ["sender", "card", "reconnect", "fragments"];
const seedsOf = ({ seeds }: Exercise): number => (isAll ? seeds : 1);
const named = exercises
  .filter(({ id }) => isAll || !LONG.includes(id))
  .map((exercise) => ({ exercise, ...solutions[exercise.id] }));

test("there is a solution or an attempt for each", () => {
  expect(Object.keys(solutions)).toEqual(exercises.map(({ id }) => id));
});

test.each(named)("$exercise.id is red as it is handed out", ({ exercise }) => {
  expect(isGreen(exercise, {}, 1)).toBe(false);
});

test.each(named.filter(({ green }) => green !== undefined))(
  "$exercise.id is green with its solution",
  ({ exercise, green = {} }) => {
    expect(isGreen(exercise, green, seedsOf(exercise))).toBe(true);
  },
);

const attempts = named.flatMap(({ exercise, red = [] }) =>
  red.map((change) => ({ exercise, change })),
);
// What costs a second; the others with all seeds.
const quick = ["together", "throttle"];
test.each(attempts.filter(({ exercise: { id } }) => isAll || quick.includes(id)))(
  "$exercise.id stays red with $change",
  ({ exercise, change }) => {
    expect(isGreen(exercise, change, 1)).toBe(false);
  },
);

let clone: Clone;
beforeAll(() => {
  clone = cleanClone();
  symlinkSync(join(process.cwd(), "node_modules"), join(clone.root, "node_modules"));
});
afterAll(() => clone.close());

/** Changes a file of the clone. */
function edit(path: string, change: (text: string) => string): void {
  const file = join(clone.root, path);
  writeFileSync(file, change(readFileSync(file, "utf8")));
}

test("throttle is green with a policy of one's own, in a clone, and with no other", () => {
  const writes = (most: number) => `import type { ThrottlePolicy } from "./policy.ts";

export const fewInFlight: ThrottlePolicy = {
  name: "few-in-flight",
  summary: "Reclaimers wait while more than a few pages are on their way.",
  allowDirectReclaim: () => true,
  holdWriteout: ({ writebackPages }) => writebackPages > ${most},
};
`;
  const policy = join(clone.root, "kernel/policy/throttle/few-in-flight.ts");
  writeFileSync(policy, writes(64));
  edit("kernel/policy/throttle/index.ts", (text) =>
    text
      .replace(/^import/m, 'import { fewInFlight } from "./few-in-flight.ts";\nimport')
      .replace("export const throttlePolicies = {", '$&\n  "few-in-flight": fewInFlight,'),
  );
  expect(clone.run("./unwedge", "exercise", "start", "throttle").exit).toBe(EXIT.ok);
  edit("exercises/throttle.yaml", (text) =>
    text.replace("throttle: none", "throttle: few-in-flight"),
  );
  const green = clone.run("./unwedge", "exercise", "check", "throttle");
  expect(green.exit, green.text).toBe(EXIT.ok);
  expect(green.text).toContain("throttle is green, 1 of 1 seeds");
  writeFileSync(policy, writes(400));
  const red = clone.run("./unwedge", "exercise", "check", "throttle");
  expect(red.exit, red.text).toBe(EXIT.failed);
  expect(red.text).toMatch(/bounded +fail/);
});
