// Every key in Redis and every queue, in one table: what it is, who writes it, what bounds it. docs/reference/redis-keys.md
// prints it. Redis is an index of what goes on; the record of a run is its bundle on disk.

/** Before every name, so that a Redis that others use too is left in order: `unwedge wipe` removes these and no others. */
export const KEY_PREFIX = "unwedge:";

export interface KeyRow {
  readonly key: string;
  readonly type: "string" | "hash" | "stream" | "sorted set" | "BullMQ queue";
  readonly holds: string;
  readonly writer: string;
  /** What keeps it from growing without end. */
  readonly bound: string;
}

/** Entries that a node's stream of samples keeps: 100 s at 20 Hz. */
export const SAMPLES_KEPT = 2_000;
/** Events that the stream of all nodes keeps. */
export const EVENTS_KEPT = 10_000;
/** Events of one run that are kept. */
export const RUN_EVENTS_KEPT = 10_000;
/** Runs that the index keeps; the bundles of older ones are removed too. */
export const RUNS_KEPT = 200;
/** How long a request that was answered is remembered by its key, in s. */
export const IDEMPOTENCY_KEPT_S = 24 * 60 * 60;

/** How long the result of a run of a campaign is kept, in s. */
export const RESULTS_KEPT_S = 30 * 24 * 60 * 60;
/** Batches that one campaign has on the queue at once. */
export const BATCHES_QUEUED = 1_000;

/** A campaign that has said nothing for so long has ended without a word, in ms. */
export const CAMPAIGN_SILENCE_MS = 15_000;

export const KEYS = {
  state: {
    key: `${KEY_PREFIX}state`,
    type: "hash",
    holds: "the latest sample of each node, as JSON, by its name",
    writer: "nodes",
    bound: "one field a node",
  },
  samples: {
    key: `${KEY_PREFIX}samples:NODE`,
    type: "stream",
    holds: "samples of one node: field `sample`, JSON",
    writer: "that node",
    bound: `about ${SAMPLES_KEPT} entries`,
  },
  events: {
    key: `${KEY_PREFIX}events`,
    type: "stream",
    holds: "what happened on nodes: fields `node`, `event` (JSON)",
    writer: "nodes",
    bound: `about ${EVENTS_KEPT} entries`,
  },
  run: {
    key: `${KEY_PREFIX}run:ID`,
    type: "string",
    holds: "one run: what was asked, where it stands, verdict, where its bundle lies; JSON",
    writer: "coordinator",
    bound: `the newest ${RUNS_KEPT} runs`,
  },
  runs: {
    key: `${KEY_PREFIX}runs`,
    type: "sorted set",
    holds: "ids of runs by when they were asked for, in ms since 1970",
    writer: "coordinator",
    bound: `the newest ${RUNS_KEPT}`,
  },
  runEvents: {
    key: `${KEY_PREFIX}run:ID:events`,
    type: "stream",
    holds: "what happened in a run, numbered from 1: entry id `N-0`, field `event` (JSON)",
    writer: "coordinator",
    bound: `about ${RUN_EVENTS_KEPT} entries a run`,
  },
  idempotency: {
    key: `${KEY_PREFIX}idempotency:KEY`,
    type: "string",
    holds: "the answer that a request with this key was given, and the hash of what it asked; JSON",
    writer: "coordinator",
    bound: `${IDEMPOTENCY_KEPT_S / 3600} h`,
  },
  queue: {
    key: `${KEY_PREFIX}bull:runs:*`,
    type: "BullMQ queue",
    holds: "the queue of runs; job id is the run's id",
    writer: "BullMQ, in the coordinator",
    bound: `the newest ${RUNS_KEPT} jobs that are done`,
  },
  result: {
    key: `${KEY_PREFIX}result:HASH`,
    type: "hash",
    holds:
      "what became of one run of a campaign, by the hash of all that decides it: fields `run` (JSON) and, for each time that it was run to its end, `by:ID` (the worker)",
    writer: "workers",
    bound: `${RESULTS_KEPT_S / 86_400} days`,
  },
  campaigns: {
    key: `${KEY_PREFIX}campaigns`,
    type: "hash",
    holds: "how far each campaign that goes on is, as JSON, by an id of its own",
    writer: "`sweep`, `search`, `claims`, `matrix`; the coordinator takes out who is silent",
    bound: `one field a campaign, for ${CAMPAIGN_SILENCE_MS / 1_000} s after its last word`,
  },
  cells: {
    key: `${KEY_PREFIX}bull:cells-CORE:*`,
    type: "BullMQ queue",
    holds: "runs of campaigns that wait for a worker of that core, some seeds of one setting a job",
    writer: "BullMQ, in `sweep`, `search`, `claims`, `matrix` and workers",
    bound: `${BATCHES_QUEUED} jobs a campaign; those that are done are removed`,
  },
} as const satisfies Record<string, KeyRow>;

export const samplesKey = (node: string): string => `${KEY_PREFIX}samples:${node}`;
export const runKey = (id: string): string => `${KEY_PREFIX}run:${id}`;
export const runEventsKey = (id: string): string => `${KEY_PREFIX}run:${id}:events`;
export const idempotencyKey = (key: string): string => `${KEY_PREFIX}idempotency:${key}`;

export const resultKey = (hash: string): string => `${KEY_PREFIX}result:${hash}`;

/** BullMQ puts its own keys under `PREFIX:QUEUE:`. */
export const QUEUE = { prefix: `${KEY_PREFIX}bull`, name: "runs" } as const;
/** A queue for each core: no worker is asked for runs that it would make otherwise. */
export const cellsQueue = (core: string): string => `cells-${core}`;
