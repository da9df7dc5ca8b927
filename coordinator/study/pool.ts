// Runs of studies side by side, on as many threads as there are processors (piscina).
//
// A run is pure, so threads share nothing and the order in which they are done changes no result.

import { setMaxListeners } from "node:events";
import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import { sourceFlags } from "#tools/source-flags.mjs";
import type { StudyJob, StudyRun } from "./job.ts";
import type { Trial, TrialJob } from "./swarm/trial.ts";

export interface StudyPoolOptions {
  /** null: one for each processor. */
  readonly threads: number | null;
}

export class StudyPool {
  /** How many. */
  readonly threads: number;
  readonly #pool: Piscina;
  readonly #stop = new AbortController();
  /** Who waits for a thread; the patient ones until nobody else does. Piscina's own queue has no such order under a signal. */
  readonly #eager: (() => void)[] = [];
  readonly #patient: (() => void)[] = [];
  #busy = 0;

  constructor({ threads }: StudyPoolOptions) {
    this.threads = threads ?? availableParallelism();
    // Each job that runs listens.
    setMaxListeners(0, this.#stop.signal);
    this.#pool = new Piscina({
      filename: new URL("./worker.ts", import.meta.url).href,
      // What a thread loads at once; without a name it looks for a default export, in a way that knows no TypeScript.
      name: "runStudyJob",
      minThreads: this.threads,
      maxThreads: this.threads,
      execArgv: sourceFlags(),
    });
  }

  /** The runs of all jobs, in their order; `onRun` hears of each as it ends. Patient ones are begun when no other waits. */
  async runAll(
    jobs: readonly StudyJob[],
    onRun: (run: StudyRun, index: number) => void = () => {},
    isPatient = false,
  ): Promise<readonly StudyRun[]> {
    const runOne = async (job: StudyJob, index: number): Promise<StudyRun> => {
      const run = await this.run(job, isPatient);
      onRun(run, index);
      return run;
    };
    return await Promise.all(jobs.map(runOne));
  }

  run(job: StudyJob, isPatient = false): Promise<StudyRun> {
    return this.#inTurn("runStudyJob", job, isPatient);
  }

  try(job: TrialJob): Promise<Trial> {
    return this.#inTurn("runTrial", job, false);
  }

  async #inTurn<R>(name: string, job: StudyJob | TrialJob, isPatient: boolean): Promise<R> {
    const queue = isPatient ? this.#patient : this.#eager;
    if (this.#busy < this.threads) this.#busy++;
    else await new Promise<void>((go) => queue.push(go));
    try {
      return await this.#pool.run(job, { name, signal: this.#stop.signal });
    } finally {
      const next = this.#eager.shift() ?? this.#patient.shift();
      if (next === undefined) this.#busy--;
      else next();
    }
  }

  /** Nothing more is begun; what is waited for fails. */
  stop(): void {
    this.#stop.abort();
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}
