// A coordinator with a real HTTP server and a real Redis, over an engine that has one emulated machine and runs nothing: what
// the API promises by itself. Redis is the one in JavaScript unless a test wants another.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { fromMs } from "#base/units.ts";
import { Problem } from "#coordinator/api/problem.ts";
import { type Coordinator, startCoordinator } from "#coordinator/coordinator.ts";
import type { Engine } from "#coordinator/engine-port.ts";
import type { FaultWish, FleetNode, HeldFault } from "#coordinator/fleet/fleet.ts";
import { openRedis } from "#coordinator/redis/choice.ts";
import type { RedisHandle } from "#coordinator/redis/handle.ts";
import type { History } from "#coordinator/runs/history.ts";
import { dmesg, isProcName, presets, procText } from "#kernel/index.ts";
import { smallWorld } from "./small-world.ts";

export const TOKEN = "a-token-for-tests";

export interface Bench {
  readonly coordinator: Coordinator;
  readonly redis: RedisHandle;
  readonly folder: string;
  /** The API, with the token unless told otherwise. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Response>;
  close(): Promise<void>;
}

export interface BenchOptions {
  readonly redis?: RedisHandle;
  readonly folder?: string;
  readonly onDown?: () => void;
  readonly page?: () => Promise<string>;
  /** 0 by default: any that is free. */
  readonly port?: number;
  /** What a run does; by default it is judged at once. */
  readonly execute?: (history: History, id: string, signal: AbortSignal) => Promise<void>;
}

export async function openBench(options: BenchOptions = {}): Promise<Bench> {
  const redis =
    options.redis ?? (await openRedis({ url: null, serverPath: null, folder: tmpdir() }));
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "unwedge-bench-"));
  const coordinator = await startCoordinator({
    redisUrl: redis.url,
    host: "127.0.0.1",
    port: options.port ?? 0,
    token: TOKEN,
    runsFolder: folder,
    scenariosFolder: "scenarios",
    page: options.page ?? (() => Promise.reject(new Error("the page is not built"))),
    onDown: options.onDown ?? (() => undefined),
    log: pino({ level: "silent" }),
    engine: (given) => engineOf(given.history, options.execute ?? judged),
  });
  const ask: Bench["ask"] = (method, path, body, headers = {}) =>
    fetch(coordinator.url + path, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
  return {
    coordinator,
    redis,
    folder,
    ask,
    close: async () => {
      await coordinator.close();
      if (options.redis === undefined) await redis.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An answer's JSON; tests know what should be in it, and fail where it is not. */
// biome-ignore lint/suspicious/noExplicitAny: a test names the fields it wants and asserts on them
export const bodyOf = async (response: Response): Promise<any> => await response.json();

/** A run that passes at once. */
export function judged(history: History, id: string): Promise<void> {
  const record = history.get(id);
  if (record === null) throw new Error("a run that is executed has a record");
  history.add(id, { type: "started" });
  history.put({ ...record, state: "ended", verdict: "recovers", status: "pass", endedAtMs: 1 });
  history.add(id, { type: "ended", verdict: "recovers" });
  return Promise.resolve();
}

function engineOf(
  history: History,
  execute: (history: History, id: string, signal: AbortSignal) => Promise<void>,
): Engine {
  const world = smallWorld({ policy: presets["mainline-6.1"] });
  world.boot();
  world.runUntil(fromMs(20));
  const machine = world.machine("A");
  const held = new Map<string, HeldFault>();
  const faultOf = (id: string): HeldFault => {
    const fault = held.get(id);
    if (fault === undefined) throw new Problem(404, `${id}: no such fault`);
    return fault;
  };
  const node: FleetNode = {
    name: "A",
    role: "machine",
    state: "connected",
    sinceMs: 0,
    run: null,
    values: {
      "mem.free": machine.memory.parts.pages.freePages,
      "svc.requests": 7,
      "drops.ring": 2,
    },
  };
  return {
    kind: "virtual",
    lacks: () => null,
    missing: () => [],
    execute: (id, signal) => execute(history, id, signal),
    lostWrites: () => 0,
    close: () => Promise.resolve(),
    fleet: {
      nodes: () => [node],
      proc: (_, view) => {
        if (!isProcName(view)) throw new Problem(404, `${view}: no such view`);
        return Promise.resolve(procText(machine, view));
      },
      dmesg: (_, hungTaskTimeoutS) =>
        Promise.resolve(dmesg(machine, { nowNs: machine.nowNs, hungTaskTimeoutS })),
      faults: () => [...held.values()],
      addFault: ({ leaseMs, ...wish }: FaultWish) => {
        if (wish.target === "nowhere") throw new Problem(422, "nowhere: no such target");
        const id = `f${held.size + 1}`;
        const fault: HeldFault = { ...wish, id, openedAtMs: 0, leaseUntilMs: leaseMs, by: "hand" };
        held.set(id, fault);
        return Promise.resolve(fault);
      },
      renewFault: (id, leaseMs) => {
        const fault = { ...faultOf(id), leaseUntilMs: leaseMs };
        held.set(id, fault);
        return Promise.resolve(fault);
      },
      healFault: (id) => {
        held.delete(faultOf(id).id);
        return Promise.resolve();
      },
      healAll: () => {
        const { size } = held;
        held.clear();
        return Promise.resolve(size);
      },
    },
  };
}

/** Resolves when `isDone` says so, looked at after each event of the history. */
export async function until(coordinator: Coordinator, isDone: () => boolean): Promise<void> {
  if (isDone()) return;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (!isDone()) return;
      coordinator.told.off("change", look);
      coordinator.told.off("event", look);
      resolve();
    };
    coordinator.told.on("change", look);
    coordinator.told.on("event", look);
  });
}
