// A cluster for tests: a coordinator in this process, its nodes as real processes, scenarios from test/fixtures.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as turn } from "node:timers/promises";
import { pino } from "pino";
import { pageFolder } from "#cli/page-files.ts";
import { type Coordinator, liveEngine, openRedis, startCoordinator } from "#coordinator/index.ts";
import type { RedisHandle } from "#coordinator/redis/handle.ts";
import type { RunRecord } from "#coordinator/runs/record.ts";

export const TOKEN = "a-token-for-tests";

export interface Cluster {
  readonly coordinator: Coordinator;
  readonly redis: RedisHandle;
  /** Starts an agent; resolves when it is connected. */
  join(name: string, index: number, publish?: string): Promise<ChildProcess>;
  /** The process that was last started under a name; null: none was. */
  pidOf(name: string): number | null;
  /** Asks for a run; the answer as it is. */
  ask(request: object): Promise<{ readonly status: number; readonly body: Answered }>;
  close(): Promise<void>;
}

export interface Answered {
  readonly id: string;
  readonly detail?: string;
  readonly missing?: readonly string[];
  readonly nodes?: readonly string[];
}

export async function openCluster(folder: string): Promise<Cluster> {
  const redis = await openRedis({ url: null, serverPath: null, folder });
  const log = pino({ level: "silent" });
  const coordinator = await startCoordinator({
    ...{ redisUrl: redis.url, host: "127.0.0.1", port: 0, token: TOKEN, log },
    ...{ runsFolder: folder, scenariosFolder: "test/fixtures" },
    onDown: () => undefined,
    page: pageFolder,
    engine: liveEngine(log, "cluster"),
  });
  const agents: ChildProcess[] = [];
  const pids = new Map<string, number>();
  let key = 0;
  return {
    coordinator,
    redis,
    join: async (name, index, publish = "") => {
      const agent = agentProcess({
        coordinator: coordinator.url,
        redisUrl: redis.url,
        name,
        index,
        publish,
      });
      agents.push(agent);
      pids.set(name, agent.pid ?? 0);
      await until(() => isConnected(coordinator, name));
      return agent;
    },
    pidOf: (name) => pids.get(name) ?? null,
    ask: async (request) => {
      const response = await fetch(`${coordinator.url}/api/v1/runs`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${TOKEN}`,
          "content-type": "application/json",
          "idempotency-key": `key-${key++}`,
        },
        body: JSON.stringify(request),
      });
      return { status: response.status, body: JSON.parse(await response.text()) };
    },
    close: async () => {
      await coordinator.close();
      for (const agent of agents) await endOf(agent);
      await redis.close();
    },
  };
}

/** `unwedge node`, which ends with us. */
export function agentProcess(of: {
  readonly coordinator: string;
  readonly redisUrl: string;
  readonly name: string;
  readonly index: number;
  readonly token?: string;
  /** As --publish has it; "": nothing. */
  readonly publish?: string;
}): ChildProcess {
  const { publish = "" } = of;
  const publishes = publish === "" ? [] : ["--publish", publish];
  return fork("tools/run.mjs", ["cli/main.ts", "node", "--node", of.name, ...publishes], {
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    env: {
      ...process.env,
      UNWEDGE_COORDINATOR: of.coordinator,
      UNWEDGE_TOKEN: of.token ?? TOKEN,
      UNWEDGE_ADDRESS: `127.0.0.${of.index + 2}`,
      REDIS_URL: of.redisUrl,
    },
  });
}

export async function endOf(agent: ChildProcess): Promise<void> {
  if (agent.exitCode !== null || agent.signalCode !== null) return;
  const exit = once(agent, "exit");
  agent.disconnect();
  await exit;
}

export const isConnected = ({ engine }: Coordinator, name: string): boolean =>
  engine.fleet.nodes().some((node) => node.name === name && node.state !== "lost");

/** What never comes true runs into the test's time-out. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await turn(10);
}

export async function ended({ coordinator: { history } }: Cluster, id: string): Promise<RunRecord> {
  await until(() => history.get(id)?.state === "ended");
  const record = history.get(id);
  if (record === null) throw new Error(`${id}: a run that ended has a record`);
  return record;
}
