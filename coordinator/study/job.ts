// One run of a study as plain data, so that a thread can be told it and can answer it: a scenario's text and what is
// changed of it in, the verdict and what its checks measured out.

import { UnwedgeError } from "#base/error.ts";
import {
  type Diagnostic,
  diagnosticText,
  openScenario,
  parseSetting,
  type ResolvedScenario,
  type RunResult,
  type Scenario,
} from "#coordinator/scenario/index.ts";
import { certificateText, proofOf } from "#explain/index.ts";
import { Run } from "#sim/index.ts";

export interface StudyJob {
  /** As messages name it. */
  readonly file: string;
  readonly text: string;
  /** null: the first one. */
  readonly variant: string | null;
  /** Of every machine; null: as the scenario says. */
  readonly policy: string | null;
  /** As after --set. */
  readonly settings: readonly string[];
  readonly seed: number;
  /** A machine whose other rules are to be watched. */
  readonly watched?: string;
}

export interface StudyRun {
  readonly result: RunResult;
  readonly digest: string;
  readonly simNs: number;
  /** What its end proves, as a terminal would show it; null: nothing. */
  readonly proof: readonly string[] | null;
  /** Rules of the watched machine under which it is the same run to the last event, as `decision: rule`. */
  readonly alike: readonly string[];
}

const PROOF_COLUMNS = 110;

/** Runs it to its verdict. Throws UnwedgeError with every mistake of the scenario. */
export function runStudyJob(job: StudyJob): StudyRun {
  const { seed, watched } = job;
  const scenario = resolveStudyJob(job);
  const run = new Run({ scenario, seed, ...(watched === undefined ? {} : { watched }) });
  const { result, digest, simNs } = run.finish();
  const certificate = result.verdict === "wedged" ? proofOf(run.certificate()) : null;
  const proof =
    certificate === null ? null : certificateText(certificate, { columns: PROOF_COLUMNS });
  return { result, digest, simNs, proof, alike: run.lookalikes() };
}

/** What is run, whatever the seed. Throws UnwedgeError with every mistake of the scenario. */
export function resolveStudyJob(job: Omit<StudyJob, "seed">): ResolvedScenario {
  const { variant, policy } = job;
  const settings = job.settings.flatMap((text) => parseSetting(text) ?? []);
  const resolved = opened(job).resolve({ variant, policy, settings });
  if (!resolved.ok) throw mistaken(resolved.diagnostics);
  return resolved.scenario;
}

/** What a thread has opened last; to open a scenario checks each of its variants. */
const last: { text: string; scenario: Scenario | null } = { text: "", scenario: null };

function opened({ file, text }: Pick<StudyJob, "file" | "text">): Scenario {
  if (last.scenario !== null && last.text === text) return last.scenario;
  const found = openScenario(text, file);
  if (!found.ok) throw mistaken(found.diagnostics);
  last.text = text;
  last.scenario = found.scenario;
  return found.scenario;
}

const mistaken = (diagnostics: readonly Diagnostic[]): UnwedgeError =>
  new UnwedgeError("invalidScenario", diagnostics.map(diagnosticText).join("\n"));
