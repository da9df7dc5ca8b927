// Every run there was and is: in memory for whoever asks, on disk for good, in Redis for whoever looks there.
//
// Nothing here waits for Redis. An index that could not be written is counted, said, and written again with the next change.

import type { EventEmitter } from "node:events";
import type { Redis } from "ioredis";
import { KEYS, RUN_EVENTS_KEPT, RUNS_KEPT, runEventsKey, runKey } from "#wire/keys.ts";
import type { RunFolder } from "./folder.ts";
import type { RunEvent, RunRecord } from "./record.ts";

/** "event": of which run, the event. "change": a run's record is another. "removed": there is none any more. */
export type Told = EventEmitter<{
  event: [string, RunEvent];
  change: [RunRecord];
  removed: [string];
}>;

export interface HistoryParts {
  readonly folder: RunFolder;
  readonly redis: Redis;
  readonly told: Told;
  readonly nowMs: () => number;
}

export class History {
  readonly #parts: HistoryParts;
  /** Oldest first. */
  readonly #records = new Map<string, RunRecord>();
  /** Events of runs that somebody asked about, or that go on. */
  readonly #events = new Map<string, RunEvent[]>();
  /** Writes to Redis that failed. */
  lostWrites = 0;

  constructor(parts: HistoryParts) {
    this.#parts = parts;
    for (const record of parts.folder.records()) this.#records.set(record.id, record);
  }

  /** Newest first. */
  list(): RunRecord[] {
    return [...this.#records.values()].reverse();
  }

  get(id: string): RunRecord | null {
    return this.#records.get(id) ?? null;
  }

  put(record: RunRecord): void {
    const { folder, told } = this.#parts;
    folder.write(record);
    this.#records.set(record.id, record);
    this.#index(record);
    told.emit("change", record);
    this.#retain();
  }

  /** Adds to a run's events, and gives the number. */
  add(id: string, event: { readonly type: string; readonly [field: string]: unknown }): number {
    const { folder, redis, told, nowMs } = this.#parts;
    const events = this.events(id);
    const n = (events[events.length - 1]?.n ?? 0) + 1;
    const numbered: RunEvent = { n, atMs: nowMs(), ...event };
    events.push(numbered);
    if (events.length > RUN_EVENTS_KEPT) events.shift();
    folder.append(id, numbered);
    const record = this.#records.get(id);
    if (record !== undefined) this.#records.set(id, { ...record, events: n });
    const text = JSON.stringify(numbered);
    this.#try(
      redis.xadd(runEventsKey(id), "MAXLEN", "~", RUN_EVENTS_KEPT, `${n}-0`, "event", text),
    );
    told.emit("event", id, numbered);
    return n;
  }

  /** All that are kept, in order. Not to be changed by others. */
  events(id: string): RunEvent[] {
    const known = this.#events.get(id);
    if (known !== undefined) return known;
    const events = this.#parts.folder.events(id).slice(-RUN_EVENTS_KEPT);
    this.#events.set(id, events);
    return events;
  }

  remove(id: string): void {
    this.#records.delete(id);
    this.#events.delete(id);
    this.#parts.folder.remove(id);
    const { redis, told } = this.#parts;
    told.emit("removed", id);
    this.#try(redis.multi().del(runKey(id)).del(runEventsKey(id)).zrem(KEYS.runs.key, id).exec());
  }

  /** Writes the whole index again: Redis was away, or is a new one. */
  reindex(): void {
    for (const record of this.#records.values()) this.#index(record);
  }

  #index(record: RunRecord): void {
    const { id, askedAtMs } = record;
    const { redis } = this.#parts;
    const text = JSON.stringify(record);
    this.#try(redis.multi().set(runKey(id), text).zadd(KEYS.runs.key, askedAtMs, id).exec());
  }

  /** Runs that go on are not removed, however old. */
  #retain(): void {
    for (const { id, state } of [...this.#records.values()]) {
      if (this.#records.size <= RUNS_KEPT) return;
      if (state === "ended") this.remove(id);
    }
  }

  #try(write: Promise<unknown>): void {
    write.catch(() => {
      this.lostWrites++;
    });
  }
}
