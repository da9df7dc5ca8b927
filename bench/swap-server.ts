// The swap server beside its peers, as fio sees them over the loopback device: requests by turns at ours and at theirs, in pairs.
//
// Rates are what clients get; beside them stands what a request costs the server in CPU time, which is steadier on a machine
// that others use too. A warm-up counts requests, not seconds: ours is compiled while it runs, and on a busy machine that takes long.

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { MIB } from "#base/units.ts";
import type { Benchmark, Plan } from "./benchmark.ts";
import { type NbdServerName, type RunningServer, startNbdServer } from "./nbd-peers.ts";
import type { Row, Target, Unit } from "./row.ts";
import { summaryOf } from "./statistics.ts";

const EXPORT_BYTES = 256 * MIB;
/** What fio goes over, small enough for the caches of none and the memory of all. */
const REGION = "64m";
/** 64 Ki requests: V8 compiles a function after some ten thousand calls, and ours then runs as it will. */
const WARM_UP = ["--rw=randrw", "--bs=4k", "--iodepth=128", "--loops=4"];
/** Ticks of /proc/PID/stat (USER_HZ). */
const TICK_NS = 10_000_000;

interface Job {
  readonly name: string;
  readonly what: string;
  readonly args: readonly string[];
  readonly unit: Unit;
  /** Of one run, in `unit`. */
  readonly figure: (run: FioRun) => number;
  readonly target: Target;
}

/** What one run of fio saw. */
interface FioRun {
  readonly ops: number;
  readonly opsPerSec: number;
  readonly bytesPerSec: number;
  readonly serverCpuNs: number;
}

const random = (depth: number): readonly string[] => [
  "--rw=randrw",
  "--bs=4k",
  `--iodepth=${depth}`,
];
const sequential = (size: string): readonly string[] => ["--rw=rw", `--bs=${size}`, "--iodepth=4"];

function rateJob(depth: number, value: number): Job {
  return {
    name: `swapd-4k-${depth}`,
    what: `4 KiB random reads and writes at depth ${depth}, thousands a second`,
    args: random(depth),
    unit: "k/s",
    figure: ({ opsPerSec }) => opsPerSec / 1_000,
    target: { type: "ratio at least", value },
  };
}

function cpuJob(depth: number): Job {
  return {
    ...rateJob(depth, 0),
    name: `swapd-cpu-${depth}`,
    what: `CPU time of the server per request of 4 KiB at depth ${depth}`,
    unit: "us",
    figure: ({ serverCpuNs, ops }) => serverCpuNs / 1_000 / ops,
    target: { type: "ratio at most", value: 0.4 },
  };
}

function streamJob(size: string): Job {
  return {
    name: `swapd-${size}`,
    what: `sequential reads and writes of ${size} at depth 4`,
    args: sequential(size),
    unit: "MiB/s",
    figure: ({ bytesPerSec }) => bytesPerSec / MIB,
    target: { type: "ratio at least", value: 1 },
  };
}

/** nbdkit's memory plugin is the fastest peer, so it is the one that the targets are about. */
const jobs: readonly { readonly peer: NbdServerName; readonly jobs: readonly Job[] }[] = [
  { peer: "nbdkit", jobs: [rateJob(1, 0.95)] },
  { peer: "nbdkit", jobs: [rateJob(16, 1), cpuJob(16)] },
  { peer: "nbdkit", jobs: [rateJob(128, 1), cpuJob(128)] },
  { peer: "nbdkit", jobs: [streamJob("64k")] },
  { peer: "nbdkit", jobs: [streamJob("1m")] },
  { peer: "nbd-server", jobs: [rateJob(16, 1)] },
  { peer: "qemu-nbd", jobs: [rateJob(16, 1)] },
];

export const swapServer: Benchmark = {
  name: "swapd",
  run: async (plan) => {
    const rows: Row[] = [];
    for (const each of jobs) rows.push(...(await rowsOf(each.peer, each.jobs, plan)));
    return rows;
  },
};

async function rowsOf(peer: NbdServerName, measured: readonly Job[], plan: Plan): Promise<Row[]> {
  const missing = ["fio", peer].find((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  if (missing !== undefined)
    return measured.map(({ name, what }) => ({
      type: "skipped",
      name,
      what,
      reason: `no ${missing}`,
    }));
  const servers: RunningServer[] = [];
  try {
    const ours = await startNbdServer("swapd", EXPORT_BYTES);
    servers.push(ours);
    const theirs = await startNbdServer(peer, EXPORT_BYTES);
    servers.push(theirs);
    return rowsOfPairs(measured, pairsOf({ ours, theirs }, measured, plan), peer);
  } finally {
    for (const server of servers) server.close();
  }
}

interface Rivals {
  readonly ours: RunningServer;
  readonly theirs: RunningServer;
}

type Pair = readonly [FioRun, FioRun];

function pairsOf(
  { ours, theirs }: Rivals,
  [job]: readonly Job[],
  { pairs, shorterBy }: Plan,
): Pair[] {
  const seconds = shorterBy > 1 ? 1 : 2;
  const run = (server: RunningServer): FioRun => fioRun(server, job?.args ?? [], seconds);
  for (const server of [ours, theirs]) fio(server, WARM_UP);
  // Ours first in one pair, theirs in the next: who comes second finds the machine as the first one left it.
  return Array.from({ length: pairs }, (_, i): Pair => {
    if (i % 2 === 0) return [run(ours), run(theirs)];
    const second = run(theirs);
    return [run(ours), second];
  });
}

function rowsOfPairs(measured: readonly Job[], pairs: readonly Pair[], peer: string): Row[] {
  return measured.map(({ name, what, unit, figure, target }) => ({
    type: "measured",
    name: peer === "nbdkit" ? name : `${name}-${peer}`,
    what,
    unit,
    ours: summaryOf(pairs.map(([ours]) => figure(ours))),
    peer: {
      name: peer,
      theirs: summaryOf(pairs.map(([, theirs]) => figure(theirs))),
      ratio: summaryOf(pairs.map(([ours, theirs]) => figure(ours) / figure(theirs))),
    },
    target,
  }));
}

function fioRun(server: RunningServer, args: readonly string[], seconds: number): FioRun {
  const before = cpuTicks(server.pid);
  const { read, write } = fio(server, ["--time_based", `--runtime=${seconds}`, ...args]);
  const serverCpuNs = (cpuTicks(server.pid) - before) * TICK_NS;
  return {
    ops: read.total_ios + write.total_ios,
    opsPerSec: read.iops + write.iops,
    bytesPerSec: read.bw_bytes + write.bw_bytes,
    serverCpuNs,
  };
}

/** What fio says of its reads and of its writes. */
type Side = Readonly<Record<"total_ios" | "iops" | "bw_bytes", number>>;

function fio(
  server: RunningServer,
  args: readonly string[],
): { readonly read: Side; readonly write: Side } {
  const uri = `nbd://127.0.0.1:${server.port}/${server.exportName}`;
  const fixed = ["--name=bench", "--ioengine=nbd", `--uri=${uri}`, `--size=${REGION}`];
  const all = [...fixed, "--output-format=json", ...args];
  const out = execFileSync("fio", all, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return JSON.parse(out.slice(out.indexOf("{"))).jobs[0];
}

/** User and system time of all threads of a process. */
function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name may hold anything but ends with the last bracket; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
