// A run on a cluster that is up, as `unwedge run --engine cluster` has it: asked of the coordinator, followed by its stream of
// events, told as any other run. The coordinator keeps the record; Ctrl-C ends the run there too.

import type { RunResult } from "#coordinator/scenario/index.ts";
import type { Certificate } from "#explain/index.ts";
import {
  askCluster,
  askForRun,
  type ClusterAt,
  type Fields,
  fieldsOf,
  isFields,
} from "./cluster-client.ts";
import type { Io } from "./io.ts";
import type { PlannedRun } from "./run-plan.ts";
import type { RunEnd } from "./run-report.ts";
import { eventsOf } from "./server-events.ts";

export interface ClusterCrank {
  readonly io: Pick<Io, "nowMs" | "err">;
  readonly isQuiet: boolean;
  readonly isStopped: () => boolean;
}

/** How often it is looked whether somebody wants to stop, in ms. */
const LOOK_EVERY_MS = 100;

export interface ClusterOptions {
  readonly at: ClusterAt;
  readonly slowdown: number | null;
  /** Hosts that somebody else plays: whoever calls. */
  readonly foreign: readonly string[];
}

export async function runOnCluster(
  planned: PlannedRun,
  { at, slowdown, foreign }: ClusterOptions,
  crank: ClusterCrank,
): Promise<RunEnd> {
  const { scenario, variant, seed, policy, settings } = planned;
  const startMs = crank.io.nowMs();
  const wish = { scenario, variant, seed, policy, set: settings, slowdown, foreign };
  const id = await askForRun(at, wish);
  const path = `/api/v1/runs/${encodeURIComponent(id)}`;
  const isStopped = await followed(at, path, crank);
  if (isStopped) await askCluster(at, "DELETE", path);
  const record = fieldsOf(await askCluster(at, "GET", path));
  return endOf(record, { at, id, isStopped, wallMs: crank.io.nowMs() - startMs });
}

/** To its end, or until somebody wants to stop: which of them. A stream that breaks is taken up where it broke. */
async function followed(at: ClusterAt, path: string, crank: ClusterCrank): Promise<boolean> {
  const stop = new AbortController();
  const look = setInterval(() => {
    if (crank.isStopped()) stop.abort();
  }, LOOK_EVERY_MS);
  const where = new URL(`${path}/stream`, at.url);
  let last = "0";
  try {
    while (fieldsOf(await askCluster(at, "GET", path))["state"] !== "ended") {
      for await (const { id, text } of eventsOf(where, last, stop.signal)) {
        last = id;
        tell(fieldsOf(text), crank);
      }
      if (stop.signal.aborted) return true;
    }
    return false;
  } finally {
    clearInterval(look);
  }
}

function tell(event: Fields, { io, isQuiet }: ClusterCrank): void {
  if (isQuiet) return;
  const { type, phase, slowdown, why } = event;
  if (type === "phase") io.err(`phase ${String(phase)}\n`);
  if (type === "again")
    io.err(`once more, ${String(slowdown)} times slower than life: ${String(why)}\n`);
}

function endOf(
  record: Fields,
  of: {
    readonly at: ClusterAt;
    readonly id: string;
    readonly isStopped: boolean;
    readonly wallMs: number;
  },
): RunEnd {
  const { at, id, isStopped, wallMs } = of;
  const report = isFields(record["report"]) ? record["report"] : {};
  const { result, certificate, simNs } = report;
  const why = Array.isArray(record["why"]) ? record["why"].map(String) : [];
  const judged = isRunResult(result) ? result : null;
  const unjudged = isStopped ? "interrupted" : "node-lost";
  const slower =
    record["slowdown"] === 1
      ? "as fast as life"
      : `${String(record["slowdown"])} times slower than life`;
  return {
    ending: judged === null ? unjudged : "judged",
    result: judged,
    digest: "-",
    events: 0,
    simNs: typeof simNs === "number" ? simNs : 0,
    wallMs,
    machines: [],
    certificate: judged?.judged === "wedged" && isCertificate(certificate) ? certificate : null,
    host: [`run ${id} of ${at.url}, ${slower}`, ...(judged === null ? why : [])],
  };
}

/** Its inside is what a coordinator of this version wrote. */
const isRunResult = (value: unknown): value is RunResult =>
  isFields(value) &&
  typeof value["verdict"] === "string" &&
  typeof value["status"] === "string" &&
  ["checks", "faults", "why", "unfinished"].every((name) => Array.isArray(value[name]));

const isCertificate = (value: unknown): value is Certificate =>
  isFields(value) && typeof value["certainty"] === "string" && Array.isArray(value["cycle"]);
