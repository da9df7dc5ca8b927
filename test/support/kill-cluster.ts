// A cluster of which every part is a process that may be killed and started again: Redis, a coordinator, an agent for each
// host, and a machine under each of them while a run goes on.

import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as turn } from "node:timers/promises";
import { Redis } from "ioredis";
import { freePort } from "#coordinator/redis/server.ts";
import { agentProcess, endOf, TOKEN } from "./cluster.ts";
import { machinesOf } from "./sockets.ts";

export const HOSTS = ["A", "B", "C"] as const;
export type Host = (typeof HOSTS)[number];
export type Part = "redis" | "coordinator" | Host;

/** What the API says of a run, as far as it is looked at here. */
export interface RunSaid {
  readonly id: string;
  readonly state: string;
  readonly phase: string | null;
  readonly verdict: string | null;
  readonly why: readonly string[];
}

export interface RunEventSaid {
  readonly type: string;
  readonly atMs: number;
  readonly why?: string;
}

export class KillCluster {
  readonly #folder: string;
  readonly #redisPort: number;
  readonly #port: number;
  readonly #parts = new Map<Part, ChildProcess>();
  #keys = 0;

  private constructor(folder: string, ports: readonly [redis: number, coordinator: number]) {
    this.#folder = folder;
    [this.#redisPort, this.#port] = ports;
  }

  /** All its parts, each connected. */
  static async open(folder: string): Promise<KillCluster> {
    const cluster = new KillCluster(folder, [await freePort(), await freePort()]);
    for (const part of ["redis", "coordinator", ...HOSTS] as const) await cluster.start(part);
    return cluster;
  }

  pidOf(part: Part): number {
    return this.#parts.get(part)?.pid ?? 0;
  }

  /** Pids of machines that runs have on the agents. */
  machines(): number[] {
    return HOSTS.flatMap((host) => machinesOf(this.pidOf(host)));
  }

  /** Starts a part that was killed, or never was; resolves when it answers. An agent connects when it can. */
  async start(part: Part): Promise<void> {
    if (part === "redis") await this.#startRedis();
    else if (part === "coordinator") await this.#startCoordinator();
    else this.#startAgent(part);
  }

  /** What the API answers; null: nobody does. */
  async say(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#port}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        "idempotency-key": `key-${this.#keys++}`,
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch(() => null);
    return response === null ? null : JSON.parse(await response.text());
  }

  async runs(): Promise<readonly RunSaid[]> {
    const said = (await this.say("GET", "/api/v1/runs?limit=200")) as { runs?: RunSaid[] } | null;
    return said?.runs ?? [];
  }

  async events(id: string): Promise<readonly RunEventSaid[]> {
    const path = `/api/v1/runs/${id}/events?limit=1000`;
    const said = (await this.say("GET", path)) as { events?: RunEventSaid[] } | null;
    return said?.events ?? [];
  }

  /** Asks until a run of it is taken: a part that was just started may not be there yet. */
  async ask(request: object): Promise<string> {
    for (;;) {
      const said = (await this.say("POST", "/api/v1/runs", request)) as { id?: string } | null;
      if (said?.id !== undefined) return said.id;
      await turn(50);
    }
  }

  async close(): Promise<void> {
    for (const part of [...HOSTS, "coordinator"] as const) {
      const child = this.#parts.get(part);
      if (child !== undefined) await endOf(child);
    }
    this.#parts.get("redis")?.kill();
  }

  get #redisUrl(): string {
    return `redis://127.0.0.1:${this.#redisPort}`;
  }

  async #startRedis(): Promise<void> {
    const dir = join(this.#folder, "redis");
    mkdirSync(dir, { recursive: true });
    const where = ["--port", String(this.#redisPort), "--bind", "127.0.0.1", "--dir", dir];
    const kept = ["--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"];
    // While it is away a client that calls its port from that port is connected to itself, and has it for a moment.
    const start = (): void => {
      const server = spawn("redis-server", [...where, ...kept], { stdio: "ignore" });
      this.#parts.set("redis", server);
      server.once("exit", (code) => {
        if (code === 1) start();
      });
    };
    start();
    const client = new Redis(this.#redisUrl, {
      retryStrategy: () => 25,
      maxRetriesPerRequest: null,
    });
    client.on("error", () => undefined);
    await client.ping();
    client.disconnect();
  }

  async #startCoordinator(): Promise<void> {
    const args = [this.#redisUrl, String(this.#port), join(this.#folder, "runs"), TOKEN];
    const child = fork("tools/run.mjs", ["test/support/coordinator-process.ts", ...args], {
      execArgv: [],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#parts.set("coordinator", child);
    await once(child, "message");
  }

  #startAgent(host: Host): void {
    const agent = agentProcess({
      coordinator: `http://127.0.0.1:${this.#port}`,
      redisUrl: this.#redisUrl,
      name: host,
      index: HOSTS.indexOf(host),
    });
    // What it says of a coordinator that is gone is read by nobody here.
    agent.stderr?.resume();
    this.#parts.set(host, agent);
  }
}
