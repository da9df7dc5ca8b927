// Many runs, side by side: one process for each CPU, each taking the next job when it is done with one.
//
// Processes and not threads, because the same file has to run in another version of Node, and because a run in a process
// that has run others must not differ from one in a fresh process.

import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { sourceFlags } from "#tools/source-flags.mjs";
import type { RunJob, RunReport } from "./run-job.ts";

const entry = fileURLToPath(new URL("run-process.ts", import.meta.url));

export interface BatchOptions {
  /** Path of a Node that runs TypeScript without help; the one that runs the tests otherwise. */
  readonly node?: string;
}

/** The reports of all jobs, in the order of the jobs. */
export async function runBatch(
  jobs: readonly RunJob[],
  options: BatchOptions = {},
): Promise<readonly RunReport[]> {
  const reports = new Map<number, RunReport>();
  const waiting = jobs.map((job, index) => ({ job, index }));
  const processes = Math.min(availableParallelism(), jobs.length);
  await Promise.all(
    Array.from({ length: processes }, () => work(options, () => waiting.shift() ?? null, reports)),
  );
  return jobs.flatMap((_, index) => reports.get(index) ?? []);
}

interface Numbered {
  readonly job: RunJob;
  readonly index: number;
}

/** One process, from its first job to its last. */
function work(
  { node }: BatchOptions,
  next: () => Numbered | null,
  reports: Map<number, RunReport>,
): Promise<void> {
  const child = fork(entry, {
    ...(node === undefined ? {} : { execPath: node }),
    execArgv: node === undefined ? sourceFlags() : [],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let current: Numbered | null = null;
  let stderr = "";
  child.stderr?.on("data", (text: Buffer) => {
    stderr += text.toString();
  });
  const begin = (): void => {
    current = next();
    if (current === null) child.disconnect();
    else child.send(current.job);
  };
  child.on("message", (report: RunReport) => {
    if (current !== null) reports.set(current.index, report);
    begin();
  });
  begin();
  return new Promise((done, fail) => {
    child.on("error", fail);
    // Not "close": after disconnect() it does not come (Node 20 and 24).
    child.on("exit", () => {
      if (current === null) done();
      else fail(new Error(`${JSON.stringify(current.job)}\n${stderr}`));
    });
  });
}
