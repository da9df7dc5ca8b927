// Each kind of process of a cluster is killed in the middle of a run, once. Twenty times each, at random moments: npm run kills.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KillCluster } from "../support/kill-cluster.ts";
import { type KillTrial, killTrial } from "../support/kill-trial.ts";
import { hasTool } from "../support/tools.ts";

const trials: readonly KillTrial[] = [
  { victim: "machine C", phase: "outage", afterMs: 0 },
  { victim: "agent A", phase: "outage", afterMs: 0 },
  { victim: "coordinator", phase: "outage", afterMs: 0 },
  { victim: "redis", phase: "steady", afterMs: 0 },
];

describe.skipIf(!hasTool("redis-server"))("killed (skipped without redis-server)", () => {
  const folder = mkdtempSync(join(tmpdir(), "unwedge-kills-"));
  let cluster: KillCluster;
  beforeAll(async () => {
    cluster = await KillCluster.open(folder);
  });
  afterAll(async () => {
    await cluster.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(trials)("$victim in its $phase", async (trial) => {
    const { wasOver, complaints } = await killTrial(cluster, trial);
    expect([wasOver, complaints]).toEqual([false, []]);
  });
});
