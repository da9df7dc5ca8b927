// Runs of a study on all processors, or by workers that a queue in Redis gives them to, with a bar on stderr: what `claims`, `sweep` and `matrix` have in
// common, and `search` in part.

import { UnwedgeError } from "#base/error.ts";
import { type StudyJob, StudyPool, type StudyRun } from "#coordinator/study/index.ts";
import { Bar } from "./bar.ts";
import type { Io } from "./io.ts";

export interface Planned {
  /** Runs of one key are told together, in their order. */
  readonly key: string;
  readonly job: StudyJob;
}

/** Who runs them. */
export interface Runners {
  /** null: one for each processor. */
  readonly threads: number | null;
  /** Where workers find them; null: threads of this process do. */
  readonly redisUrl: string | null;
}

/** What gives runs to them; `say` hears lines for people. */
export async function poolOf({ threads, redisUrl }: Runners, say: (line: string) => void) {
  if (redisUrl === null) return new StudyPool({ threads });
  const { Campaign } = await import("#coordinator/index.ts");
  return await Campaign.open(redisUrl, "--redis", say);
}

/** All of them to their verdicts, the same whoever runs them. Throws UnwedgeError when it is stopped before. */
export async function runPlanned(
  plan: readonly Planned[],
  runners: Runners,
  io: Io,
): Promise<ReadonlyMap<string, readonly StudyRun[]>> {
  const bar = new Bar(io, plan.length);
  const pool = await poolOf(runners, (line) => {
    bar.clear();
    io.err(`${line}\n`);
  });
  const kept = runners.redisUrl === null ? "" : "; the same command goes on from there";
  const interrupted = (): string => `after ${bar.done} of ${plan.length} runs${kept}`;
  const runs = new Map<string, StudyRun[]>();
  await whileOpen({ pool, io, interrupted }, async () => {
    try {
      const done = await pool.runAll(
        plan.map(({ job }) => job),
        (_, i) => bar.step(plan[i]?.key ?? ""),
      );
      for (const [i, run] of done.entries()) {
        const key = plan[i]?.key ?? "";
        runs.set(key, [...(runs.get(key) ?? []), run]);
      }
    } finally {
      bar.clear();
    }
  });
  return runs;
}

export interface OpenPool {
  readonly pool: Pick<StudyPool, "stop" | "close">;
  readonly io: Pick<Io, "onStop">;
  /** When it was interrupted, as `before everything was tried`. */
  readonly interrupted: () => string;
}

/** What `act` does with a pool that Ctrl-C stops; closed when that is done. Throws UnwedgeError when it was stopped before. */
export async function whileOpen<T>(
  { pool, io, interrupted }: OpenPool,
  act: () => Promise<T>,
): Promise<T> {
  const stopped = { isWanted: false };
  const stopListening = io.onStop(() => {
    stopped.isWanted = true;
    pool.stop();
  });
  try {
    return await act();
  } catch (error) {
    if (!stopped.isWanted) throw error;
    throw new UnwedgeError("interrupted", `interrupted ${interrupted()}`);
  } finally {
    stopListening();
    await pool.close();
  }
}
