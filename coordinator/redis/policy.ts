// Whether a Redis may be trusted with a queue: one that evicts keys when it is full loses runs without a word.

import { Redis } from "ioredis";

/** A sentence if it may not; null: it may, or it does not say (the embedded one and some hosted ones do not). */
export async function evictionComplaint(redis: Pick<Redis, "config">): Promise<string | null> {
  const policy = await policyOf(redis);
  if (policy === null || policy === "noeviction") return null;
  return `Redis would evict keys when it is full (maxmemory-policy ${policy}), and with them runs: set maxmemory-policy noeviction`;
}

/** The same of a Redis that is somewhere. Rejects when it does not answer. */
export async function redisComplaint(url: string): Promise<string | null> {
  const redis = new Redis(url, {
    ...{ lazyConnect: true, connectTimeout: 2_000, commandTimeout: 2_000 },
    ...{ maxRetriesPerRequest: 0, retryStrategy: () => null },
  });
  redis.on("error", () => undefined);
  try {
    await redis.connect();
    await redis.ping();
    return await evictionComplaint(redis);
  } finally {
    redis.disconnect();
  }
}

async function policyOf(redis: Pick<Redis, "config">): Promise<string | null> {
  try {
    const answer = await redis.config("GET", "maxmemory-policy");
    const [, policy] = Array.isArray(answer) ? answer : [];
    return typeof policy === "string" ? policy : null;
  } catch {
    return null;
  }
}
