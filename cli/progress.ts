// How far a run is, on one line of stderr that is written over again. Nobody watches: nothing is written.

import type { Run } from "#sim/index.ts";
import { countText, timeText } from "./figures.ts";
import type { Io } from "./io.ts";

/** Where one run stands among all. */
export interface Place {
  readonly title: string;
  /** From 1. */
  readonly nth: number;
  readonly of: number;
}

const CLEAR_LINE = "\r\u001B[2K";

export class Progress {
  readonly #io: Io;
  readonly #isShown: boolean;
  readonly #startMs: number;
  #hasLine = false;

  constructor(io: Io, isWanted: boolean) {
    this.#io = io;
    this.#isShown = isWanted && io.settings.isErrTerminal;
    this.#startMs = io.nowMs();
  }

  /** The run goes on; `startMs`: when it began. */
  show(run: Run, startMs: number, place: Place): void {
    if (!this.#isShown) return;
    const { world, interpreter } = run;
    const elapsedS = Math.max(0.001, (this.#io.nowMs() - startMs) / 1_000);
    const machine = world.machines.find(({ spec }) => spec.role === "machine");
    const parts = [
      `${this.#placeText(place)}${place.title}`,
      `${timeText(world.nowNs)} ${interpreter.stage === "settling" ? "settling" : (interpreter.phase ?? "")}`,
      machine === undefined ? "" : `free ${machine.memory.parts.pages.freePages}`,
      machine === undefined ? "" : `swap ${machine.block?.queue.inFlight ?? 0} in flight`,
      `${countText(Math.round(world.eventCount / elapsedS))} events/s`,
    ];
    this.#write(parts.filter((part) => part !== "").join(" · "));
  }

  clear(): void {
    if (this.#hasLine) this.#io.err(CLEAR_LINE);
    this.#hasLine = false;
  }

  /** What is left is told from the runs that are done: one says nothing of another before it is over. */
  #placeText({ nth, of }: Place): string {
    if (of === 1) return "";
    if (nth === 1) return `1/${of} `;
    const perRunMs = (this.#io.nowMs() - this.#startMs) / (nth - 1);
    const leftS = Math.ceil((perRunMs * (of - nth + 1)) / 1_000);
    return `${nth}/${of}, ${countText(leftS)} s left: `;
  }

  #write(line: string): void {
    this.#io.err(CLEAR_LINE + line.slice(0, this.#io.settings.columns - 1));
    this.#hasLine = true;
  }
}
