// Many runs, put on a queue for workers that are anywhere, and their results collected.
//
// It goes by what is in Redis and not by what is told of it: a run is over when its result is there, and a batch of which
// neither results nor job are there is put on the queue (again). So it does not matter who ended in the middle, this
// command, a worker or Redis, nor whether somebody else asks for the same runs.

import { randomUUID } from "node:crypto";
import { setTimeout as rest } from "node:timers/promises";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { UnwedgeError } from "#base/error.ts";
import type { StudyJob, StudyRun } from "#coordinator/study/index.ts";
import { BATCHES_QUEUED, cellsQueue, QUEUE, resultKey } from "#wire/keys.ts";
import { requireRedis } from "../redis/policy.ts";
import { type Batch, type BatchData, batchesOf, batchText } from "./batch.ts";
import { CampaignBoard, campaignTitle } from "./campaign-board.ts";
import { patientRedis } from "./connection.ts";
import { coreHash } from "./core.ts";

/** How often it is looked what has become of them, in ms, and of many so that looking takes a twentieth of the time. */
const LOOK_EVERY_MS = 250;
const LOOK_SHARE = 20;
/** Of what BullMQ tells of the queue. */
const EVENTS_KEPT = 100;
/** How long a job that failed can be looked at, in s. */
const FAILED_KEPT_S = 24 * 60 * 60;

type OnRun = (run: StudyRun, place: number) => void;

export class Campaign {
  readonly #core = coreHash();
  readonly #host: string;
  readonly #say: (line: string) => void;
  readonly #redis: Redis;
  readonly #queue: Queue<BatchData>;
  readonly #stop = new AbortController();
  readonly #stopped: Promise<never>;

  private constructor(url: string, host: string, say: (line: string) => void) {
    this.#host = host;
    this.#say = say;
    this.#redis = patientRedis(url, say);
    this.#queue = new Queue(cellsQueue(this.#core), {
      connection: this.#redis,
      prefix: QUEUE.prefix,
      // Nobody listens, and each core leaves its stream behind.
      streams: { events: { maxLen: EVENTS_KEPT } },
      defaultJobOptions: { removeOnComplete: true, removeOnFail: { age: FAILED_KEPT_S } },
    });
    this.#queue.on("error", () => undefined);
    this.#stopped = new Promise((_, reject) => {
      this.#stop.signal.addEventListener("abort", () => reject(this.#stop.signal.reason));
    });
    this.#stopped.catch(() => undefined);
  }

  /** `say` hears lines for people. Throws UnwedgeError unless Redis, given as `name`, answers and keeps what it is told. */
  static async open(url: string, name: string, say: (line: string) => void): Promise<Campaign> {
    return new Campaign(url, await requireRedis(url, name), say);
  }

  /** The runs of all jobs, in their order; `onRun` hears of each when its result is there. */
  async runAll(jobs: readonly StudyJob[], onRun: OnRun = () => {}): Promise<readonly StudyRun[]> {
    const runs: StudyRun[] = [];
    const told = { title: campaignTitle(jobs), runs: jobs.length, done: 0 };
    const tell: OnRun = (run, place) => {
      runs[place] = run;
      told.done++;
      onRun(run, place);
    };
    const board = new CampaignBoard(this.#redis, randomUUID());
    const look = async (): Promise<number> => {
      const tookMs = await this.#look(open, tell);
      if (open.length > 0) await board.tell(told);
      return tookMs;
    };
    const open = batchesOf(jobs, this.#core).map((batch) => new OpenBatch(batch));
    const { signal } = this.#stop;
    try {
      let lookMs = await this.#unlessStopped(look());
      if (open.length > 0) await this.#unlessStopped(this.#sayWhoWorks());
      while (open.length > 0) {
        await rest(Math.max(LOOK_EVERY_MS, LOOK_SHARE * lookMs), undefined, { signal });
        lookMs = await this.#unlessStopped(look());
      }
      return runs;
    } catch (error) {
      if (signal.aborted) await this.#takeBack(open);
      throw error;
    } finally {
      await board.clear().catch(() => undefined);
    }
  }

  /** What is waited for fails; what no worker has begun is taken off the queue. */
  stop(): void {
    this.#stop.abort();
  }

  async close(): Promise<void> {
    await this.#queue.close().catch(() => undefined);
    this.#redis.disconnect();
  }

  /** While Redis is away everything waits, but not for ever when somebody wants to stop. */
  #unlessStopped<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#stopped]);
  }

  /**
   * The first so many that are open: results that have come are told, jobs that are nowhere put on the queue. Gives how
   * long it took, in ms.
   */
  async #look(open: OpenBatch[], tell: OnRun): Promise<number> {
    const startMs = performance.now();
    const looked = open.slice(0, BATCHES_QUEUED);
    try {
      await this.#ask(looked, tell);
      await this.#putOnQueue(looked.filter(({ missing }) => missing.length > 0));
    } catch (error) {
      // Redis went away in the middle of an answer. We look again.
      if (!(error instanceof Error && error.name === "AbortError")) throw error;
    }
    const left = looked.filter(({ missing }) => missing.length > 0);
    open.splice(0, looked.length, ...left);
    return performance.now() - startMs;
  }

  async #ask(looked: readonly OpenBatch[], tell: OnRun): Promise<void> {
    const pipeline = this.#redis.pipeline();
    for (const { batch, missing } of looked) {
      // The job first: one that is gone has left its results before.
      pipeline.hmget(this.#queue.toKey(batch.id), "timestamp", "failedReason");
      for (const i of missing) pipeline.hget(resultKey(batch.hashes[i] ?? ""), "run");
    }
    const answers = ((await pipeline.exec()) ?? []).map(([error, answer]) => {
      if (error !== null) throw error;
      return answer;
    });
    const next = answers.values();
    for (const each of looked) {
      const [since, failure] = next.next().value as (string | null)[];
      each.isQueued = since !== null;
      each.failure = failure ?? null;
      each.missing = each.missing.filter((i) => {
        const text = next.next().value as string | null;
        if (text !== null) tell(JSON.parse(text), each.batch.places[i] ?? 0);
        return text === null;
      });
    }
  }

  async #putOnQueue(left: readonly OpenBatch[]): Promise<void> {
    for (const each of left.filter(({ failure }) => failure !== null)) {
      if (each.isAsked)
        throw new UnwedgeError("internal", `${batchText(each.batch)}: ${each.failure}`);
      // What failed for somebody before us may do so again; then it is for us to say.
      await this.#queue.remove(each.batch.id);
      each.isQueued = false;
    }
    const absent = left.filter(({ isQueued }) => !isQueued);
    await this.#queue.addBulk(
      absent.map(({ batch: { id, cell, seeds, hashes } }) => ({
        name: "batch",
        data: { cell, seeds, hashes },
        opts: { jobId: id },
      })),
    );
    for (const each of left) each.isAsked = true;
  }

  async #sayWhoWorks(): Promise<void> {
    // Some that are hosted do not say who is connected.
    const count = await this.#queue.getWorkersCount().catch(() => null);
    if (count !== 0) return;
    this.#say(
      `no worker of this core (${this.#core}) is at ${this.#host} yet; to have one: unwedge worker --redis redis://${this.#host}`,
    );
  }

  async #takeBack(open: readonly OpenBatch[]): Promise<void> {
    if (this.#redis.status !== "ready") return;
    // A worker's own it keeps, and finishes.
    const asked = open.filter(({ isAsked }) => isAsked);
    await Promise.allSettled(asked.map(({ batch }) => this.#queue.remove(batch.id)));
  }
}

/** A batch of which not all results are there. */
class OpenBatch {
  readonly batch: Batch;
  /** Of its runs, those whose results are not. */
  missing: readonly number[];
  /** Its job is in Redis: waits, is worked on, or has failed. */
  isQueued = false;
  /** We have waited for it. */
  isAsked = false;
  failure: string | null = null;

  constructor(batch: Batch) {
    this.batch = batch;
    this.missing = batch.seeds.map((_, i) => i);
  }
}
