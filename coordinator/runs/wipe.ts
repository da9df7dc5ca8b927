// Forgets what is over: every run that has ended, with its record, events and film, and what nodes have said of themselves.
// Runs that wait or go on stay, and so do answers that are kept for requests that may be sent again.

import type { Redis } from "ioredis";
import { KEYS, samplesKey } from "#wire/keys.ts";
import type { History } from "./history.ts";

export interface Wiped {
  readonly removed: number;
  /** They wait or go on. */
  readonly kept: number;
}

/** Rejects with what Redis says when it does not answer; then nothing was done. */
export async function wipe(redis: Redis, history: History): Promise<Wiped> {
  const streams = await keysOf(redis, samplesKey("*"));
  await redis.del(KEYS.state.key, KEYS.events.key, ...streams);
  const over = history.list().filter(({ state }) => state === "ended");
  for (const { id } of over) history.remove(id);
  return { removed: over.length, kept: history.list().length };
}

async function keysOf(redis: Redis, pattern: string): Promise<string[]> {
  const found = new Set<string>();
  let cursor = "0";
  do {
    const [next, keys] = await redis.scan(cursor, "MATCH", pattern, "COUNT", 1000);
    for (const key of keys) found.add(key);
    cursor = next;
  } while (cursor !== "0");
  return [...found];
}
