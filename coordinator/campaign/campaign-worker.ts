// Runs batches from the queue of its core on threads, and leaves each result where everybody finds it.
//
// The thread that talks to Redis does nothing else, so locks are renewed in time. A worker that is killed loses what its
// threads were at: BullMQ sees its locks run out and gives its batches to others, who find the results that were left.
// Two that run the same leave the same result.

import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { type Job, WaitingError, Worker } from "bullmq";
import type { Redis } from "ioredis";
import { type StudyJob, StudyPool } from "#coordinator/study/index.ts";
import { cellsQueue, QUEUE, RESULTS_KEPT_S, resultKey } from "#wire/keys.ts";
import { requireRedis } from "../redis/policy.ts";
import { type BatchData, batchText } from "./batch.ts";
import { patientRedis } from "./connection.ts";
import { coreHash } from "./core.ts";

export interface CampaignWorkerParts {
  readonly redisUrl: string;
  /** How the URL was given, for whoever has to correct it. */
  readonly urlName: string;
  /** null: one for each processor. */
  readonly threads: number | null;
  /** Hears lines for people. */
  readonly say: (line: string) => void;
  /** How long a batch stays with a worker that is not heard of any more, in ms; ten seconds when nothing is said. */
  readonly lockMs?: number;
}

const LOCK_MS = 10_000;
/** So many workers may die at one batch; with the next it is held to be the reason. */
const DEATHS_MAX = 5;
/** When a queue that could not be asked is asked again, in ms. */
const ASK_AGAIN_MS = 500;

export class CampaignWorker {
  readonly name = `${hostname()}-${process.pid}`;
  readonly core = coreHash();
  readonly host: string;
  readonly #say: (line: string) => void;
  readonly #redis: Redis;
  readonly #pool: StudyPool;
  readonly #worker: Worker<BatchData, void>;
  #isStopping = false;

  private constructor(parts: CampaignWorkerParts, host: string) {
    const { redisUrl, threads, say, lockMs = LOCK_MS } = parts;
    this.host = host;
    this.#say = say;
    this.#redis = patientRedis(redisUrl, say);
    this.#pool = new StudyPool({ threads });
    this.#worker = new Worker(cellsQueue(this.core), (job, token) => this.#work(job, token), {
      connection: this.#redis,
      prefix: QUEUE.prefix,
      name: this.name,
      concurrency: this.#pool.threads,
      lockDuration: lockMs,
      stalledInterval: Math.ceil(lockMs / 2),
      maxStalledCount: DEATHS_MAX,
      runRetryDelay: ASK_AGAIN_MS,
    });
    this.#worker.on("error", () => undefined);
  }

  /** Resolves when it takes batches. Throws UnwedgeError unless Redis answers and keeps what it is told. */
  static async start(parts: CampaignWorkerParts): Promise<CampaignWorker> {
    const worker = new CampaignWorker(parts, await requireRedis(parts.redisUrl, parts.urlName));
    await worker.#worker.waitUntilReady();
    return worker;
  }

  get threads(): number {
    return this.#pool.threads;
  }

  /** Takes nothing more, ends what its threads are at and gives the batches back: others go on with what is missing. */
  async close(): Promise<void> {
    this.#isStopping = true;
    // Without Redis there is nobody to give them back to: their locks run out.
    const closed = this.#worker.close(this.#redis.status !== "ready");
    this.#pool.stop();
    await closed;
    await this.#pool.close();
    this.#redis.disconnect();
  }

  async #work(job: Job<BatchData, void>, token?: string): Promise<void> {
    const { cell, seeds, hashes } = job.data;
    const isKnown = await Promise.all(hashes.map((hash) => this.#redis.exists(resultKey(hash))));
    const missing = seeds.flatMap((seed, i) => (isKnown[i] === 1 ? [] : [{ seed, i }]));
    const ends = await Promise.allSettled(
      missing.map(({ seed, i }) => this.#run({ ...cell, seed }, hashes[i] ?? "")),
    );
    const done = ends.filter(({ status }) => status === "fulfilled").length;
    const failed = ends.find((end) => end.status === "rejected");
    const known = seeds.length - missing.length;
    const said = `${batchText(job.data)}: ${done} run${known === 0 ? "" : `, ${known} known`}`;
    if (failed === undefined) {
      this.#say(said);
      return;
    }
    if (!this.#isStopping) throw failed.reason;
    this.#say(`${said}, given back`);
    await job.moveToWait(token);
    throw new WaitingError();
  }

  async #run(job: StudyJob, hash: string): Promise<void> {
    const run = await this.#pool.run(job);
    const key = resultKey(hash);
    // Each may be sent twice when Redis goes away in between, and does the same again.
    await this.#redis.hset(key, { run: JSON.stringify(run), [`by:${randomUUID()}`]: this.name });
    await this.#redis.expire(key, RESULTS_KEPT_S);
  }
}
