import { expect, test } from "vitest";
import type { Effect, MachineEvent } from "#kernel/index.ts";
import { type Driven, drive, Pump } from "#ports/drive.ts";

/** Something driven that has a deadline at each of `dueNs` and asks for an effect at each. */
class Ticker implements Driven {
  nowNs = 0;
  readonly seen: string[] = [];
  #dueNs: number[];
  #effects: Effect[] = [];

  constructor(dueNs: readonly number[]) {
    this.#dueNs = [...dueNs];
  }

  handle(event: MachineEvent, nowNs: number): void {
    this.nowNs = nowNs;
    this.seen.push(`${event.type}@${nowNs}`);
  }

  advance(untilNs: number): void {
    for (
      let due = this.#dueNs[0];
      due !== undefined && due <= untilNs && this.#effects.length === 0;
      due = this.#dueNs[0]
    ) {
      this.#dueNs.shift();
      this.nowNs = due;
      this.seen.push(`due@${due}`);
      this.#effects.push({ type: "grant", stream: 1, countBytes: due });
    }
  }

  takeEffects(): readonly Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  nextDeadlineNs(): number {
    return this.#dueNs[0] ?? Number.POSITIVE_INFINITY;
  }
}

test("what is due is delivered at its own time, in order, before the event at hand", () => {
  const ticker = new Ticker([10, 20, 30]);
  const effects: Effect[] = [];
  new Pump(ticker, (effect) => effects.push(effect)).tell({ type: "connected", stream: 2 }, 25);
  expect(ticker.seen).toEqual(["due@10", "due@20", "connected@25"]);
  expect(effects).toHaveLength(2);
});

test("a late host gives the same machine as a punctual one", () => {
  const punctual = new Ticker([10, 20]);
  const late = new Ticker([10, 20]);
  const pump = new Pump(punctual, () => undefined);
  pump.advanceTo(10);
  pump.advanceTo(20);
  new Pump(late, () => undefined).advanceTo(1000);
  expect(late.seen).toEqual(punctual.seen);
});

test("a machine on a host boots, and is woken when its next deadline has come", () => {
  const ticker = new Ticker([50]);
  const alarms: { atNs: number; wake: () => void }[] = [];
  let nowNs = 5;
  const clock = {
    nowNs: () => nowNs,
    resolutionNs: 0,
    wakeAt: (atNs: number, wake: () => void) => alarms.push({ atNs, wake }),
  };
  const wire = { perform: () => undefined, onEvent: () => undefined };
  drive(ticker, { clock, wire });
  expect(ticker.seen).toEqual(["boot@5"]);
  expect(alarms[0]?.atNs).toBe(50);
  nowNs = 70;
  alarms[0]?.wake();
  expect(ticker.seen).toEqual(["boot@5", "due@50"]);
});
