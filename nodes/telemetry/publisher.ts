// Samples on their way to Redis: pipelined, never waited for, and bounded. While Redis is away the newest are kept, those that
// find no room are dropped and counted, and what is kept goes out when it is back.
//
// A sample is made bytes once for both of its places, and the latest of all nodes are one command: that halves what ioredis costs.

import { Redis } from "ioredis";
import { EVENTS_KEPT, KEYS, SAMPLES_KEPT, samplesKey } from "#wire/keys.ts";

/** Kept while Redis is away: 10 s of a fleet of three at 20 Hz. */
const BUFFER_MAX = 600;
/** Written in one pipeline. */
const BATCH_MAX = 200;

export interface Publishing {
  readonly publisher: Publisher;
  close(): void;
}

/** A publisher with a connection of its own, which comes back for as long as it is open. */
export function openPublisher(url: string): Publishing {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    connectTimeout: 5_000,
    commandTimeout: 5_000,
    retryStrategy: (times) => Math.min(50 * times, 1_000),
  });
  // What it could not write is counted; that Redis is away is told by the coordinator.
  redis.on("error", () => undefined);
  return { publisher: new Publisher(redis), close: () => redis.disconnect() };
}

interface Kept {
  readonly node: string;
  readonly text: string;
  readonly kind: "sample" | "event";
}

export class Publisher {
  readonly #redis: Redis;
  #waiting: Kept[] = [];
  #isWriting = false;
  /** Samples and events that Redis was never told of. */
  dropped = 0;

  constructor(redis: Redis) {
    this.#redis = redis;
    redis.on("ready", () => this.#write());
  }

  /** `text`: the sample as JSON. */
  sample(node: string, text: string): void {
    this.#add({ node, text, kind: "sample" });
  }

  event(node: string, event: unknown): void {
    this.#add({ node, text: JSON.stringify(event), kind: "event" });
  }

  #add(kept: Kept): void {
    this.#waiting.push(kept);
    if (this.#waiting.length > BUFFER_MAX) {
      this.#waiting.shift();
      this.dropped++;
    }
    this.#write();
  }

  #write(): void {
    if (this.#isWriting || this.#waiting.length === 0 || this.#redis.status !== "ready") return;
    this.#isWriting = true;
    const batch = this.#waiting.splice(0, BATCH_MAX);
    const pipeline = this.#redis.pipeline();
    const latest = new Map<string, Buffer>();
    for (const { node, text, kind } of batch) {
      const bytes = Buffer.from(text);
      if (kind === "sample") {
        latest.set(node, bytes);
        pipeline.xadd(samplesKey(node), "MAXLEN", "~", SAMPLES_KEPT, "*", "sample", bytes);
      } else
        pipeline.xadd(
          KEYS.events.key,
          "MAXLEN",
          "~",
          EVENTS_KEPT,
          "*",
          "node",
          node,
          "event",
          bytes,
        );
    }
    if (latest.size > 0) pipeline.hset(KEYS.state.key, latest);
    pipeline.exec().then(
      () => this.#wrote(),
      () => this.#lost(batch),
    );
  }

  #wrote(): void {
    this.#isWriting = false;
    this.#write();
  }

  /** Back to where they were, if there is room: older than what came meanwhile. */
  #lost(batch: readonly Kept[]): void {
    const all = [...batch, ...this.#waiting];
    this.dropped += Math.max(0, all.length - BUFFER_MAX);
    this.#waiting = all.slice(-BUFFER_MAX);
    this.#isWriting = false;
  }
}
