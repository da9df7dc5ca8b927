// Runs of a study on all processors, with a bar on stderr: what `claims`, `sweep` and `matrix` have in common.

import { UnwedgeError } from "#base/error.ts";
import { type StudyJob, StudyPool, type StudyRun } from "#coordinator/study/index.ts";
import { Bar } from "./bar.ts";
import type { Io } from "./io.ts";

export interface Planned {
  /** Runs of one key are told together, in their order. */
  readonly key: string;
  readonly job: StudyJob;
}

/** All of them to their verdicts. Throws UnwedgeError when it is stopped before. */
export async function runPlanned(
  plan: readonly Planned[],
  { threads }: { readonly threads: number | null },
  io: Io,
): Promise<ReadonlyMap<string, readonly StudyRun[]>> {
  const pool = new StudyPool({ threads });
  const bar = new Bar(io, plan.length);
  const stopped = { exitCode: 0 };
  const stopListening = io.onStop((exitCode) => {
    stopped.exitCode = exitCode;
    pool.stop();
  });
  const runs = new Map<string, StudyRun[]>();
  try {
    const done = await pool.runAll(
      plan.map(({ job }) => job),
      (_, i) => bar.step(plan[i]?.key ?? ""),
    );
    for (const [i, run] of done.entries()) {
      const key = plan[i]?.key ?? "";
      runs.set(key, [...(runs.get(key) ?? []), run]);
    }
  } catch (error) {
    if (stopped.exitCode === 0) throw error;
    throw new UnwedgeError("interrupted", `interrupted after ${bar.done} of ${plan.length} runs`);
  } finally {
    stopListening();
    bar.clear();
    await pool.close();
  }
  return runs;
}
