// The ladder of exercises: scenarios that are red as they are handed out, and what of each a student may change.
//
// An exercise is a variant of a shipped scenario with a task. What is handed out is a scenario of its own, whole and readable.
// What comes back is held against it as data: whatever differs outside the paths of the exercise is named, so nobody turns
// one green by taking away its flood, its outage or its checks.

import { z } from "zod";
import { type Diagnostic, type Finding, inFileOrder, type Path, pathText } from "./diagnostic.ts";
import { merge, stepsOf } from "./merge.ts";
import type { Scenario } from "./scenario.ts";
import { policySchema } from "./schema.ts";
import { checkShape } from "./schema-findings.ts";
import { count, listOf, mapOf, name, strict, text } from "./schema-parts.ts";
import { checkSchema } from "./schema-steps.ts";
import { toYaml } from "./setting.ts";
import { readSource } from "./source.ts";
import { isRecord, type Tree } from "./tree.ts";

const exercise = strict(
  {
    id: name("also the name of the file that is handed out"),
    title: text("one line"),
    learn: text("what it teaches, in a sentence"),
    task: text("what to do"),
    hint: text("what to read or run when stuck"),
    scenario: text("a shipped scenario's name"),
    variant: name("which variant of it"),
    policies: mapOf(policySchema, "in place of the scenario's").optional(),
    set: z.record(z.string(), z.unknown()).optional(),
    checks: listOf(checkSchema, "same id: replaces; new id: adds").optional(),
    change: listOf(text("a path"), "what a student may change, with all below it"),
    seeds: count(1, "runs that must all pass"),
  },
  "an exercise with id, title, learn, task, hint, scenario, variant, change and seeds",
);
const ladderSchema = strict({ exercises: listOf(exercise, "the ladder") }, "a map with exercises");

export type Exercise = z.output<typeof exercise>;

export type ReadLadder =
  | { readonly ok: true; readonly exercises: readonly Exercise[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Reads the ladder of `file` from its text, and says everything that is wrong with it. */
export function readLadder(content: string, file: string): ReadLadder {
  const source = readSource(content, file);
  if (source.diagnostics.length > 0) return { ok: false, diagnostics: source.diagnostics };
  const { value, findings } = checkShape(ladderSchema, source.tree);
  const all = [...findings, ...(value === null ? [] : repeatedIds(value.exercises))];
  if (value !== null && all.length === 0) return { ok: true, exercises: value.exercises };
  return { ok: false, diagnostics: inFileOrder(all.map((finding) => source.locate(finding))) };
}

const repeatedIds = (exercises: readonly Exercise[]): Finding[] =>
  exercises.flatMap(({ id }, i) =>
    exercises.findIndex((other) => other.id === id) < i
      ? [{ path: ["exercises", i, "id"], message: `"${id}" is an exercise already` }]
      : [],
  );

/** The scenario that is handed out, as a document of its own. Throws Error where the ladder names what is not there. */
export function exerciseDocument(given: Exercise, scenario: Scenario): Tree {
  const { variant, policies, set = {}, checks = [] } = given;
  const resolved = scenario.resolve({ variant });
  if (!resolved.ok) throw new Error(`${given.id}: ${given.scenario} has no sound ${variant}`);
  // Parameters are filled in, and studies would say what the answer is.
  const { params: _, search: __, sweep: ___, ...whole } = resolved.scenario.document;
  const base: Tree = policies === undefined ? whole : { ...whole, policies };
  const own = { ...base, variants: { own: { set, checks } } };
  const { tree, unplaced } = merge(own, { variant: "own", settings: [], policy: null });
  const [stray] = unplaced;
  if (stray !== undefined) throw new Error(`${given.id}: ${stray.finding.message}`);
  const { variants: ____, ...document } = tree;
  const { id, title, learn, task, seeds } = given;
  return { ...document, id, title, story: `${learn}\n\n${task}`, runs: seeds };
}

/** The file that is handed out; `head` are lines of comment before it. */
export function exerciseText(document: Tree, head: readonly string[]): string {
  const schema = "# yaml-language-server: $schema=./scenario.schema.json";
  return [schema, ...head.map((line) => `# ${line}`.trimEnd()), toYaml(document)].join("\n");
}

/** Paths at which `changed` differs from what was handed out and may not. Searches and sweeps are tools, and anybody's own. */
export function forbiddenChanges(
  { change }: Pick<Exercise, "change">,
  given: Tree,
  changed: Tree,
): readonly string[] {
  const { search: _, sweep: __, ...rest } = changed;
  const allowed = change.map(stepsOf);
  const mayDiffer = (path: Path): boolean =>
    allowed.some((steps) => steps.every((step, i) => step === String(path[i])));
  return differences(given, rest, [])
    .filter((path) => !mayDiffer(path))
    .map(pathText);
}

/** Where two documents differ, as deep as they can be compared. A map that is not there is an empty one. */
function differences(one: unknown, other: unknown, at: Path): readonly Path[] {
  if (Array.isArray(one) && Array.isArray(other)) {
    const indices = Array.from({ length: Math.max(one.length, other.length) }, (_, i) => i);
    return indices.flatMap((i) => differences(one[i], other[i], [...at, i]));
  }
  if ((isRecord(one) || isRecord(other)) && isMapOrNone(one) && isMapOrNone(other)) {
    const keys = new Set([...Object.keys(one ?? {}), ...Object.keys(other ?? {})]);
    return [...keys].flatMap((key) => differences(one?.[key], other?.[key], [...at, key]));
  }
  return one === other ? [] : [at];
}

const isMapOrNone = (value: unknown): value is Tree | undefined =>
  value === undefined || isRecord(value);
