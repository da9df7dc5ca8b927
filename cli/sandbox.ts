// A script that nobody trusts, run beside us: in a thread, in QuickJS (quickjs.ts). The thread is ended when it is not done in
// time: for what QuickJS does in one step, such as repeating a text, it counts no steps.

import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { UnwedgeError } from "#base/error.ts";

export interface ScriptSource {
  readonly source: string;
  /** As the command line names it. */
  readonly file: string;
}

export type ScriptOutcome = { readonly text: string } | { readonly mistake: string };

// Through the launcher: on Node 20 a thread does not understand TypeScript by flags of its own.
const launcher = new URL("../tools/run.mjs", import.meta.url);
const source = fileURLToPath(new URL("./quickjs-worker.ts", import.meta.url));

/** Of a busy host, too: a script that is done at all is done in one. */
const TIME_MAX_MS = 20_000;

/** The document that a script writes. Throws UnwedgeError with what is wrong with it. */
export async function documentApart(
  script: ScriptSource,
  timeMaxMs = TIME_MAX_MS,
): Promise<string> {
  const worker = new Worker(launcher, { argv: [source], execArgv: [], workerData: script });
  try {
    const outcome = await outcomeOf(worker, timeMaxMs);
    if (outcome === null)
      throw new UnwedgeError("invalidScenario", tooLong(script.file, timeMaxMs));
    if ("text" in outcome) return outcome.text;
    throw new UnwedgeError("invalidScenario", outcome.mistake);
  } finally {
    await worker.terminate();
  }
}

/** null: it was not done in time. */
async function outcomeOf(worker: Worker, timeMaxMs: number): Promise<ScriptOutcome | null> {
  const told = once(worker, "message", { signal: AbortSignal.timeout(timeMaxMs) });
  try {
    const [outcome]: ScriptOutcome[] = await told;
    return outcome ?? null;
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") return null;
    throw error;
  }
}

const tooLong = (file: string, timeMaxMs: number): string =>
  `${file}:1:1: was not done in ${timeMaxMs / 1_000} s; a script is run once, to write its scenario down`;
