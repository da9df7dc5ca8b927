// The state of a fleet: 100 nodes that say 20 times a second how they are, published to a real Redis and folded into one
// picture, and how long until a reader of Redis has it.
//
// Not measured: the way from a node to its coordinator and from there to a page.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UnwedgeError } from "#base/error.ts";
import { sourceFlags } from "#tools/source-flags.mjs";
import type { Benchmark } from "./benchmark.ts";
import type { Row } from "./row.ts";
import { quantile, summaryOf } from "./statistics.ts";

const stateRun = fileURLToPath(new URL("state-run.ts", import.meta.url));
/** A fifth of a core. */
const CPU_TARGET_MS = 200;
const DELAY_TARGET_MS = 150;

const what = "100 nodes, 20 samples a second each, into Redis and folded";

export const state: Benchmark = {
  name: "state",
  run: ({ pairs }): Row[] => {
    const found = spawnSync("redis-server", ["--version"]);
    if (found.error !== undefined)
      return [{ type: "skipped", name: "state", what, reason: "no redis-server" }];
    const windows = measured(pairs);
    return [
      {
        type: "measured",
        name: "state-cpu",
        what: `${what}: processor time of a second`,
        unit: "ms",
        ours: summaryOf(windows.map(({ cpuMs }) => cpuMs)),
        peer: null,
        target: { type: "at most", value: CPU_TARGET_MS },
      },
      {
        type: "measured",
        name: "state-delay",
        what: `${what}: until a reader in another process has it, 99 of 100`,
        unit: "ms",
        ours: summaryOf(windows.map(({ delaysMs }) => quantile(delaysMs, 0.99))),
        peer: null,
        target: { type: "at most", value: DELAY_TARGET_MS },
      },
    ];
  },
};

interface Window {
  readonly cpuMs: number;
  readonly delaysMs: readonly number[];
}

/** A second each. */
function measured(windows: number): readonly Window[] {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...sourceFlags(), stateRun, String(windows)],
    { encoding: "utf8", timeout: 120_000, maxBuffer: 64 << 20 },
  );
  if (status === 0) return JSON.parse(stdout);
  throw new UnwedgeError("failed", `state: ${stderr.split("\n", 1)[0] ?? `exit ${status}`}`);
}
