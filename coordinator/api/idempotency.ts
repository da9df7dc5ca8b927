// A request that is sent again with the same key is answered as it was the first time, and does nothing again.
//
// Kept in memory and, for a restart, in Redis: who repeats a request across both being lost gets what two requests get.

import { createHash } from "node:crypto";
import type { Redis } from "ioredis";
import { IDEMPOTENCY_KEPT_S, idempotencyKey } from "#wire/keys.ts";
import { Problem } from "./problem.ts";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Remembered {
  readonly asked: string;
  readonly answer: Answer;
}

/** Keys kept in memory; older ones are looked up in Redis. */
const KEPT = 1_000;
const KEY = /^[\w.:-]{1,100}$/;

export class Idempotency {
  readonly #redis: Redis;
  /** Insertion order is age. */
  readonly #known = new Map<string, Promise<Remembered>>();

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** What `work` answers; what it answered before if the key was used before. */
  async answer(
    key: string | undefined,
    asked: unknown,
    work: () => Promise<Answer>,
  ): Promise<Answer> {
    if (key === undefined || !KEY.test(key))
      throw new Problem(
        400,
        "Idempotency-Key: expected 1 to 100 letters, digits, or any of . : _ -",
      );
    const hash = createHash("sha256").update(JSON.stringify(asked)).digest("hex");
    const known = this.#known.get(key) ?? this.#remember(key, hash, work);
    const { asked: first, answer } = await known;
    if (first !== hash) throw new Problem(422, "this Idempotency-Key was used for another request");
    return answer;
  }

  #remember(key: string, hash: string, work: () => Promise<Answer>): Promise<Remembered> {
    const remembered = this.#recall(key).then(async (before) => {
      if (before !== null) return before;
      const made = { asked: hash, answer: await work() };
      await this.#keep(key, made);
      return made;
    });
    this.#known.set(key, remembered);
    // A request that failed may be tried again.
    remembered.catch(() => this.#known.delete(key));
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= KEPT) break;
      this.#known.delete(oldest);
    }
    return remembered;
  }

  async #recall(key: string): Promise<Remembered | null> {
    const text = await this.#redis.get(idempotencyKey(key)).catch(() => null);
    if (text === null) return null;
    const parsed: unknown = JSON.parse(text);
    return isRemembered(parsed) ? parsed : null;
  }

  async #keep(key: string, made: Remembered): Promise<void> {
    const text = JSON.stringify(made);
    await this.#redis.set(idempotencyKey(key), text, "EX", IDEMPOTENCY_KEPT_S).catch(() => null);
  }
}

function isRemembered(value: unknown): value is Remembered {
  return typeof value === "object" && value !== null && "asked" in value && "answer" in value;
}
