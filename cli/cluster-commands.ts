// `unwedge status`, `logs`, `ls`, `rm`, `wipe`, `down` and `fault`: what a script or a person does with a cluster that is up, over its API.

import { EXIT, UnwedgeError } from "#base/error.ts";
import { askCluster, type ClusterAt, fieldsOf, isAnswering, isFields } from "./cluster-client.ts";
import type { Io } from "./io.ts";

const pretty = (text: string): string => `${JSON.stringify(JSON.parse(text), null, 2)}\n`;

export async function status(at: ClusterAt, io: Io): Promise<number> {
  await askCluster(at, "GET", "/readyz");
  io.out(pretty(await askCluster(at, "GET", "/api/v1/nodes")));
  return EXIT.ok;
}

export async function listRuns(at: ClusterAt, io: Io): Promise<number> {
  io.out(pretty(await askCluster(at, "GET", "/api/v1/runs")));
  return EXIT.ok;
}

export async function removeRun(at: ClusterAt, id: string, io: Io): Promise<number> {
  await askCluster(at, "DELETE", `/api/v1/runs/${encodeURIComponent(id)}`);
  io.err(`${id}: ended or removed\n`);
  return EXIT.ok;
}

export interface LogsOptions {
  /** null: of all. */
  readonly node: string | null;
  readonly last: number;
  readonly follow: boolean;
}

/** How often it is asked what is new, in ms, and how often whether a cluster is still there. */
const LOOK_EVERY_MS = 250;

export async function logs(at: ClusterAt, options: LogsOptions, io: Io): Promise<number> {
  const stop = { exitCode: EXIT.ok as number, isAsked: false };
  const stopListening = io.onStop((exitCode) => {
    Object.assign(stop, { exitCode, isAsked: true });
  });
  try {
    let after = await told(at, { ...options, after: null }, io);
    while (options.follow && !stop.isAsked) {
      await io.rest(LOOK_EVERY_MS);
      after = await told(at, { ...options, after }, io);
    }
    return stop.exitCode;
  } finally {
    stopListening();
  }
}

/** Prints what there is; the id of the last one. */
async function told(
  at: ClusterAt,
  { node, last, after }: LogsOptions & { readonly after: string | null },
  io: Io,
): Promise<string | null> {
  const query = new URLSearchParams({ limit: String(last) });
  if (node !== null) query.set("node", node);
  if (after !== null) query.set("after", after);
  const { events } = fieldsOf(await askCluster(at, "GET", `/api/v1/events?${query}`));
  const found = Array.isArray(events) ? events.filter(isFields) : [];
  for (const event of found) io.out(`${JSON.stringify(event)}\n`);
  const id = found[found.length - 1]?.["id"];
  return typeof id === "string" ? id : after;
}

export async function wipe(at: ClusterAt, io: Io): Promise<number> {
  const { removed, kept } = fieldsOf(await askCluster(at, "DELETE", "/api/v1/runs"));
  io.err(`${String(removed)} runs removed, ${String(kept)} that wait or go on are kept\n`);
  return EXIT.ok;
}

/** It ends the run that goes on first, which takes seconds. In ms. */
const DOWN_MS_MAX = 60_000;

/** Returns when nobody answers any more. */
export async function down(at: ClusterAt, io: Io): Promise<number> {
  await askCluster(at, "POST", "/api/v1/down");
  const untilMs = io.nowMs() + DOWN_MS_MAX;
  while (await isAnswering(at)) {
    if (io.nowMs() > untilMs)
      throw new UnwedgeError("unavailable", `${at.url}: it still answers after a minute`);
    await io.rest(LOOK_EVERY_MS);
  }
  io.err(`${at.url}: it is down\n`);
  return EXIT.ok;
}

export interface FaultOptions {
  readonly name: string;
  readonly target: string;
  /** NAME=VALUE. */
  readonly with: readonly string[];
  readonly leaseS: number;
}

export async function addFault(at: ClusterAt, options: FaultOptions, io: Io): Promise<number> {
  const args = Object.fromEntries(
    options.with.map((text) => {
      const [name = "", ...rest] = text.split("=");
      return [name, rest.join("=")];
    }),
  );
  const { name, target, leaseS: lease } = options;
  io.out(pretty(await askCluster(at, "POST", "/api/v1/faults", { name, target, args, lease })));
  return EXIT.ok;
}

export async function listFaults(at: ClusterAt, io: Io): Promise<number> {
  io.out(pretty(await askCluster(at, "GET", "/api/v1/faults")));
  return EXIT.ok;
}

/** `id` null: all. */
export async function healFaults(at: ClusterAt, id: string | null, io: Io): Promise<number> {
  if (id === null) io.out(pretty(await askCluster(at, "POST", "/api/v1/heal")));
  else await askCluster(at, "DELETE", `/api/v1/faults/${encodeURIComponent(id)}`);
  return EXIT.ok;
}
