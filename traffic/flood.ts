// A flood over worker threads: shares handed out, progress gathered, tallies merged.

import { once } from "node:events";
import { connect } from "node:net";
import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { UnwedgeError } from "#base/error.ts";
import { sourceFlags } from "../tools/source-flags.mjs";
import { checkPlan, type FloodPlan, sharesOf } from "./plan.ts";
import {
  addCounts,
  type Counts,
  type FloodTally,
  merged,
  noCounts,
  type WorkerTally,
} from "./tally.ts";
import type { Target } from "./target.ts";

export interface FloodOptions {
  readonly plan: FloodPlan;
  readonly workers: number;
  /** Told now and then what all workers have done so far. */
  readonly onProgress?: (counts: Counts) => void;
  /** Ends the flood early, in good order. */
  readonly signal?: AbortSignal;
}

/** How long somebody may take to accept a first connection. */
const KNOCK_MS = 3000;

/** Runs a flood to its end; no thread and no socket is left. Throws UnwedgeError when nobody listens. */
export async function runFlood({
  plan,
  workers,
  onProgress,
  signal,
}: FloodOptions): Promise<FloodTally> {
  checkPlan(plan);
  if (plan.target.protocol === "http") await knock(plan.target);
  const shares = sharesOf(plan, workers);
  const pool = new Piscina<unknown, WorkerTally>({
    filename: new URL("./worker.ts", import.meta.url).href,
    execArgv: sourceFlags(),
    minThreads: shares.length,
    maxThreads: shares.length,
    concurrentTasksPerWorker: 1,
  });
  const soFar = shares.map(noCounts);
  const report = (): void => {
    const sum = noCounts();
    for (const counts of soFar) addCounts(sum, counts);
    onProgress?.(sum);
  };
  try {
    const tallies = shares.map(async (share) => {
      const { port1, port2 } = new MessageChannel();
      port1.on("message", (counts: Counts) => {
        soFar[share.worker] = counts;
        report();
      });
      const stop = (): void => port1.postMessage("stop");
      signal?.addEventListener("abort", stop);
      if (signal?.aborted === true) stop();
      try {
        return await pool.run({ share, port: port2 }, { transferList: [port2] });
      } finally {
        signal?.removeEventListener("abort", stop);
        port1.close();
      }
    });
    return merged(await Promise.all(tallies));
  } finally {
    await pool.destroy();
  }
}

/** Whether anybody listens, asked once: better a sentence than a million failures. */
async function knock({ host, port }: Target): Promise<void> {
  const socket = connect({ host, port });
  socket.on("error", () => undefined);
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(KNOCK_MS) });
  } catch (cause) {
    throw new UnwedgeError("unavailable", `${host}:${port}: nobody listens there`, { cause });
  } finally {
    socket.resetAndDestroy();
  }
}
