// How far a batch of runs is, as a bar on one line of stderr that is written over again. Nobody watches: nothing is written.

import { countText } from "./figures.ts";
import type { Io } from "./io.ts";

const CLEAR_LINE = "\r\u001B[2K";
const WIDTH = 24;

export class Bar {
  readonly #io: Pick<Io, "err" | "nowMs" | "settings">;
  #of: number;
  readonly #startMs: number;
  /** Runs that have ended. */
  done = 0;

  constructor(io: Pick<Io, "err" | "nowMs" | "settings">, of: number) {
    this.#io = io;
    this.#of = of;
    this.#startMs = io.nowMs();
  }

  /** So many runs more are asked for. */
  more(count: number): void {
    this.#of += count;
  }

  /** One more run has ended, of what is called `title`. */
  step(title: string): void {
    this.done++;
    if (!this.#io.settings.isErrTerminal) return;
    const line = `${this.#barText()} ${this.done}/${this.#of} · ${this.#leftText()} · ${title}`;
    this.#io.err(CLEAR_LINE + line.slice(0, this.#io.settings.columns - 1));
  }

  clear(): void {
    if (this.done > 0 && this.#io.settings.isErrTerminal) this.#io.err(CLEAR_LINE);
  }

  #barText(): string {
    const filled = Math.round((WIDTH * this.done) / Math.max(1, this.#of));
    return `[${"#".repeat(filled)}${".".repeat(WIDTH - filled)}]`;
  }

  /** What is left is told from the runs that are done. */
  #leftText(): string {
    const perRunMs = (this.#io.nowMs() - this.#startMs) / this.done;
    return `${countText(Math.ceil((perRunMs * (this.#of - this.done)) / 1_000))} s left`;
  }
}
