// `unwedge worker`: runs cells of campaigns from a queue in Redis until somebody stops it.

import { EXIT } from "#base/error.ts";
import { CampaignWorker } from "#coordinator/index.ts";
import type { Io } from "./io.ts";

export interface WorkerOptions {
  readonly redisUrl: string;
  /** How the URL was given. */
  readonly urlName: string;
  /** null: one for each processor. */
  readonly threads: number | null;
}

/** Exit code 0 when it was stopped by a signal, which is how it ends. */
export async function worker(options: WorkerOptions, io: Io): Promise<number> {
  const stopped = new Promise<void>((resolve) => {
    io.onStop(() => resolve());
  });
  const own = await CampaignWorker.start({ ...options, say: (line) => io.err(`${line}\n`) });
  const { name, host, core, threads } = own;
  io.out(`worker ${name} at ${host}, threads ${threads}, core ${core}\n`);
  await stopped;
  await own.close();
  return EXIT.ok;
}
