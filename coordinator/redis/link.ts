// The coordinator's connection to Redis for everything but the queue: it never waits for Redis, and says once when it goes
// and once when it comes back.

import { Redis } from "ioredis";
import type { Logger } from "pino";
import { evictionComplaint } from "./policy.ts";
import { retryStrategy } from "./retry.ts";

export interface RedisLinkParts {
  readonly url: string;
  readonly log: Logger;
  /** It answers again, or for the first time. */
  readonly onReady: () => void;
}

export class RedisLink {
  readonly redis: Redis;
  /** Why runs must not be trusted to it; null: they may. */
  complaint: string | null = null;
  #wasThere = false;

  constructor({ url, log, onReady }: RedisLinkParts) {
    this.redis = new Redis(url, {
      maxRetriesPerRequest: 1,
      enableOfflineQueue: false,
      connectTimeout: 5_000,
      commandTimeout: 5_000,
      retryStrategy,
    });
    this.redis.on("error", ({ message }: Error) => log.debug({ err: message }, "redis"));
    this.redis.on("ready", () => {
      log.info("Redis answers");
      this.#wasThere = true;
      onReady();
      this.#judge(log);
    });
    this.redis.on("close", () => {
      if (this.#wasThere) log.warn("Redis is gone; runs go on, their record is on disk");
      this.#wasThere = false;
    });
  }

  get isThere(): boolean {
    return this.redis.status === "ready";
  }

  #judge(log: Logger): void {
    evictionComplaint(this.redis).then(
      (complaint) => {
        this.complaint = complaint;
        if (complaint !== null) log.error(complaint);
      },
      (error: unknown) => log.debug({ err: String(error) }, "redis"),
    );
  }

  close(): void {
    this.#wasThere = false;
    this.redis.disconnect();
  }
}
