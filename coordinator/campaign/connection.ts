// A connection to Redis that waits for it as long as it takes: what a campaign and its workers have told it is in its
// append-only file, and what they have not they tell when it is back.

import { Redis } from "ioredis";
import { retryStrategy } from "../redis/retry.ts";

/** `say` hears once that it is gone, and once that it is back. */
export function patientRedis(url: string, say: (line: string) => void): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy });
  let isGone = false;
  redis.on("error", () => undefined);
  redis.on("reconnecting", () => {
    if (!isGone) say("Redis is gone; waiting for it");
    isGone = true;
  });
  redis.on("ready", () => {
    if (isGone) say("Redis answers again");
    isGone = false;
  });
  return redis;
}
