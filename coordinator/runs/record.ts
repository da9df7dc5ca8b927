// One run as the coordinator knows it: plain data, the same in memory, on disk, in Redis and in the API.

import { z } from "zod";

/** Long enough for any name there is, short enough to be a file's. */
const name = z.string().regex(/^[A-Za-z0-9][\w.-]{0,63}$/);

/** Slower than this a minute of the machines is a quarter of an hour, and nobody waits for it. */
export const SLOWDOWN_MAX = 16;

export const RunRequest = z.strictObject({
  scenario: name.describe("name of a shipped scenario"),
  variant: name.nullish().transform(orNull).describe("the first one by default"),
  seed: z.int().min(0).max(4_294_967_295).nullish().transform(orNull),
  policy: name.nullish().transform(orNull).describe("policy of every machine"),
  set: z
    .array(z.string().regex(/^[\w.*>-]{1,100}=.{1,100}$/s))
    .max(50)
    .default([])
    .describe("path=value, as --set"),
  foreign: z
    .array(name)
    .max(10)
    .default([])
    .describe("hosts that somebody else plays: whoever calls where a node publishes a port"),
  slowdown: z
    .number()
    .min(1)
    .max(SLOWDOWN_MAX)
    .nullish()
    .transform(orNull)
    .describe("host time per machine time; by default as fast as the host can keep up with"),
});
export type RunRequest = z.infer<typeof RunRequest>;

function orNull<T>(value: T | null | undefined): T | null {
  return value ?? null;
}

export const RUN_STATES = ["queued", "running", "ended"] as const;

export const RunRecord = z.object({
  id: z.string(),
  request: RunRequest,
  state: z.enum(RUN_STATES),
  /** ms since 1970. */
  askedAtMs: z.number(),
  startedAtMs: z.number().nullable(),
  endedAtMs: z.number().nullable(),
  /** What was run: decided when it starts. */
  variant: z.string().nullable(),
  seed: z.number().nullable(),
  /** What it was run on, and how much slower than life; null: it has not begun, or an earlier version wrote it. */
  engine: z.string().nullable().default(null),
  slowdown: z.number().nullable().default(null),
  phase: z.string().nullable(),
  verdict: z.string().nullable(),
  certainty: z.string().nullable(),
  status: z.enum(["pass", "fail", "inconclusive"]).nullable(),
  /** Sentences: why it ended so, what was not seen of it. */
  why: z.array(z.string()),
  /** Whatever else the engine says of it: checks, faults with receipts, certificate. */
  report: z.unknown(),
  /** Events so far. */
  events: z.number(),
});
export type RunRecord = z.infer<typeof RunRecord>;

export interface RunEvent {
  /** From 1, without gaps. */
  readonly n: number;
  readonly atMs: number;
  readonly type: string;
  readonly [field: string]: unknown;
}

export const newRecord = (id: string, request: RunRequest, askedAtMs: number): RunRecord => ({
  id,
  request,
  state: "queued",
  askedAtMs,
  startedAtMs: null,
  endedAtMs: null,
  variant: request.variant,
  seed: request.seed,
  engine: null,
  slowdown: null,
  phase: null,
  verdict: null,
  certainty: null,
  status: null,
  why: [],
  report: null,
  events: 0,
});

/** A run that could not be brought to its verdict is no pass, and says why. */
export const inconclusive = (record: RunRecord, why: string, endedAtMs: number): RunRecord => ({
  ...record,
  state: "ended",
  endedAtMs,
  verdict: "inconclusive",
  status: "inconclusive",
  why: [...record.why, why],
});
