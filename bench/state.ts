// The state of a fleet: 100 nodes that say 20 times a second how they are, published to a real Redis and folded into one
// picture, and how long until a reader of Redis has it.
//
// And the whole way: 100 connected nodes that say so to a coordinator that runs a scenario of 100 machines, publishes nothing
// itself, and shows a page what it hears. Machines are stand-ins that speak as a busy one does.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { UnwedgeError } from "#base/error.ts";
import { sourceFlags } from "#tools/source-flags.mjs";
import type { Benchmark } from "./benchmark.ts";
import type { MeasuredRow, Row } from "./row.ts";
import { quantile, summaryOf } from "./statistics.ts";

/** A fifth of a core. */
const CPU_TARGET_MS = 200;
const DELAY_TARGET_MS = 150;
/** What 100 nodes say in a second at 20 Hz. A host that is too busy for that is asked what so many would have cost. */
const SAMPLES_A_SECOND = 2_000;

const published = "100 nodes, 20 samples a second each, into Redis and folded";
const heard = "100 nodes that speak 20 times a second to a coordinator with a page";

export const state: Benchmark = {
  name: "state",
  run: ({ pairs }): Row[] => {
    const found = spawnSync("redis-server", ["--version"]);
    if (found.error !== undefined)
      return [{ type: "skipped", name: "state", what: heard, reason: "no redis-server" }];
    const own = measured<Window>("state-run.ts", pairs);
    const whole = measured<FleetWindow>("fleet-run.ts", pairs);
    return [
      row("state-cpu", `${published}: processor time of a second`, CPU_TARGET_MS, own.map(cpuOf)),
      row(
        "state-delay",
        `${published}: until a reader in another process has it, 99 of 100`,
        DELAY_TARGET_MS,
        own.map(latest),
      ),
      row(
        "fleet-cpu",
        `${heard}: processor time of the coordinator for 2,000 samples`,
        CPU_TARGET_MS,
        whole.map(({ cpuMs, samples }) => (cpuMs / samples) * SAMPLES_A_SECOND),
      ),
      row(
        "fleet-delay",
        `${heard}: from node to page, 99 of 100`,
        DELAY_TARGET_MS,
        whole.map(latest),
      ),
    ];
  },
};

interface Window {
  readonly cpuMs: number;
  readonly delaysMs: readonly number[];
}

interface FleetWindow extends Window {
  readonly samples: number;
}

const cpuOf = ({ cpuMs }: Window): number => cpuMs;
const latest = ({ delaysMs }: Window): number => quantile(delaysMs, 0.99);

const row = (name: string, what: string, value: number, found: readonly number[]): MeasuredRow => ({
  ...{ type: "measured", name, what, unit: "ms", peer: null },
  ours: summaryOf(found),
  target: { type: "at most", value },
});

/** A second each, in a process of its own. */
function measured<W extends Window>(file: string, windows: number): readonly W[] {
  const source = fileURLToPath(new URL(file, import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...sourceFlags(), source, String(windows)],
    { encoding: "utf8", timeout: 180_000, maxBuffer: 64 << 20 },
  );
  if (status === 0) return JSON.parse(stdout);
  throw new UnwedgeError("failed", `${file}: ${stderr.split("\n", 1)[0] ?? `exit ${status}`}`);
}
