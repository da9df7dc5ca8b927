// The runs of the demonstration, each in a thread of its own, no more at a time than there are processors.

import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { DemoAssignment, DemoFrame, DemoMessage } from "./demo-messages.ts";
import type { RunReport } from "./run-report.ts";

// Through the launcher: on Node 20 a thread does not understand TypeScript by flags of its own.
const launcher = new URL("../tools/run.mjs", import.meta.url);
const source = fileURLToPath(new URL("./demo-worker.ts", import.meta.url));

/** A run as far as it has come; grows while it goes on. */
export interface Take {
  readonly variant: string;
  about: string;
  /** Until when there is something to see. */
  spanNs: number;
  readonly frames: DemoFrame[];
  report: RunReport | null;
}

export class DemoLanes {
  readonly takes: readonly Take[];
  /** Why a run could not go on; null: nothing is wrong. */
  error: Error | null = null;
  readonly #waiting: { readonly assignment: DemoAssignment; readonly take: Take }[];
  readonly #workers = new Set<Worker>();

  constructor(assignments: readonly DemoAssignment[]) {
    this.#waiting = assignments.map((assignment) => ({
      assignment,
      take: { variant: assignment.variant, about: "", spanNs: 1, frames: [], report: null },
    }));
    this.takes = this.#waiting.map(({ take }) => take);
    for (let lane = 0; lane < availableParallelism(); lane++) this.#startNext();
  }

  /** Ends what still goes on. */
  async close(): Promise<void> {
    this.#waiting.length = 0;
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }

  #startNext(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const worker = new Worker(launcher, {
      argv: [source],
      execArgv: [],
      workerData: next.assignment,
    });
    this.#workers.add(worker);
    worker.on("message", (message: DemoMessage) => this.#receive(next.take, message));
    worker.on("error", (error) => {
      this.error = error instanceof Error ? error : new Error(String(error));
    });
    worker.on("exit", () => {
      this.#workers.delete(worker);
      this.#startNext();
    });
  }

  #receive(take: Take, message: DemoMessage): void {
    switch (message.type) {
      case "about":
        take.about = message.about;
        take.spanNs = message.spanNs;
        return;
      case "frame":
        take.frames.push(message.frame);
        return;
      case "report":
        take.report = message.report;
        return;
    }
  }
}
