// The runs of the demonstration, one after the other in a thread of their own, beside the thread that draws.
//
// One thread, however many processors there are: the second run finds compiled what the first had to wait for.

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

export class DemoTakes {
  readonly all: readonly Take[];
  /** Why a run could not go on; null: nothing is wrong. */
  error: Error | null = null;
  readonly #worker: Worker;

  constructor(assignments: readonly DemoAssignment[]) {
    this.all = assignments.map(({ variant }) => ({
      variant,
      about: "",
      spanNs: 1,
      frames: [],
      report: null,
    }));
    this.#worker = new Worker(launcher, { argv: [source], execArgv: [], workerData: assignments });
    this.#worker.on("message", (message: DemoMessage) => this.#receive(message));
    this.#worker.on("error", (error) => {
      this.error = error instanceof Error ? error : new Error(String(error));
    });
  }

  /** Ends what still goes on. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #receive(message: DemoMessage): void {
    // Runs come in order, so what is told is about the first that has no report.
    const take = this.all.find(({ report }) => report === null);
    if (take === undefined) return;
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
