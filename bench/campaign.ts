// `npm run campaign`: a sweep by one worker of one thread and by two, each from an empty Redis of its own; how much sooner two
// are done. Without arguments the 400 cells of test/fixtures/grid.yaml with five seeds each; else the sweep and the seeds that
// are named: `npm run campaign -- corner 5`.
//
// Time counts from the start of the command to its last result, with workers that wait already. On a host that has other
// things to do time says little: processor time of the workers says how long the busier one of two has to work.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assert } from "#base/assert.ts";
import { openRedis } from "#coordinator/index.ts";
import { factsText, machineFacts } from "./facts.ts";

const [, , id = "diagram", seeds = "5"] = process.argv;
const command = ["sweep", "test/fixtures/grid.yaml", "--id", id, "--seeds", seeds, "--json"];
/** Ticks of /proc/PID/stat are hundredths of a second on every Linux that we meet. */
const TICKS_A_SECOND = 100;

process.stdout.write(`${factsText(machineFacts())}\n\nunwedge ${command.join(" ")}\n`);
const one = await measured(1);
const two = await measured(2);
assert(one.printed === two.printed, "the same is printed, whoever runs it");
const [byClock, byWork] = [one.wallS / two.wallS, one.busiestS / two.busiestS];
process.stdout.write(
  `two are ${byClock.toFixed(2)} times as fast as one, ${byWork.toFixed(2)} by processor time; the same is printed\n`,
);

interface Measured {
  readonly wallS: number;
  /** Processor time of the worker that had most to do. */
  readonly busiestS: number;
  readonly printed: string;
}

async function measured(workers: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "unwedge-campaign-"));
  const redis = await openRedis({ url: null, serverPath: "redis-server", folder });
  const where = ["--redis", redis.url];
  const started = Array.from({ length: workers }, () =>
    unwedge("worker", ...where, "--threads", "1"),
  );
  const ended = started.map((child) => once(child, "exit"));
  try {
    await Promise.all(started.map(({ stdout }) => stdout && once(stdout, "data")));
    const cpuNow = (): number[] => started.map(({ pid }) => cpuSecondsOf(pid ?? 0));
    const before = cpuNow();
    const startMs = performance.now();
    const printed = await printedBy(unwedge(...command, ...where));
    const wallS = (performance.now() - startMs) / 1_000;
    const cpuS = cpuNow().map((now, i) => now - (before[i] ?? 0));
    const said = cpuS.map((each) => each.toFixed(1)).join(" + ");
    process.stdout.write(`  workers ${workers}: ${wallS.toFixed(1)} s; processor time ${said} s\n`);
    return { wallS, busiestS: Math.max(...cpuS), printed };
  } finally {
    for (const child of started) child.kill();
    await Promise.all(ended);
    await redis.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function unwedge(...args: string[]): ChildProcess {
  return spawn("./unwedge", args, { stdio: ["ignore", "pipe", "ignore"] });
}

async function printedBy(child: ChildProcess): Promise<string> {
  let printed = "";
  child.stdout?.on("data", (chunk) => {
    printed += String(chunk);
  });
  const [code] = await once(child, "close");
  assert(code === 0, "the sweep ends well");
  return printed;
}

/** User and system time of a process with all its threads. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
