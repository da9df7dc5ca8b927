// A run that tests write themselves: an Observation whose every answer can be set.

import type { CompiledPath, Observation, TaskView } from "#coordinator/scenario/index.ts";
import type { FaultTarget, ReceiptCounter } from "#faults/index.ts";

export class FakeRun implements Observation {
  /** Answers by path text; a path that is not here is 0. */
  readonly values = new Map<string, number>();
  readonly histograms = new Map<string, ArrayLike<number>>();
  taskViews: TaskView[] = [];
  oomKills = 0;
  mismatches = 0;
  usefulProgress = 0;
  largestArmedTimerNs = 0;
  /** Every receipt counter answers this. */
  receipts = 0;
  proven: "certain" | null = null;
  /** What the state looks like; null: otherwise each time. */
  print: string | null = null;
  #prints = 0;
  waits: string[][] = [];

  value(path: CompiledPath): number {
    return this.values.get(path.text) ?? 0;
  }
  histogram(path: CompiledPath): ArrayLike<number> {
    return this.histograms.get(path.text) ?? [];
  }
  tasks(): readonly TaskView[] {
    return this.taskViews;
  }
  receipt(_counter: ReceiptCounter, _target: FaultTarget): number {
    return this.receipts;
  }
  proof(): "certain" | null {
    return this.proven;
  }
  fingerprint(): string {
    return this.print ?? String(this.#prints++);
  }
  cycles(): readonly (readonly string[])[] {
    return this.waits;
  }
  hasCycle(names: readonly string[]): boolean {
    const turned = (waits: readonly string[], turn: number): string =>
      waits.map((_, i) => waits[(i + turn) % waits.length]).join();
    return this.waits.some((waits) =>
      waits.some((_, turn) => turned(waits, turn) === names.join()),
    );
  }

  set(values: Readonly<Record<string, number>>): void {
    for (const [path, value] of Object.entries(values)) this.values.set(path, value);
  }
}

/** An endless task of one hundred pages that has done nothing, changed by `given`. */
export function task(given: Partial<TaskView> = {}): TaskView {
  return {
    machine: "A",
    name: "hog",
    isEndless: true,
    isFinished: false,
    killed: 0,
    isIdle: false,
    workingSetPages: 100,
    progressPages: 0,
    ...given,
  };
}
