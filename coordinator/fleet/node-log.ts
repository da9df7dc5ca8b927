// What happened on nodes, as they wrote it to Redis: machines that started and ended, faults, phases.

import type { Redis } from "ioredis";
import { EVENTS_KEPT, KEYS } from "#wire/keys.ts";

export interface NodeLogQuery {
  /** null: of all nodes. */
  readonly node: string | null;
  /** Events after this id; null: the latest. */
  readonly after: string | null;
  readonly limit: number;
}

export interface NodeEvent {
  /** `MS-N`: ms since 1970 by Redis's clock, and which of that instant. */
  readonly id: string;
  readonly node: string;
  /** What the node said; null: it was no JSON. */
  readonly event: unknown;
}

/** In the order in which they happened. Rejects with what Redis says when it does not answer. */
export async function nodeLog(redis: Redis, query: NodeLogQuery): Promise<NodeEvent[]> {
  const { node, after, limit } = query;
  const { key } = KEYS.events;
  // One node's are among everybody's: all that are kept are looked through.
  const count = node === null ? limit : EVENTS_KEPT;
  const entries =
    after === null
      ? (await redis.xrevrange(key, "+", "-", "COUNT", count)).reverse()
      : await redis.xrange(key, `(${after}`, "+", "COUNT", count);
  const events = entries.map(eventOf).filter((event) => node === null || event.node === node);
  return after === null ? events.slice(-limit) : events.slice(0, limit);
}

function eventOf([id, fields]: [string, string[]]): NodeEvent {
  const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? "";
  return { id, node: field("node"), event: jsonOf(field("event")) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
