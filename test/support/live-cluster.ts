// A coordinator with the engine in virtual time, its feed and the built page, under a clock that a test holds and lets go:
// what is done by hand is done at an instant that the test knows, and nothing else is waited for.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { pageFolder } from "#cli/page-files.ts";
import { type Coordinator, startCoordinator } from "#coordinator/coordinator.ts";
import { LiveEngine } from "#coordinator/live/live-engine.ts";
import { selfContained } from "#coordinator/live/site.ts";
import { VirtualRun } from "#coordinator/live/virtual-run.ts";
import { openRedis } from "#coordinator/redis/choice.ts";
import type { RedisHandle } from "#coordinator/redis/handle.ts";
import { Publisher } from "../../nodes/telemetry/publisher.ts";

export interface LiveCluster {
  readonly coordinator: Coordinator;
  readonly token: string;
  readonly port: number;
  /** Asks for a run. */
  ask(request: {
    readonly scenario: string;
    readonly variant: string;
    readonly set?: readonly string[];
  }): Promise<void>;
  /** Machines stand still from that instant of their time; null: they go on as fast as they can. */
  hold(atMs: number | null): void;
  close(): Promise<void>;
}

export interface LiveClusterOptions {
  readonly token?: string;
  readonly port?: number;
  /** Of a cluster before it. */
  readonly folder?: string;
  readonly redis?: RedisHandle;
  readonly scenarios?: string;
}

export async function openLiveCluster(options: LiveClusterOptions = {}): Promise<LiveCluster> {
  const redis =
    options.redis ?? (await openRedis({ url: null, serverPath: null, folder: tmpdir() }));
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "unwedge-live-"));
  const { token = "a-token-for-tests" } = options;
  const log = pino({ level: "silent" });
  const clock = { heldMs: Number.MAX_SAFE_INTEGER };
  const coordinator = await startCoordinator({
    redisUrl: redis.url,
    host: "127.0.0.1",
    port: options.port ?? 0,
    token,
    runsFolder: folder,
    scenariosFolder: options.scenarios ?? "scenarios",
    onDown: () => undefined,
    page: pageFolder,
    log,
    engine: ({ redis: link, ...given }) =>
      new LiveEngine({
        ...given,
        log,
        publisher: new Publisher(link),
        site: selfContained(
          "virtual",
          (of) =>
            new VirtualRun(
              of,
              startingAtZero(() => clock.heldMs),
            ),
        ),
        nowMs: () => Date.now(),
      }),
  });
  return {
    coordinator,
    token,
    port: Number(new URL(coordinator.url).port),
    ask: async (request) => {
      const response = await fetch(`${coordinator.url}/api/v1/runs`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "idempotency-key": crypto.randomUUID(),
        },
        body: JSON.stringify(request),
      });
      if (!response.ok) throw new Error(await response.text());
    },
    hold: (atMs) => {
      clock.heldMs = atMs ?? Number.MAX_SAFE_INTEGER;
    },
    close: async () => {
      await coordinator.close();
      if (options.redis === undefined) await redis.close();
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A run takes its first reading for the beginning. */
function startingAtZero(nowMs: () => number): () => number {
  let isFirst = true;
  return () => {
    const value = isFirst ? 0 : nowMs();
    isFirst = false;
    return value;
  };
}
