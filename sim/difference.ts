// Where two runs part: the first event that is not the same in both, by time, and by the order of the hosts at one instant.

import type { Machine } from "#kernel/index.ts";
import { digestAfter } from "./checkpoints.ts";
import { EventLogReader, type LoggedEvent } from "./event-log.ts";
import type { MachineRecord } from "./recorder.ts";
import type { Run } from "./run.ts";
import { TraceTap } from "./trace-tap.ts";

export interface Difference {
  readonly machine: string;
  /** Number of the event on its machine; of the last one that may be it, where `fromN` is less. */
  readonly n: number;
  /** First number that it may have: less than `n` where one run kept only digests. */
  readonly fromN: number;
  /** null: there is none, or it was not kept. */
  readonly one: LoggedEvent | null;
  readonly other: LoggedEvent | null;
}

/** When it was, as far as that is known. */
const atNs = ({ one, other }: Difference): number =>
  Math.min(one?.atNs ?? Infinity, other?.atNs ?? Infinity);

function earliest(found: readonly (Difference | null)[]): Difference | null {
  let first: Difference | null = null;
  for (const each of found)
    if (each !== null && (first === null || atNs(each) < atNs(first))) first = each;
  return first;
}

const isSame = (one: LoggedEvent, other: LoggedEvent): boolean =>
  one.atNs === other.atNs && one.name === other.name && one.a === other.a && one.b === other.b;

const differing = (
  machine: string,
  one: LoggedEvent | null,
  other: LoggedEvent | null,
): Difference => {
  const n = one?.n ?? other?.n ?? 0;
  return { machine, n, fromN: n, one, other };
};

/** Two runs that are stepped by turns. */
export class SideBySide {
  readonly #runs: readonly [Run, Run];
  readonly #windows: readonly (readonly [Window, Window])[];

  constructor(one: Run, other: Run) {
    this.#runs = [one, other];
    this.#windows = one.world.machines.flatMap((machine, i) => {
      const twin = other.world.machines[i];
      return twin === undefined ? [] : [[new Window(machine), new Window(twin)] as const];
    });
  }

  /** To be asked after every step of both; null: nothing differs so far. */
  difference(): Difference | null {
    const [one, other] = this.#runs;
    const isEqual = one.world.digest() === other.world.digest();
    const found = isEqual ? null : earliest(this.#windows.map(firstOf));
    for (const window of this.#windows.flat()) window.clear();
    return found;
  }
}

/** What happened on a machine since the last comparison. */
class Window {
  readonly machine: Machine;
  readonly #tap: TraceTap;
  #events: LoggedEvent[] = [];

  constructor(machine: Machine) {
    this.machine = machine;
    this.#tap = new TraceTap(machine.trace, (events) => {
      for (const event of events) this.#events.push(event);
    });
  }

  events(): readonly LoggedEvent[] {
    this.#tap.drain();
    return this.#events;
  }

  clear(): void {
    this.#tap.skip();
    if (this.#events.length > 0) this.#events = [];
  }
}

function firstOf([one, other]: readonly [Window, Window]): Difference | null {
  const { spec, trace } = one.machine;
  if (trace.digest.hex() === other.machine.trace.digest.hex()) return null;
  const [ours, theirs] = [one.events(), other.events()];
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    const [left, right] = [ours[i] ?? null, theirs[i] ?? null];
    if (left === null || right === null || !isSame(left, right))
      return differing(spec.name, left, right);
  }
  return null;
}

/** Where two runs part, by what was written down of both; null: nowhere. */
export function recordDifference(
  ones: readonly MachineRecord[],
  others: readonly MachineRecord[],
): Difference | null {
  return earliest(
    ones.map((one) => {
      const other = others.find(({ name }) => name === one.name);
      return other === undefined || isSameRecord(one, other) ? null : firstWritten(one, other);
    }),
  );
}

const isSameRecord = (one: MachineRecord, other: MachineRecord): boolean =>
  one.events === other.events && one.digest === other.digest;

function firstWritten(one: MachineRecord, other: MachineRecord): Difference {
  const [left, right] = [new EventLogReader(one.log), new EventLogReader(other.log)];
  for (;;) {
    const [a, b] = [left.next(), right.next()];
    if (a !== null && b !== null && isSame(a, b)) continue;
    const isCut =
      (a === null && one.events > one.log.count) || (b === null && other.events > other.log.count);
    return isCut ? firstBlock(one, other) : differing(one.name, a, b);
  }
}

/** Beyond the shorter log: the first block of which the digests differ, or all that follows the last one of both. */
function firstBlock(one: MachineRecord, other: MachineRecord): Difference {
  const every = Math.max(one.checkpoints.everyEvents, other.checkpoints.everyEvents);
  let fromN = Math.min(one.log.count, other.log.count);
  let n = Math.max(one.events, other.events) - 1;
  for (let count = every; count <= n; count += every) {
    const digests = [one, other].map(({ checkpoints }) => digestAfter(checkpoints, count));
    if (digests.includes(null)) break;
    if (digests[0] === digests[1]) fromN = Math.max(fromN, count);
    else n = count - 1;
  }
  return { machine: one.name, n, fromN, one: null, other: null };
}

/** A run against what was written down of another one; `one` of a difference is what was written down. */
export class AgainstRecord {
  readonly #machines: readonly Compared[];

  constructor(run: Run, records: readonly MachineRecord[]) {
    this.#machines = records.flatMap((record) => {
      const machine = run.world.machines.find(({ spec }) => spec.name === record.name);
      return machine === undefined ? [] : [new Compared(machine, record)];
    });
  }

  /** To be asked after every step. */
  difference(): Difference | null {
    return earliest(this.#machines.map((compared) => compared.difference()));
  }

  /** To be asked at the end: also what was to happen until `untilNs` and did not. */
  missing(untilNs: number): Difference | null {
    return this.difference() ?? earliest(this.#machines.map((each) => each.missing(untilNs)));
  }
}

class Compared {
  readonly #machine: Machine;
  readonly #record: MachineRecord;
  readonly #tap: TraceTap;
  #reader: EventLogReader;
  /** Read, and not compared yet. */
  #next: LoggedEvent | null;
  #hasTail: boolean;
  #equalN = 0;
  #found: Difference | null = null;

  constructor(machine: Machine, record: MachineRecord) {
    this.#machine = machine;
    this.#record = record;
    this.#reader = new EventLogReader(record.log);
    this.#hasTail = record.tail !== null;
    this.#next = this.#reader.next();
    this.#tap = new TraceTap(machine.trace, (events) => this.#compare(events));
    machine.trace.onFull.push(() => this.#checkpoint());
  }

  difference(): Difference | null {
    if (this.#found === null) this.#tap.drain();
    return this.#found;
  }

  missing(untilNs: number): Difference | null {
    const isDue = this.#next !== null && this.#next.n === this.#machine.trace.count;
    if (!isDue || this.#next === null || this.#next.atNs > untilNs) return null;
    return differing(this.#record.name, this.#next, null);
  }

  #compare(events: readonly LoggedEvent[]): void {
    for (const event of events) {
      if (this.#found !== null) return;
      this.#compareOne(event);
    }
  }

  #compareOne(event: LoggedEvent): void {
    const recorded = this.#next;
    const { name, events } = this.#record;
    if (event.n >= events) this.#found = differing(name, null, event);
    else if (recorded?.n === event.n) {
      if (isSame(recorded, event)) this.#advance();
      else this.#found = differing(name, recorded, event);
    }
  }

  #advance(): void {
    this.#next = this.#reader.next();
    if (this.#next !== null || !this.#hasTail || this.#record.tail === null) return;
    // The log may reach into the tail: what has been compared is not compared again.
    this.#reader = new EventLogReader(this.#record.tail);
    this.#hasTail = false;
    const readN = this.#record.log.count;
    do this.#next = this.#reader.next();
    while (this.#next !== null && this.#next.n < readN);
  }

  /** Where only digests were kept. */
  #checkpoint(): void {
    const { trace, spec } = this.#machine;
    const recorded = digestAfter(this.#record.checkpoints, trace.count);
    if (recorded === null || this.#found !== null) return;
    if (recorded === trace.digest.hex()) this.#equalN = trace.count;
    else {
      const n = trace.count - 1;
      const other = trace.recent(n)[0] ?? null;
      this.#found = { machine: spec.name, n, fromN: this.#equalN, one: null, other };
    }
  }
}
