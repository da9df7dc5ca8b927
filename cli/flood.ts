// `unwedge flood`: reads its options, runs the flood, prints progress on stderr and the result on stdout.

import { EXIT, UnwedgeError } from "#base/error.ts";
import { parseQuantity } from "#coordinator/scenario/index.ts";
import {
  type Counts,
  checkPlan,
  type FloodPlan,
  type FloodTally,
  runFlood,
  type Shape,
  targetOf,
  WORKERS_MAX,
} from "#traffic/index.ts";
import type { Io } from "./io.ts";
import { countOf } from "./options.ts";

export interface FloodFlags {
  rate: string;
  connections: string;
  for: string;
  model: "open" | "closed";
  pattern: "constant" | "poisson" | "burst";
  payload: string;
  stream?: boolean;
  pipeline?: boolean;
  slowReaders: string;
  workers: string;
  seed: string;
  allowHost?: string[];
  json?: boolean;
}

/** Messages that one write carries at most: more gains nothing, fewer costs CPU (bench/flood.ts). */
const BATCH = 256;

export async function flood(url: string, flags: FloodFlags, io: Io): Promise<number> {
  const plan = planOf(url, flags);
  checkPlan(plan);
  const workers = countIn("--workers", flags.workers, 1);
  if (workers > WORKERS_MAX) throw new UnwedgeError("usage", `--workers: at most ${WORKERS_MAX}`);
  const stop = new AbortController();
  let exitCode: number = EXIT.ok;
  const unlisten = io.onStop((code) => {
    exitCode = code;
    stop.abort();
  });
  try {
    const tally = await runFlood({
      plan,
      workers,
      onProgress: progressTo(io, plan),
      signal: stop.signal,
    });
    if (io.settings.isErrTerminal) io.err("\r\u001b[K");
    io.out(
      flags.json === true
        ? `${JSON.stringify(jsonOf(plan, workers, tally), null, 2)}\n`
        : textOf(plan, tally),
    );
    return exitCode;
  } finally {
    unlisten();
  }
}

function planOf(url: string, flags: FloodFlags): FloodPlan {
  const isPaced = flags.model === "open" && flags.rate !== "max";
  return {
    target: targetOf(url, flags.allowHost ?? []),
    model: flags.model,
    ratePerSec: isPaced ? quantity("--rate", flags.rate, "rate") : null,
    pattern: flags.pattern,
    connections: countIn("--connections", flags.connections, 1),
    payloadBytes: quantity("--payload", flags.payload, "size"),
    shape: shapeOf(flags),
    slowReaders: countIn("--slow-readers", flags.slowReaders, 0),
    forMs: quantity("--for", flags.for, "duration") / 1_000_000,
    seed: countIn("--seed", flags.seed, 0),
    batch: BATCH,
  };
}

function shapeOf({ stream, pipeline }: FloodFlags): Shape {
  if (stream === true) return "stream";
  return pipeline === true ? "pipeline" : "request";
}

const countIn = (flag: string, text: string, least: number): number =>
  countOf(flag, text, least) ?? least;

function quantity(
  flag: string,
  text: string,
  dimension: Parameters<typeof parseQuantity>[1],
): number {
  const parsed = parseQuantity(text, dimension);
  if (!parsed.ok) throw new UnwedgeError("usage", `${flag}: ${parsed.message}`);
  if (parsed.value.ofRam) throw new UnwedgeError("usage", `${flag} ${text}: relative to what?`);
  return parsed.value.value;
}

/** On a terminal one line that is written over; elsewhere nothing, since a log wants the result only. */
function progressTo(io: Io, { forMs }: FloodPlan): (counts: Counts) => void {
  const startMs = io.nowMs();
  return ({ sent, answered, failed }) => {
    if (!io.settings.isErrTerminal) return;
    const seconds = ((io.nowMs() - startMs) / 1000).toFixed(0);
    io.err(
      `\r\u001b[K${seconds} of ${forMs / 1000} s: ${sent} sent, ${answered} answered, ${failed} failed`,
    );
  };
}

const ms = (us: number): string => `${(us / 1000).toFixed(us < 10_000 ? 2 : 0)} ms`;

function textOf(plan: FloodPlan, tally: FloodTally): string {
  const { counts, due, unanswered, latencyUs } = tally;
  const perSec = tally.activeMs === 0 ? 0 : (counts.sent * 1000) / tally.activeMs;
  const lines = [
    `seed ${plan.seed}, ${plan.connections} connections, ${(tally.activeMs / 1000).toFixed(1)} s`,
    `due ${due}, sent ${counts.sent} (${perSec.toFixed(0)}/s), answered ${counts.answered}, unanswered ${unanswered}, failed ${counts.failed}`,
    `connections made ${counts.connected}, broken ${counts.broken}`,
  ];
  if (latencyUs !== null) {
    const what = plan.shape === "stream" ? "until the host took it" : "latency";
    lines.push(
      `${what}: p50 ${ms(latencyUs.p50)}, p90 ${ms(latencyUs.p90)}, p99 ${ms(latencyUs.p99)}, p99.9 ${ms(latencyUs.p999)}, max ${ms(latencyUs.max)}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

const jsonOf = (plan: FloodPlan, workers: number, { counts, ...tally }: FloodTally) => ({
  ...plan,
  workers,
  ...counts,
  ...tally,
  ratePerSecReached: tally.activeMs === 0 ? 0 : (counts.sent * 1000) / tally.activeMs,
});
