// Every query of the dashboard gives something when a real Prometheus reads a coordinator whose run goes on. Grafana itself is
// not here: that its panels look as they should is unproven.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pageFolder } from "#cli/page-files.ts";
import {
  type Coordinator,
  liveEngine,
  openRedis,
  type RedisHandle,
  startCoordinator,
} from "#coordinator/index.ts";
import { type Prometheus, startPrometheus } from "../support/prometheus.ts";
import { hasTool } from "../support/tools.ts";

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

const dashboard: Dashboard = JSON.parse(
  readFileSync("observe/grafana/dashboards/unwedge.json", "utf8"),
);
const queries = dashboard.panels.flatMap(({ title, targets }) =>
  targets.map(({ expr }) => ({ title, expr })),
);
/** Packets are dropped once A's memory is full: after some ten of them. */
const SCRAPES_MAX = 40;
const TOKEN = "a-token-for-tests";

describe.skipIf(!hasTool("prometheus"))("the dashboard (skipped without prometheus)", () => {
  const folder = mkdtempSync(join(tmpdir(), "unwedge-observe-"));
  let redis: RedisHandle;
  let coordinator: Coordinator;
  let prometheus: Prometheus;
  beforeAll(async () => {
    const log = pino({ level: "silent" });
    redis = await openRedis({ url: null, serverPath: null, folder });
    coordinator = await startCoordinator({
      redisUrl: redis.url,
      ...{ host: "127.0.0.1", port: 0, token: TOKEN, log },
      runsFolder: folder,
      scenariosFolder: "scenarios",
      onDown: () => undefined,
      page: pageFolder,
      engine: liveEngine(log, "virtual"),
    });
    prometheus = await startPrometheus("observe/prometheus.yml", new URL(coordinator.url).host);
    const asked = await fetch(`${coordinator.url}/api/v1/runs`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${TOKEN}`,
        "content-type": "application/json",
        "idempotency-key": "the-run",
      },
      body: JSON.stringify({ scenario: "zijlstra-wedge", variant: "vanilla-2007" }),
    });
    expect(asked.status).toBe(202);
  });
  afterAll(async () => {
    await prometheus.close();
    await coordinator.close();
    await redis.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("every query gives data", async () => {
    let empty = await emptyOnes();
    for (let scrapes = 0; empty.length > 0 && scrapes < SCRAPES_MAX; scrapes++) {
      await prometheus.scraped(1);
      empty = await emptyOnes();
    }
    expect(empty).toEqual([]);
    expect(queries.length).toBeGreaterThan(15);
  });

  test("one that names no metric of ours gives none, and one that is no query is refused", async () => {
    expect(await prometheus.seriesOf("unwedge_nothing_of_the_kind")).toBe(0);
    await expect(prometheus.seriesOf("sum(")).rejects.toThrow("parse error");
  });

  async function emptyOnes(): Promise<string[]> {
    const counts = await Promise.all(queries.map(({ expr }) => prometheus.seriesOf(expr)));
    return queries.filter((_, i) => counts[i] === 0).map(({ title, expr }) => `${title}: ${expr}`);
  }
});
