// `unwedge status`, `ls`, `rm` and `fault`: what a script or a person does with a cluster that is up, over its API.

import { EXIT } from "#base/error.ts";
import { askCluster, type ClusterAt } from "./cluster-client.ts";
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
