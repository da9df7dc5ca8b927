// `unwedge exercise check`: whether nothing was changed in an exercise that may not be, and every run of it passes.

import { join } from "node:path";
import { EXIT, UnwedgeError, worstExit } from "#base/error.ts";
import {
  diagnosticText,
  type Exercise,
  exerciseDocument,
  forbiddenChanges,
  openScenario,
  type ResolvedScenario,
} from "#coordinator/scenario/index.ts";
import type { StudyRun } from "#coordinator/study/index.ts";
import { exerciseOf, keepResult, ladder } from "./exercise.ts";
import { columnsOf, wrapped } from "./figures.ts";
import type { Io } from "./io.ts";
import { loadScenario, readScenario, resolveScenario } from "./scenario-file.ts";
import { type Planned, type Runners, runPlanned } from "./study-runs.ts";

export interface CheckOptions extends Pick<Runners, "threads"> {
  /** Seeds of each; null: as many as the exercise asks for. */
  readonly seeds: number | null;
  /** Where the file of an exercise is that is named by its id or number. */
  readonly folder: string;
  readonly json: boolean;
}

/** A file that came back. */
interface Answer {
  readonly file: string;
  readonly text: string;
  readonly exercise: Exercise;
  readonly resolved: ResolvedScenario;
  /** Paths that differ and may not. */
  readonly forbidden: readonly string[];
}

export async function checkExercises(
  names: readonly string[],
  { seeds, folder, json, threads }: CheckOptions,
  io: Io,
): Promise<number> {
  const answers = names.map((name) => answerOf(name, folder, io));
  const plan = answers
    .filter(({ forbidden }) => forbidden.length === 0)
    .flatMap((answer) => runsOf(answer, seeds));
  const runs =
    plan.length === 0 ? new Map() : await runPlanned(plan, { threads, redisUrl: null }, io);
  const judged = answers.map((answer) => ({ answer, runs: runs.get(answer.file) ?? [] }));
  for (const each of judged)
    if (each.answer.file !== "stdin") keepResult(each.answer, isGreen(each) ? "green" : "red", io);
  io.out(
    json
      ? `${JSON.stringify(judged.map(jsonOf), null, 2)}\n`
      : judged.map((each) => answerText(each, io)).join("\n"),
  );
  if (answers.some(({ forbidden }) => forbidden.length > 0)) return EXIT.invalidScenario;
  return worstExit(judged.map(exitOf));
}

/** Throws UnwedgeError when it is no sound scenario, or of no exercise. */
function answerOf(name: string, folder: string, io: Io): Answer {
  const isFile = name === "-" || /[./]/.test(name);
  const path = isFile ? name : join(folder, `${exerciseOf(name, io).id}.yaml`);
  const { file, text } = readScenario(path, io);
  const opened = openScenario(text, file);
  if (!opened.ok)
    throw new UnwedgeError("invalidScenario", opened.diagnostics.map(diagnosticText).join("\n"));
  const resolved = resolveScenario(opened.scenario, {});
  const exercise = ladder(io).find(({ id }) => id === resolved.id);
  if (exercise === undefined)
    throw new UnwedgeError(
      "usage",
      `${file}: id: no exercise is called ${resolved.id}; give a file that exercise start has written`,
    );
  const given = exerciseDocument(exercise, loadScenario(exercise.scenario, io));
  return {
    file,
    text,
    exercise,
    resolved,
    forbidden: forbiddenChanges(exercise, given, resolved.document),
  };
}

function runsOf({ file, text, exercise, resolved }: Answer, seeds: number | null): Planned[] {
  const { variant, seed } = resolved;
  const job = { file, text, variant, policy: null, settings: [] };
  return Array.from({ length: seeds ?? exercise.seeds }, (_, i) => ({
    key: file,
    job: { ...job, seed: seed + i },
  }));
}

interface Judged {
  readonly answer: Answer;
  /** None: it was not run. */
  readonly runs: readonly StudyRun[];
}

const passed = ({ result }: StudyRun): boolean => result.status === "pass";
const isGreen = ({ runs }: Judged): boolean => runs.length > 0 && runs.every(passed);

function exitOf({ runs }: Judged): number {
  return worstExit(
    runs.map(({ result: { status } }) =>
      status === "pass" ? EXIT.ok : status === "fail" ? EXIT.failed : EXIT.inconclusive,
    ),
  );
}

const jsonOf = (judged: Judged) => ({
  file: judged.answer.file,
  exercise: judged.answer.exercise.id,
  green: isGreen(judged),
  forbidden: judged.answer.forbidden,
  runs: judged.runs.map(({ result: { seed, status, verdict, checks }, digest }) => ({
    ...{ seed, status, verdict, digest },
    failed: checks.filter(counts).map(({ id }) => id),
  })),
});

const counts = ({ status, severity }: StudyRun["result"]["checks"][number]): boolean =>
  severity === "error" && status !== "pass";

function answerText(judged: Judged, io: Io): string {
  const { answer, runs } = judged;
  const { file, exercise, forbidden } = answer;
  if (forbidden.length > 0)
    return lines([
      `${file}: ${exercise.id} is not run: it differs where it may not`,
      ...forbidden.map((path) => `  ${path}`),
      `may be changed: ${exercise.change.join(", ")}; a new copy: unwedge exercise start ${exercise.id} --out DIR`,
    ]);
  const green = runs.filter(passed).length;
  const said = `${file}: ${exercise.id} is ${isGreen(judged) ? "green" : "red"}, ${green} of ${runs.length} seeds`;
  const first = runs.find((run) => !passed(run));
  if (first === undefined)
    return lines([said, ...wrapped(exercise.learn, io.settings.columns, "  ", "  ")]);
  return lines([said, ...failureLines(first), `  unwedge run ${file} --seed ${first.result.seed}`]);
}

/** What still fails in the first seed that does, and what proves it. */
function failureLines({ result, proof }: StudyRun): string[] {
  const rows = result.checks
    .filter(counts)
    .map(({ id, status, valueText, expected }) => [`  ${id}`, status, valueText || "-", expected]);
  return [
    `seed ${result.seed}: ${result.verdict}`,
    ...columnsOf(rows),
    ...(proof ?? []).map((line) => `  ${line}`),
  ];
}

const lines = (all: readonly string[]): string => `${all.join("\n")}\n`;
