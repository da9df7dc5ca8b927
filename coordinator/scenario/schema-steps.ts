// The schema of what happens and of what must hold: traffic, the timeline, the checks.

import { z } from "zod";
import { faults, isFaultName } from "#faults/index.ts";
import { patterns } from "#traffic/patterns/index.ts";
import {
  count,
  duration,
  flag,
  KNOWN,
  listOf,
  mapOf,
  name,
  oneOf,
  rate,
  said,
  size,
  strict,
  text,
} from "./schema-parts.ts";

const rampStep = strict(
  { to: rate(), over: duration() },
  "a change of the rate: to this, over that time",
);

const load = z.discriminatedUnion(
  "model",
  [
    strict(
      {
        model: z.literal("open"),
        pattern: oneOf(["constant", ...otherPatterns()], "how arrivals spread").optional(),
        rate: rate({ about: "requests per second over all connections" }),
        ramp: listOf(rampStep, "changes of the rate, one after another").optional(),
      },
      "load that comes whether or not it is answered",
    ),
    strict(
      {
        model: z.literal("closed"),
        think: duration({ about: "from an answer to the next request" }).optional(),
      },
      "load that waits for each answer",
    ),
  ],
  { error: ({ input }) => `${said(tagOf(input, "model"))}${KNOWN}open, closed` },
);

function otherPatterns(): string[] {
  return Object.keys(patterns).filter((pattern) => pattern !== "constant");
}

export const trafficSchema = strict(
  {
    id: name("of this traffic"),
    from: name("the node that sends"),
    to: text("node/service"),
    protocol: oneOf(["http", "udp"], "default: what the service speaks").optional(),
    connections: count(1, "connections the load is spread over").optional(),
    payload: size({ positive: true, about: "body of one request" }).optional(),
    load,
    critical: flag("over critical sockets; while it runs its machine is in emergency").optional(),
    start: z
      .union([z.literal("manual"), duration()], {
        error: ({ input }) => `${said(input)}; expected a duration such as 2 s, or manual`,
      })
      .meta({ description: "when it starts; manual: when load.start names it" })
      .optional(),
    for: duration({
      positive: true,
      about: "how long; default: until the run is judged",
    }).optional(),
    onStop: oneOf(["reset", "stay"], "what becomes of its connections when it stops").optional(),
  },
  "a load with id, from, to and load",
).meta({ id: "traffic" });

const FAULT_NAMES = Object.keys(faults);
const VERBS = ["mark", "snapshot"] as const;

export const stepSchema = strict(
  {
    id: name("an anchor for `after`").optional(),
    phase: name("the phase that begins here").optional(),
    at: duration({ about: "since the start of the run" }).optional(),
    after: text("an anchor: a step's id, or ID.healed of a fault").optional(),
    when: text("a claim, looked at in each sampling step").optional(),
    within: duration({ positive: true, about: "how long `when` is waited for" }).optional(),
    delay: duration({ about: "waited after `after` or `when`" }).optional(),
    fault: z
      .string({ error: ({ input }) => `${said(input)}${KNOWN}${FAULT_NAMES.join(", ")}` })
      .refine(isFaultName, {
        error: ({ input }) => `${said(input)}${KNOWN}${FAULT_NAMES.join(", ")}`,
      })
      .meta({ enum: FAULT_NAMES, description: "what goes wrong" })
      .optional(),
    on: text("what it strikes: a node, `A, B`, A->C, A<->C, a traffic's id, A/task").optional(),
    with: mapOf(z.string(), "the fault's arguments").optional(),
    for: duration({ positive: true, about: "heals by itself after this long" }).optional(),
    heal: name("the step whose fault is healed").optional(),
    do: oneOf(VERBS, "anything else").optional(),
  },
  "a step of the timeline",
).meta({ id: "step" });

export const VERDICTS = ["recovers", "completes", "degraded", "wedged", "oom"] as const;

/** A word or a list of words: the one that is not known is quoted. */
function verdictError(input: unknown): string {
  const known: readonly unknown[] = VERDICTS;
  if (Array.isArray(input) && input.length < 2) return "is a list of one; expected two or more";
  const wrong: unknown = Array.isArray(input) ? input.find((word) => !known.includes(word)) : input;
  return `${said(wrong)}${KNOWN}${VERDICTS.join(", ")}`;
}

const expression = (about: string) => text(about).optional();

export const checkSchema = strict(
  {
    id: name("a check of the same id in a variant takes its place"),
    about: text("why it is there").optional(),
    verdict: z
      .union(
        [oneOf(VERDICTS, "the verdict of the run"), z.array(oneOf(VERDICTS, "one of them")).min(2)],
        {
          error: ({ input }) => verdictError(input),
        },
      )
      .meta({ description: "the verdict of the run; or a list: one of them, as seeds differ" })
      .optional(),
    always: expression("must hold in every sampling step"),
    never: expression("must hold in no sampling step"),
    sometimes: expression("must hold in some sampling step, or the run is inconclusive"),
    eventually: expression("must come to hold within `within` and stay for `stays`"),
    threshold: expression("about max, min, mean, p, rate, count over a window"),
    cycle: listOf(z.string(), "a cycle of waits the report must name").optional(),
    during: name("only while this phase lasts").optional(),
    after: text("only from this anchor on").optional(),
    within: duration({ positive: true }).optional(),
    stays: duration().optional(),
    window: duration({ positive: true, about: "asked once for each such span" }).optional(),
    settle: duration({ positive: true, about: "what the run is given after healing" }).optional(),
    severity: oneOf(["error", "warn", "info"], "what it means when it fails").optional(),
    abortOnFail: flag("end the run as soon as it fails").optional(),
  },
  "a check with an id and one claim",
).meta({ id: "check" });

export type TrafficSource = z.output<typeof trafficSchema>;
export type StepSource = z.output<typeof stepSchema>;
export type CheckSource = z.output<typeof checkSchema>;
export type VerdictName = (typeof VERDICTS)[number];

const tagOf = (input: unknown, tag: string): unknown =>
  typeof input === "object" && input !== null ? Reflect.get(input, tag) : input;
