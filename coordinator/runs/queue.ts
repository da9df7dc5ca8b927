// Runs wait in a BullMQ queue and are run one at a time: a cluster has one A.
//
// Whatever ends us in the middle of a run, the run is not lost and not run twice unseen: at the next start what was running
// is told to be inconclusive, with the reason, and what was waiting is queued again, also when Redis has forgotten it.
// When things happen inside a run is the scenario interpreter's business, never a delayed job's.

import { once } from "node:events";
import { type Job, Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import type { Logger } from "pino";
import { QUEUE, RUNS_KEPT } from "#wire/keys.ts";
import { retryStrategy } from "../redis/retry.ts";
import type { History } from "./history.ts";
import { inconclusive } from "./record.ts";

export interface RunQueueParts {
  readonly redisUrl: string;
  readonly history: History;
  readonly log: Logger;
  readonly nowMs: () => number;
  /** Runs it to its end and leaves the result in the history; never throws for what a run may do. */
  readonly execute: (id: string, signal: AbortSignal) => Promise<void>;
}

export class RunQueue {
  readonly #parts: RunQueueParts;
  readonly #queue: Queue;
  readonly #worker: Worker;
  readonly #connections: readonly Redis[];
  readonly #asking: Redis;
  #current: {
    readonly id: string;
    readonly stop: AbortController;
    readonly done: Promise<void>;
  } | null = null;
  #closing: Promise<void> | null = null;

  constructor(parts: RunQueueParts) {
    this.#parts = parts;
    const { redisUrl, log } = parts;
    // The worker waits in Redis and must wait for ever; whoever adds a job must be told that it cannot be added.
    const waiting = new Redis(redisUrl, { maxRetriesPerRequest: null, retryStrategy });
    const asking = new Redis(redisUrl, {
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      // One that closes the connection on a command is asked again for ever otherwise, and so is whoever asked us.
      commandTimeout: 5_000,
      retryStrategy,
    });
    this.#connections = [waiting, asking];
    this.#asking = asking;
    this.#queue = new Queue(QUEUE.name, {
      connection: asking,
      prefix: QUEUE.prefix,
      defaultJobOptions: {
        removeOnComplete: { count: RUNS_KEPT },
        removeOnFail: { count: RUNS_KEPT },
      },
    });
    this.#worker = new Worker(QUEUE.name, (job) => this.#work(job), {
      connection: waiting,
      prefix: QUEUE.prefix,
      concurrency: 1,
    });
    // Redis away is told once, by whoever watches it; each of these would say so ten times a second.
    const onError = ({ message }: Error): void => log.debug({ err: message }, "redis of the queue");
    for (const connection of this.#connections) connection.on("error", onError);
    this.#queue.on("error", onError);
    this.#worker.on("error", onError);
  }

  /** Resolves when Redis takes jobs. */
  async ready(signal: AbortSignal): Promise<void> {
    if (this.#asking.status !== "ready") await once(this.#asking, "ready", { signal });
  }

  /** Throws what Redis says when it cannot be queued. */
  async add(id: string): Promise<void> {
    await this.#queue.add("run", {}, { jobId: id });
  }

  get currentId(): string | null {
    return this.#current?.id ?? null;
  }

  /** Take a run that waits off the queue, or end the one that goes on; whether it did either. */
  async cancel(id: string): Promise<boolean> {
    if (this.#current?.id === id) {
      this.#current.stop.abort("cancelled");
      await this.#current.done;
      return true;
    }
    const { history, nowMs } = this.#parts;
    const record = history.get(id);
    if (record?.state !== "queued") return false;
    history.put(inconclusive(record, "cancelled before it began", nowMs()));
    await this.#queue.remove(id).catch(() => 0);
    return true;
  }

  /** What the last coordinator left behind. Called once, before anything else is queued. */
  async recover(): Promise<void> {
    const { history, nowMs, log } = this.#parts;
    for (const record of history.list().reverse()) {
      if (record.state === "running") {
        const why = "the coordinator ended in the middle of it; its faults healed by their leases";
        history.put(inconclusive(record, why, nowMs()));
        history.add(record.id, { type: "ended", verdict: "inconclusive", why });
        log.warn({ run: record.id }, why);
        await this.#queue.remove(record.id).catch(() => 0);
      }
      if (record.state === "queued") await this.add(record.id);
    }
  }

  async #work({ id }: Job): Promise<void> {
    if (id === undefined) return;
    // A job whose lock was lost while Redis was away is given out again; its run goes on all the same.
    if (this.#current?.id === id) return await this.#current.done;
    if (this.#parts.history.get(id)?.state !== "queued") return;
    const stop = new AbortController();
    const done = this.#parts.execute(id, stop.signal).finally(() => {
      this.#current = null;
    });
    this.#current = { id, stop, done };
    await done;
  }

  /** Ends the run that goes on, if one does. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#current?.stop.abort("the coordinator was stopped");
    await this.#current?.done.catch(() => undefined);
    await this.#worker.close(true).catch(() => undefined);
    await this.#queue.close().catch(() => undefined);
    for (const connection of this.#connections) connection.disconnect();
  }
}
