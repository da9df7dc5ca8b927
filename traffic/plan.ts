// What a flood is asked to do, as plain data that workers can be given, and how it is shared out among them.

import { UnwedgeError } from "#base/error.ts";
import type { PatternName } from "./patterns/index.ts";
import type { Target } from "./target.ts";

/**
 * How requests travel. request: each connection waits for its answer before its next request. pipeline: requests are written
 * without waiting. stream: one request for ever, whose body grows by a chunk where another would send a request.
 */
export type Shape = "request" | "pipeline" | "stream";

export interface FloodPlan {
  readonly target: Target;
  readonly model: "open" | "closed";
  /** Requests per second over all connections; null: as many as go out. Closed load has none. */
  readonly ratePerSec: number | null;
  readonly pattern: PatternName;
  readonly connections: number;
  /** Body of a request, length of a datagram. */
  readonly payloadBytes: number;
  readonly shape: Shape;
  /** So many of the connections read slowly. */
  readonly slowReaders: number;
  readonly forMs: number;
  readonly seed: number;
  /** Messages that are written at once where many are due; 1 is a write for each. */
  readonly batch: number;
}

/** The part of one worker. */
export interface FloodShare extends FloodPlan {
  readonly worker: number;
}

/** Bounds, so that no flood gets out of hand. */
const CONNECTIONS_MAX = 10_000;
const RATE_MAX = 1_000_000;
const FOR_MS_MAX = 3_600_000;
const PAYLOAD_BYTES_MAX = 16 * 1024 * 1024;
/** Largest payload of UDP over IPv4 (RFC 768, RFC 791). */
const DATAGRAM_BYTES_MAX = 65_507;
export const WORKERS_MAX = 32;

/** Throws UnwedgeError on a plan that cannot be carried out, or should not be. */
export function checkPlan(plan: FloodPlan): void {
  const isUdp = plan.target.protocol === "udp";
  const wrong = [
    bound("--connections", plan.connections, CONNECTIONS_MAX),
    bound("--rate", plan.ratePerSec ?? 1, RATE_MAX),
    bound("--for", plan.forMs, FOR_MS_MAX),
    bound("--payload", plan.payloadBytes + 1, (isUdp ? DATAGRAM_BYTES_MAX : PAYLOAD_BYTES_MAX) + 1),
    plan.slowReaders > plan.connections ? "--slow-readers: more than there are connections" : null,
    plan.shape === "stream" && plan.payloadBytes === 0
      ? "--stream: an empty chunk would end the body"
      : null,
    plan.shape === "stream" && plan.model === "closed"
      ? "--stream: nothing is answered, so nothing can be waited for"
      : null,
    isUdp && plan.shape !== "request" ? "--stream and --pipeline are about HTTP" : null,
    plan.model === "open" && plan.shape === "request" && plan.ratePerSec === null
      ? "--rate: open load has one"
      : null,
  ].find((text) => text !== null);
  if (wrong !== undefined) throw new UnwedgeError("usage", wrong);
}

const bound = (flag: string, value: number, most: number): string | null =>
  value > 0 && value <= most ? null : `${flag}: expected more than 0, and no more than ${most}`;

/** As many shares as there are workers, none of them without a connection. */
export function sharesOf(plan: FloodPlan, workers: number): readonly FloodShare[] {
  const count = Math.min(workers, plan.connections);
  return Array.from({ length: count }, (_, worker) => {
    const connections = partOf(plan.connections, worker, count);
    const ratePerSec =
      plan.ratePerSec === null ? null : (plan.ratePerSec * connections) / plan.connections;
    return {
      ...plan,
      worker,
      connections,
      ratePerSec,
      slowReaders: partOf(plan.slowReaders, worker, count),
    };
  });
}

/** Part number `index` of `whole` things dealt out to `count`. */
const partOf = (whole: number, index: number, count: number): number =>
  Math.floor(whole / count) + (index < whole % count ? 1 : 0);
