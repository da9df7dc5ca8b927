// Writes a run down while it happens: every event of every machine, digests at intervals, the whole cluster now and then.

import type { Machine } from "#kernel/index.ts";
import { type CheckpointData, Checkpoints } from "./checkpoints.ts";
import { EventLog, type EventLogData, LOG_EVENTS_MAX } from "./event-log.ts";
import { Keyframes } from "./keyframes.ts";
import type { Run } from "./run.ts";
import { TraceTap } from "./trace-tap.ts";

/** What happened on one machine. Plain data. */
export interface MachineRecord {
  readonly name: string;
  readonly events: number;
  readonly digest: string;
  readonly checkpoints: CheckpointData;
  /** From the first event on. */
  readonly log: EventLogData;
  /** The last events, where the log does not reach so far. */
  readonly tail: EventLogData | null;
}

export interface Recording {
  readonly machines: readonly MachineRecord[];
  readonly keyframes: Keyframes;
}

interface Recorded {
  readonly machine: Machine;
  readonly log: EventLog;
  readonly checkpoints: Checkpoints;
  readonly tap: TraceTap;
}

export class Recorder {
  readonly #run: Run;
  readonly #machines: readonly Recorded[];
  readonly #keyframes = new Keyframes();

  /** Of a run that has just begun. `logEventsMax`: of one machine. */
  constructor(
    run: Run,
    { logEventsMax = LOG_EVENTS_MAX }: { readonly logEventsMax?: number } = {},
  ) {
    this.#run = run;
    this.#machines = run.world.machines.map((machine) => recorded(machine, logEventsMax));
  }

  /** To be called after every step. */
  observe(): void {
    this.#keyframes.observe(this.#run);
  }

  /** Everything so far, with the run as it is now for the last keyframe. */
  recording(): Recording {
    this.#keyframes.take(this.#run);
    return { machines: this.#machines.map(recordOf), keyframes: this.#keyframes };
  }

  /** May be called twice. */
  close(): void {
    for (const { tap } of this.#machines) tap.close();
  }
}

function recorded(machine: Machine, logEventsMax: number): Recorded {
  const log = new EventLog();
  const checkpoints = new Checkpoints();
  const tap = new TraceTap(machine.trace, (events) => {
    for (const event of events) if (log.count < logEventsMax) log.push(event);
  });
  machine.trace.onFull.push(() => checkpoints.note(machine.trace));
  return { machine, log, checkpoints, tap };
}

function recordOf({ machine: { spec, trace }, log, checkpoints, tap }: Recorded): MachineRecord {
  tap.drain();
  return {
    name: spec.name,
    events: trace.count,
    digest: trace.digest.hex(),
    checkpoints: checkpoints.data(),
    log: log.data(),
    tail: log.count === trace.count ? null : tailOf(trace),
  };
}

function tailOf(trace: Machine["trace"]): EventLogData {
  const events = trace.recent();
  const log = new EventLog(events[0]?.n ?? 0);
  for (const event of events) log.push(event);
  return log.data();
}
