// A scenario of the swarm on real sockets too: both engines have to say the same of it, or what some other seed says.

import { UnwedgeError } from "#base/error.ts";
import {
  diagnosticText,
  openScenario,
  type ResolvedScenario,
  type Verdict,
} from "#coordinator/scenario/index.ts";
import { type Breach, brokenByEngines, type StudyPool } from "#coordinator/study/index.ts";
import { runOnSockets, type SocketsCrank } from "./run-sockets.ts";

/** How many more seeds are asked, when the engines differ: real time is one more throw of the dice. */
const OTHER_SEEDS = 8;

export interface OnSockets {
  /** null: the run was late, a fault left no trace, or a process was lost; it says nothing. */
  readonly verdict: Verdict | null;
  readonly why: readonly string[];
  readonly breach: Breach | null;
}

interface Asked {
  /** As messages name it. */
  readonly file: string;
  readonly text: string;
  /** In virtual time. */
  readonly verdict: Verdict;
}

interface With {
  readonly pool: Pick<StudyPool, "runAll">;
  readonly slowdown: number;
  readonly crank: SocketsCrank;
}

/** Its processes are gone when it answers. Throws UnwedgeError when it is stopped. */
export async function tryOnSockets(
  asked: Asked,
  { pool, slowdown, crank }: With,
): Promise<OnSockets> {
  const resolved = resolvedOf(asked);
  const { seed } = resolved;
  const end = await runOnSockets({ resolved, seed }, { slowdown, foreign: [] }, crank);
  if (end.ending === "interrupted") throw new UnwedgeError("interrupted", "on sockets");
  const why = end.result?.why ?? [...end.host, end.ending];
  const verdict = end.result?.verdict ?? "inconclusive";
  if (verdict === "inconclusive") return { verdict: null, why, breach: null };
  if (verdict === asked.verdict) return { verdict, why, breach: null };
  const jobs = Array.from({ length: OTHER_SEEDS }, (_, i) => ({
    ...{ file: asked.file, text: asked.text, variant: null, policy: null, settings: [] },
    seed: seed + 1 + i,
  }));
  const others = await pool.runAll(jobs);
  const engines = { sockets: verdict, virtual: asked.verdict };
  const breach = brokenByEngines({
    ...engines,
    others: others.map(({ result }) => result.verdict),
  });
  return { verdict, why, breach };
}

function resolvedOf({ file, text }: Asked): ResolvedScenario {
  const opened = openScenario(text, file);
  const resolved = opened.ok ? opened.scenario.resolve() : opened;
  if (resolved.ok) return resolved.scenario;
  throw new UnwedgeError("internal", resolved.diagnostics.map(diagnosticText).join("\n"));
}
