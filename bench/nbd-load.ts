// What is asked of an NBD server for a benchmark, by fio or by a client that batches, and what that cost the server.

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { MIB, PAGE_BYTES } from "#base/units.ts";
import { runBatched } from "./batching-client.ts";
import type { RunningServer } from "./nbd-peers.ts";

/** What is gone over, small enough for the caches of none and the memory of all. */
const REGION_BYTES = 64 * MIB;
/** Of a run of the batching client, which counts requests: CPU time comes in ticks of 10 ms, so it takes thirty of them and more. */
const BATCHED_REQUESTS = 100_000;
/** Ticks of /proc/PID/stat (USER_HZ). */
const TICK_NS = 10_000_000;
/** V8 compiles a function after some ten thousand calls, and ours then runs as it will: 64 Ki requests, whatever the machine. */
const WARM_UP = ["--rw=randrw", "--bs=4k", "--iodepth=128", "--loops=4"];

export type NbdLoad =
  /** Arguments of fio, and how often it goes over all of it to warm up. */
  | { readonly type: "fio"; readonly args: readonly string[]; readonly warmUpLoops: number }
  | { readonly type: "batches"; readonly depth: number };

/** One run, as the client saw it; and what the server spent. */
export interface LoadRun {
  readonly ops: number;
  readonly opsPerSec: number;
  readonly bytesPerSec: number;
  readonly serverCpuNs: number;
}

/** Requests in thousands of a kind, then of this load's own: counted, as a busy machine takes its time to compile. */
export async function warmUp(server: RunningServer, load: NbdLoad): Promise<void> {
  await fio(server, WARM_UP);
  if (load.type === "batches") await batches(server, load.depth);
  else await fio(server, [...load.args, `--loops=${load.warmUpLoops}`]);
}

/** About a second of it. */
export async function runLoad(server: RunningServer, load: NbdLoad): Promise<LoadRun> {
  const cpuBefore = cpuTicks(server.pid);
  const seen =
    load.type === "batches"
      ? await batches(server, load.depth)
      : await fio(server, [...load.args, "--time_based", "--runtime=1"]);
  return { ...seen, serverCpuNs: (cpuTicks(server.pid) - cpuBefore) * TICK_NS };
}

type Seen = Omit<LoadRun, "serverCpuNs">;

async function batches({ port, exportName }: RunningServer, depth: number): Promise<Seen> {
  const ops = BATCHED_REQUESTS;
  const startMs = performance.now();
  await runBatched({ port, exportName, depth, regionBytes: REGION_BYTES, requests: ops });
  const opsPerSec = (ops * 1_000) / (performance.now() - startMs);
  return { ops, opsPerSec, bytesPerSec: opsPerSec * PAGE_BYTES };
}

async function fio(server: RunningServer, args: readonly string[]): Promise<Seen> {
  const uri = `nbd://127.0.0.1:${server.port}/${server.exportName}`;
  const fixed = ["--name=bench", "--ioengine=nbd", `--uri=${uri}`, `--size=${REGION_BYTES}`];
  const { stdout } = await run("fio", [...fixed, "--output-format=json", ...args]);
  const { read, write } = JSON.parse(stdout.slice(stdout.indexOf("{"))).jobs[0];
  return {
    ops: read.total_ios + write.total_ios,
    opsPerSec: read.iops + write.iops,
    bytesPerSec: read.bw_bytes + write.bw_bytes,
  };
}

const run = promisify(execFile);

/** User and system time of all threads of a process. */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name may hold anything but ends with the last bracket; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
