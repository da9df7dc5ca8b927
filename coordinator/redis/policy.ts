// Whether a Redis may be trusted with a queue: one that evicts keys when it is full loses runs without a word.

import { Redis } from "ioredis";
import { UnwedgeError } from "#base/error.ts";

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
  // What connect() rejects with only says that the connection is closed; this says why.
  let why: unknown;
  redis.on("error", (error) => {
    why = error;
  });
  try {
    await redis.connect().catch((error: unknown) => {
      throw why ?? error;
    });
    await redis.ping();
    return await evictionComplaint(redis);
  } finally {
    redis.disconnect();
  }
}

/** HOST:PORT of a Redis, for people: its password is nobody's to read. Throws UnwedgeError when `url`, given as `name`, is none. */
export function redisHost(url: string, name: string): string {
  if (URL.canParse(url) && /^rediss?:$/.test(new URL(url).protocol)) return new URL(url).host;
  throw new UnwedgeError("usage", `${name}: expected redis://HOST:PORT`);
}

/** The same. Throws UnwedgeError unless it answers and keeps what it is told. */
export async function requireRedis(url: string, name: string): Promise<string> {
  const host = redisHost(url, name);
  const complaint = await redisComplaint(url).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    const fix = `start it (redis-server --appendonly yes), or see that ${name} is right`;
    throw new UnwedgeError("unavailable", `Redis at ${host} does not answer (${why}): ${fix}`, {
      cause,
    });
  });
  if (complaint !== null) throw new UnwedgeError("unavailable", `${host}: ${complaint}`);
  return host;
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
