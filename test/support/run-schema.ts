// The shape of `unwedge run --json`, as docs/cli.md describes it: no key more, none less.

import { z } from "zod";

const pages = z.strictObject({
  total: z.int(),
  free: z.int(),
  programs: z.int(),
  writeback: z.int(),
  file: z.int(),
  packets: z.int(),
  kernel: z.int(),
  highatomic: z.int().nullable(),
});

const marks = z.strictObject({
  atomicPages: z.int(),
  minPages: z.int(),
  lowPages: z.int(),
  highPages: z.int(),
});

const machine = z.strictObject({
  name: z.string(),
  atNs: z.int(),
  pages,
  marks,
  rings: z.array(z.strictObject({ filled: z.int(), size: z.int() })),
  swap: z.strictObject({
    openRequests: z.int(),
    oldestNs: z.int(),
    usedPages: z.int(),
    totalPages: z.int(),
  }),
  sockets: z.array(
    z.strictObject({
      peer: z.string(),
      port: z.int(),
      count: z.int(),
      receivedPages: z.int(),
      sendingPages: z.int(),
      isMemalloc: z.boolean(),
    }),
  ),
  waits: z.array(
    z.strictObject({
      on: z.string(),
      tasks: z.array(z.strictObject({ name: z.string(), count: z.int() })),
      count: z.int(),
      longestNs: z.int(),
    }),
  ),
  runnableCount: z.int(),
});

const check = z.strictObject({
  id: z.string(),
  kind: z.string(),
  status: z.enum(["pass", "fail", "inconclusive"]),
  severity: z.enum(["error", "warn", "info"]),
  at: z.number(),
  value: z.union([z.number(), z.string()]).nullable(),
  expected: z.string(),
  anchor: z.string().nullable(),
  line: z.int(),
  message: z.string(),
});

const fault = z.strictObject({
  id: z.string(),
  name: z.string(),
  target: z.string(),
  injectedAt: z.number(),
  healedAt: z.number(),
  receipt: z.enum(["seen", "missing"]),
});

const party = z.strictObject({
  id: z.string(),
  name: z.string(),
  machine: z.string(),
  text: z.string(),
  sinceNs: z.number().nullable(),
  wants: z.array(
    z.array(
      z.strictObject({ resource: z.string(), units: z.number(), rule: z.string().optional() }),
    ),
  ),
  holds: z.array(z.strictObject({ resource: z.string(), units: z.number() })),
  gives: z.array(z.string()),
  isUseful: z.boolean(),
});

const certificate = z.strictObject({
  schema: z.literal("unwedge-certificate/v1"),
  machine: z.string(),
  atNs: z.number(),
  certainty: z.literal("certain").nullable(),
  sentences: z.array(
    z.strictObject({
      n: z.number().min(1),
      text: z.string(),
      rule: z.string().nullable(),
      sinceNs: z.number().nullable(),
      because: z.array(z.number()),
      parties: z.array(z.string()),
    }),
  ),
  cycle: z.array(z.string()),
  owners: z.array(z.strictObject({ owner: z.string(), pages: z.number(), by: z.string() })),
  marks: z.array(z.strictObject({ pages: z.number(), forbids: z.string() })),
  resources: z.array(
    z.strictObject({
      id: z.string(),
      kind: z.enum(["reusable", "consumable"]),
      units: z.number(),
      what: z.string(),
    }),
  ),
  stuck: z.array(party),
  moved: z.array(party),
});

export const runSchema = z.strictObject({
  schema: z.literal("unwedge-run/v1"),
  tool: z.string().startsWith("unwedge "),
  scenario: z.strictObject({ id: z.string(), sha: z.string().length(64) }),
  variant: z.string().nullable(),
  seed: z.int(),
  engine: z.enum(["virtual", "sockets"]),
  model: z.string(),
  policy: z.string().nullable(),
  set: z.array(z.string()),
  status: z.enum(["pass", "fail", "inconclusive"]),
  ending: z.enum(["judged", "wall-limit", "interrupted", "node-lost"]),
  verdict: z.enum(["recovers", "completes", "degraded", "wedged", "oom", "inconclusive"]),
  certainty: z.enum(["certain", "livelock", "suspected"]).nullable(),
  hash: z.union([z.string().length(16), z.literal("-")]),
  events: z.int(),
  started: z.iso.datetime(),
  wallSeconds: z.number(),
  simSeconds: z.number(),
  checks: z.array(check),
  faults: z.array(fault),
  explanation: z.strictObject({
    text: z.array(z.string()),
    cycle: z.array(z.string()),
    certificate: certificate.nullable(),
    pages: z.record(z.string(), pages),
    events: z.array(z.string()),
  }),
  machines: z.array(machine),
  artifacts: z.record(z.string(), z.string()),
  host: z.array(z.string()),
  repeat: z.string().startsWith("unwedge run "),
});

const interval = z.strictObject({ low: z.number().min(0), high: z.number().max(1) });

export const runsSchema = z.strictObject({
  schema: z.literal("unwedge-runs/v1"),
  runs: z.array(runSchema),
  tally: z.array(
    z.strictObject({
      variant: z.string().nullable(),
      runs: z.int(),
      passed: z.int(),
      verdicts: z.array(z.strictObject({ verdict: z.string(), count: z.int(), interval })),
    }),
  ),
});
