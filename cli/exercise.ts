// `unwedge exercise`: a ladder of scenarios to turn green. This hands them out and says what became of them; exercise-check.ts
// judges what comes back.

import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { EXIT, UnwedgeError } from "#base/error.ts";
import {
  diagnosticText,
  type Exercise,
  exerciseDocument,
  exerciseText,
  readLadder,
} from "#coordinator/scenario/index.ts";
import { columnsOf, wrapped } from "./figures.ts";
import type { Io } from "./io.ts";
import { schemaText } from "./new-scenario.ts";
import { loadScenario, shippedFile } from "./scenario-file.ts";

/** Beside the files that were checked: what came of each the last time. */
const RESULTS = "results.txt";

/** All of them, in their order. Throws UnwedgeError when the ladder is not there or has mistakes. */
export function ladder(io: Pick<Io, "read">): readonly Exercise[] {
  const file = shippedFile("exercises/ladder.yaml");
  const text = io.read(file);
  if (text === null) throw new UnwedgeError("internal", `${file}: is missing`);
  const read = readLadder(text, file);
  if (read.ok) return read.exercises;
  throw new UnwedgeError("internal", read.diagnostics.map(diagnosticText).join("\n"));
}

/** By its id or its number on the ladder. Throws UnwedgeError when there is none. */
export function exerciseOf(which: string, io: Pick<Io, "read">): Exercise {
  const all = ladder(io);
  const found = all.find(({ id }, i) => id === which || String(i + 1) === which);
  if (found !== undefined) return found;
  const ids = all.map(({ id }) => id).join(", ");
  throw new UnwedgeError(
    "usage",
    `${which}: no such exercise; expected 1 to ${all.length} or one of ${ids}`,
  );
}

export function listExercises(folder: string, io: Io): number {
  const rows = ladder(io).map((exercise, i) => {
    const state = stateOf(exercise, folder, io);
    return [`${i + 1}`, exercise.id, state, exercise.title, exercise.scenario];
  });
  io.out(`${columnsOf([["", "exercise", "state", "", "made of"], ...rows]).join("\n")}\n`);
  io.err("next: unwedge exercise start 1\n");
  return EXIT.ok;
}

/** As it was checked last, if the file is still the one that was. */
function stateOf({ id }: Exercise, folder: string, io: Io): string {
  const text = io.read(join(folder, `${id}.yaml`));
  if (text === null) return "not tried";
  const kept = resultsOf(folder, io).findLast(([name]) => name === id);
  if (kept === undefined) return "not checked";
  const [, state = "", sha256] = kept;
  return sha256 === sha256Of(text) ? state : "changed since";
}

/** Words of each line: an exercise, green or red, and the SHA-256 of the file that was. */
const resultsOf = (folder: string, io: Pick<Io, "read">): readonly (readonly string[])[] =>
  (io.read(join(folder, RESULTS)) ?? "").split("\n").map((line) => line.split(" "));

/** So that the list knows it. */
export function keepResult(
  {
    file,
    text,
    exercise: { id },
  }: { readonly file: string; readonly text: string; readonly exercise: Exercise },
  state: "green" | "red",
  io: Io,
): void {
  const folder = dirname(file);
  const others = resultsOf(folder, io).filter(([name]) => name !== id && name !== "");
  const rows = [...others, [id, state, sha256Of(text)]].map((words) => `${words.join(" ")}\n`);
  io.write(join(folder, RESULTS), new TextEncoder().encode(rows.join("")));
}

const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex");

export function startExercise(which: string, folder: string, io: Io): number {
  const exercise = exerciseOf(which, io);
  const path = join(folder, `${exercise.id}.yaml`);
  if (io.read(path) !== null) throw new UnwedgeError("usage", `${path}: is there already`);
  const document = exerciseDocument(exercise, loadScenario(exercise.scenario, io));
  const bytes = new TextEncoder();
  io.write(path, bytes.encode(exerciseText(document, headOf(exercise, path))));
  const schema = join(folder, "scenario.schema.json");
  if (io.read(schema) === null) io.write(schema, bytes.encode(schemaText()));
  io.out(`${path}\n\n${taskText(exercise, io)}`);
  io.err(`next: unwedge run ${path}; unwedge exercise check ${path}\n`);
  return EXIT.ok;
}

const HEAD_COLUMNS = 118;

function headOf({ title, task, change }: Exercise, path: string): string[] {
  const lines = (text: string): string[] => wrapped(flat(text), HEAD_COLUMNS, "", "");
  return [
    title,
    "",
    ...lines(task),
    "",
    ...lines(`May be changed: ${change.join(", ")}. A search or a sweep may be added.`),
    `unwedge exercise check ${basename(path)}`,
  ];
}

function taskText({ id, title, learn, task, change, seeds }: Exercise, io: Io): string {
  const lines = (text: string): string[] => wrapped(flat(text), io.settings.columns, "  ", "  ");
  return `${[
    `${id}: ${title}`,
    ...lines(task),
    ...lines(`May be changed: ${change.join(", ")}.`),
    ...lines(
      `Green when ${seeds === 1 ? "its run passes" : `all of ${seeds} seeds pass`}. ${learn}`,
    ),
  ].join("\n")}\n`;
}

const flat = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

export function hintExercise(which: string, io: Io): number {
  const { hint } = exerciseOf(which, io);
  io.out(`${wrapped(flat(hint), io.settings.columns, "", "").join("\n")}\n`);
  return EXIT.ok;
}
