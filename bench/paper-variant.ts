// A process of its own that runs one variant of scenarios/gorman-4x.yaml and prints its line as JSON.
//
// `node bench/paper-variant.ts VARIANT SEED [PATH=VALUE …]`, started by paper-table.ts.
//
// User time is what programs take to touch pages; all else that tasks and softirqs do is the kernel's.

import { readFileSync } from "node:fs";
import { MIB } from "#base/units.ts";
import { openScenario, parseSetting } from "#coordinator/scenario/index.ts";
import type { Machine } from "#kernel/index.ts";
import { Run } from "#sim/index.ts";
import { COST } from "../kernel/costs.ts";
import type { PaperLine } from "./paper-lines.ts";

const PATH = "scenarios/gorman-4x.yaml";
const NS_PER_S = 1_000_000_000;

function scenarioOf(variant: string, settings: readonly string[]) {
  const opened = openScenario(readFileSync(PATH, "utf8"), PATH);
  if (!opened.ok) throw new Error(`${PATH} is not valid`);
  const resolved = opened.scenario.resolve({
    variant,
    settings: settings.flatMap((setting) => parseSetting(setting) ?? []),
  });
  if (!resolved.ok) throw new Error(resolved.diagnostics.map(({ message }) => message).join("; "));
  return resolved.scenario;
}

function timesOf({ sched, workload }: Machine): { sysS: number; userSysS: number } {
  const taskNs = sched.tasks().reduce((sum, { cpuNs }) => sum + cpuNs, 0);
  const touches = workload.stats().reduce((sum, { progressPages }) => sum + progressPages, 0);
  const allNs = taskNs + sched.softirqNs;
  return { sysS: (allNs - touches * COST.touchNs) / NS_PER_S, userSysS: allNs / NS_PER_S };
}

function run(variant: string, seed: number, settings: readonly string[]): PaperLine {
  const startMs = performance.now();
  const before = process.cpuUsage();
  const world = new Run({ scenario: scenarioOf(variant, settings), seed });
  const { result, simNs, events } = world.finish();
  const machine = world.world.machine("A");
  const { pswpout, pswpin, pgscan_direct_throttle: throttled } = machine.memory.parts.vmstat.counts;
  const { user, system } = process.cpuUsage(before);
  return {
    variant,
    verdict: result.verdict,
    status: result.status,
    ...timesOf(machine),
    elapsedS: simNs / NS_PER_S,
    pagesOut: pswpout,
    pagesIn: pswpin,
    throttled,
    wallS: (performance.now() - startMs) / 1_000,
    cpuUsPerPage: (user + system) / Math.max(1, pswpout + pswpin),
    rssMiB: Math.round(process.resourceUsage().maxRSS / (MIB / 1_024)),
    events,
  };
}

const [variant = "", seed = "2012", ...settings] = process.argv.slice(2);
process.stdout.write(JSON.stringify(run(variant, Number(seed), settings)));
