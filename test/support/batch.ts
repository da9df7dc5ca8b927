// Many runs, side by side: one process for each CPU, each taking the next job when it is done with one.
//
// Processes and not threads, because the same file has to run in another version of Node, and because a run in a process
// that has run others must not differ from one in a fresh process. They stay for the next batch of the same test file: a
// process that has run others takes half the time.

import { type ChildProcess, fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { sourceFlags } from "#tools/source-flags.mjs";
import type { RunJob, RunReport } from "./run-job.ts";

const entry = fileURLToPath(new URL("run-process.ts", import.meta.url));

export interface BatchOptions {
  /** Path of a Node that runs TypeScript without help; the one that runs the tests otherwise. */
  readonly node?: string;
}

/** Seeds from 2007 on: three of them as a rule, all that are claimed with `npm run seeds`. */
export const seedsOf = (claimed: number): readonly number[] =>
  Array.from({ length: process.env["UNWEDGE_SEEDS"] === "all" ? claimed : 3 }, (_, i) => 2007 + i);

/** Processes that wait for a job, by the path of their Node. They end with this process: its channel is all they have. */
const idle = new Map<string, ChildProcess[]>();

/** The reports of all jobs, in the order of the jobs. */
export async function runBatch(
  jobs: readonly RunJob[],
  { node }: BatchOptions = {},
): Promise<readonly RunReport[]> {
  const reports: RunReport[] = [];
  const waiting = jobs.entries();
  const work = async (child: ChildProcess): Promise<void> => {
    child.ref();
    child.channel?.ref();
    for (const [index, job] of waiting) reports[index] = await reportOf(child, job);
    child.channel?.unref();
    child.unref();
  };
  const kept = idle.get(node ?? "") ?? [];
  idle.set(node ?? "", kept);
  while (kept.length < Math.min(availableParallelism(), jobs.length)) kept.push(processOf(node));
  const children = kept.splice(0);
  await Promise.all(children.map(work));
  kept.push(...children);
  return reports;
}

const processOf = (node?: string): ChildProcess =>
  fork(entry, {
    ...(node !== undefined && { execPath: node }),
    execArgv: node === undefined ? sourceFlags() : [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });

function reportOf(child: ChildProcess, job: RunJob): Promise<RunReport> {
  return new Promise((done, fail) => {
    const failed = (): void => fail(new Error(`ended before it was done: ${JSON.stringify(job)}`));
    child.once("exit", failed);
    child.once("message", (report: RunReport) => {
      child.off("exit", failed);
      done(report);
    });
    child.send(job);
  });
}
