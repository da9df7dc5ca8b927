// The schema of a scenario, version 1: types, validation and the published JSON Schema from this one source.
//
// It says what shape a document has. What its names mean to each other (anchors, servers, metrics, sizes that fit) is the
// business of lint.ts and of build-*.ts.

import { z } from "zod";
import { eras, RING_TIMES } from "#kernel/index.ts";
import { nodeSchema } from "./schema-nodes.ts";
import {
  bandwidth,
  count,
  duration,
  flag,
  listOf,
  mapOf,
  name,
  oneOf,
  ratio,
  said,
  size,
  strict,
  text,
} from "./schema-parts.ts";
import { checkSchema, stepSchema, trafficSchema } from "./schema-steps.ts";

export const SCHEMA_NAME = "unwedge/v1";
const ENGINES = ["virtual", "sockets", "kernel"] as const;
export type EngineName = (typeof ENGINES)[number];

const scale = z.number({ error: ({ input }) => `${said(input)}; expected a number` }).positive();

const engine = strict(
  {
    default: oneOf(ENGINES, "what `run` takes").optional(),
    allow: listOf(oneOf(ENGINES, "an engine"), "where the scenario makes sense").optional(),
    maxTime: duration({
      positive: true,
      about: "a run that is not judged by then is inconclusive",
    }).optional(),
    wallLimit: duration({ positive: true, about: "of the host's time" }).optional(),
    sample: duration({ positive: true, about: "sampling step" }).optional(),
    scale: strict(
      { virtual: scale.optional(), sockets: scale.optional(), kernel: scale.optional() },
      "shrinks every memory size, by engine",
    ).optional(),
  },
  "settings of the engine",
);

export const linkSchema = strict(
  {
    latency: duration({ about: "one way" }).optional(),
    jitter: duration({ about: "uniform extra delay, order kept" }).optional(),
    bandwidth: bandwidth({ positive: true }).optional(),
    loss: ratio({ about: "share of segments lost" }).optional(),
  },
  "how a link treats what it carries",
).meta({ id: "link" });

export const policySchema = strict(
  {
    extends: text("a preset, or another name under policies"),
    era: oneOf(eras, "which kernel's rules apply otherwise").optional(),
    reserve: text("who may dig below the marks").optional(),
    receive: text("what may be received when memory is short").optional(),
    reclaim: text("how many pages a round scans").optional(),
    throttle: text("who waits before reclaiming").optional(),
    limits: text("who passes the TCP memory limit").optional(),
    criticality: text("what is marked as needed to free memory").optional(),
  },
  "a policy that extends another",
).meta({ id: "policy" });

const axis = strict(
  {
    path: text("what is varied, as in `set`"),
    values: z.array(z.unknown()).min(1).optional(),
    from: z.unknown().optional(),
    to: z.unknown().optional(),
    steps: count(2, "values between from and to").optional(),
    scale: oneOf(["linear", "log2"], "evenly, or each twice the one before").optional(),
  },
  "an axis",
).meta({ id: "axis" });

const variant = strict(
  {
    about: text("what differs, in a sentence").optional(),
    set: z
      .record(z.string(), z.unknown(), {
        error: ({ input }) => `${said(input)}; expected a map from paths to values`,
      })
      .meta({ description: "path → value; * stands for every entry that has the next key" })
      .optional(),
    checks: listOf(checkSchema, "same id: replaces; new id: adds").optional(),
    replaceChecks: flag("only these checks").optional(),
  },
  "a variant",
);

export const ringSchema = strict(
  {
    members: z.array(name("machine or swap server")).min(3),
    lock: z.array(name("swap server")).optional(),
    times: oneOf(Object.keys(RING_TIMES), "how long they wait for the token").optional(),
    locked: flag("mlockall").optional(),
    critical: flag("whether their sockets are marked critical").optional(),
    memory: size({ positive: true, about: "what each touches when it wakes" }).optional(),
  },
  "nodes that agree on who is there",
);
export type RingSource = z.output<typeof ringSchema>;

export const sweepSchema = strict(
  {
    id: name("of the sweep"),
    variant: name("which variant is swept").optional(),
    x: axis,
    y: axis.optional(),
    refine: oneOf(["grid", "boundary"], "where more points go").optional(),
    seedsPerPoint: count(1, "runs per point").optional(),
  },
  "a sweep",
);

export const searchSchema = strict(
  {
    id: name("of the search"),
    variant: name("which variant is searched").optional(),
    minimise: axis,
    until: name("the check that must pass"),
    confidence: z.number().gt(0).lt(1).optional(),
    checkMonotone: flag("also try values beyond the answer").optional(),
  },
  "a search",
);

const compare = strict(
  {
    id: name("of the comparison"),
    expr: text("a claim over variants"),
    reference: z.number().optional(),
    source: text("where the reference comes from").optional(),
    severity: oneOf(["error", "warn", "info"], "what it means when it fails").optional(),
  },
  "a comparison between variants",
);

const parameter = z.union([z.string(), z.number(), z.boolean()], {
  error: ({ input }) => `${said(input)}; expected text, a number or a truth value`,
});

export const scenarioSchema = strict(
  {
    schema: z.literal(SCHEMA_NAME, {
      error: ({ input }) => `${said(input)}; expected ${SCHEMA_NAME}`,
    }),
    id: z
      .string({ error: ({ input }) => `${said(input)}; expected a name` })
      .regex(/^[a-z][a-z0-9-]{1,62}$/, {
        error: ({ input }) => `${said(input)}; expected 2 to 63 of a-z, 0-9 and -, a letter first`,
      }),
    title: text("one line"),
    story: text("Markdown, shown beside the run").optional(),
    refs: listOf(z.string(), "the mails this comes from").optional(),
    tags: listOf(z.string(), "for finding it").optional(),
    seed: count(0, "of the first run").optional(),
    runs: count(1, "seeds seed to seed + runs - 1").optional(),
    engine: engine.optional(),
    params: mapOf(
      parameter,
      "values by name, filled in where a text asks for them; --set name=value",
    ).optional(),
    nodes: mapOf(nodeSchema, "machines, clients, servers by name"),
    links: mapOf(linkSchema, '"A->C", "A<->C" or "*<->*"').optional(),
    policies: mapOf(policySchema, "policies of this scenario by name").optional(),
    ring: ringSchema.optional(),
    traffic: listOf(trafficSchema, "load from one node on another").optional(),
    timeline: listOf(stepSchema, "what happens, and when"),
    checks: listOf(checkSchema, "what must hold"),
    variants: mapOf(variant, "the same scenario with something else").optional(),
    compare: listOf(compare, "claims over several variants").optional(),
    sweep: listOf(sweepSchema, "a study over one or two values").optional(),
    search: listOf(searchSchema, "the smallest value that does").optional(),
  },
  "a scenario",
);

export type ScenarioSource = z.output<typeof scenarioSchema>;

/** The published JSON Schema: what an editor checks against while one types. */
export function jsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(scenarioSchema, { io: "input", reused: "inline" });
  return { ...schema, title: "Unwedge scenario, version 1" };
}
