// The swap server beside its peers, over the loopback device: the same load at ours and at theirs by turns, in pairs.
//
// Rates are what fio gets. What a request costs the server in CPU time is steadier on a machine that others use too, and is
// asked of a client that batches: fio sends requests one by one, and what its wake-ups cost hides the rest. With fio it is
// shown as well, without a target.

import { spawnSync } from "node:child_process";
import { MIB } from "#base/units.ts";
import type { Benchmark, Plan } from "./benchmark.ts";
import { type LoadRun, type NbdLoad, runLoad, warmUp } from "./nbd-load.ts";
import { type NbdServerName, type RunningServer, startNbdServer } from "./nbd-peers.ts";
import type { Row, Target, Unit } from "./row.ts";
import { summaryOf } from "./statistics.ts";

const EXPORT_BYTES = 256 * MIB;
/** Enough for a median with its quartiles, and the whole is done within four minutes. */
const PAIRS_MAX = 7;

/** What is read off the runs of one load. */
interface Figure {
  readonly name: string;
  readonly what: string;
  readonly unit: Unit;
  /** Of one run, in `unit`. */
  readonly of: (run: LoadRun) => number;
  readonly target: Target;
}

interface Contest {
  readonly peer: NbdServerName;
  readonly load: NbdLoad;
  readonly figures: readonly Figure[];
}

const pages = (depth: number): NbdLoad => ({
  type: "fio",
  args: ["--rw=randrw", "--bs=4k", `--iodepth=${depth}`],
  warmUpLoops: 2,
});

/** As many loops as make thousands of requests, or half a GiB. */
const stream = (size: string): NbdLoad => ({
  type: "fio",
  args: ["--rw=rw", `--bs=${size}`, "--iodepth=4"],
  warmUpLoops: 8,
});

const rate = (depth: number, value: number): Figure => ({
  name: `swapd-4k-${depth}`,
  what: `4 KiB random reads and writes at depth ${depth}, thousands a second`,
  unit: "k/s",
  of: ({ opsPerSec }) => opsPerSec / 1_000,
  target: { type: "ratio at least", value },
});

const cpu = (depth: number, client: "fio" | "batches", target: Target): Figure => ({
  name: client === "fio" ? `swapd-cpu-${depth}-fio` : `swapd-cpu-${depth}`,
  what: `CPU time of the server per request of 4 KiB at depth ${depth}, ${client === "fio" ? "fio" : "a client that batches"}`,
  unit: "us",
  of: ({ serverCpuNs, ops }) => serverCpuNs / 1_000 / ops,
  target,
});

const throughput = (size: string): Figure => ({
  name: `swapd-${size}`,
  what: `sequential reads and writes of ${size} at depth 4`,
  unit: "MiB/s",
  of: ({ bytesPerSec }) => bytesPerSec / MIB,
  target: { type: "ratio at least", value: 1 },
});

const SHOWN: Target = { type: "shown" };
const CPU: Target = { type: "ratio at most", value: 0.4 };

/** nbdkit's memory plugin is the fastest peer, so it is the one that the targets are about. */
const contests: readonly Contest[] = [
  { peer: "nbdkit", load: pages(1), figures: [rate(1, 0.95), cpu(1, "fio", SHOWN)] },
  { peer: "nbdkit", load: pages(16), figures: [rate(16, 1), cpu(16, "fio", SHOWN)] },
  { peer: "nbdkit", load: pages(128), figures: [rate(128, 1), cpu(128, "fio", SHOWN)] },
  { peer: "nbdkit", load: { type: "batches", depth: 16 }, figures: [cpu(16, "batches", CPU)] },
  { peer: "nbdkit", load: { type: "batches", depth: 128 }, figures: [cpu(128, "batches", CPU)] },
  { peer: "nbdkit", load: stream("64k"), figures: [throughput("64k")] },
  { peer: "nbdkit", load: stream("1m"), figures: [throughput("1m")] },
  { peer: "nbd-server", load: pages(16), figures: [rate(16, 1)] },
  { peer: "qemu-nbd", load: pages(16), figures: [rate(16, 1)] },
];

export const swapServer: Benchmark = {
  name: "swapd",
  run: async (plan) => {
    const rows: Row[] = [];
    for (const contest of contests) rows.push(...(await rowsOf(contest, plan)));
    return rows;
  },
};

async function rowsOf({ peer, load, figures }: Contest, plan: Plan): Promise<Row[]> {
  const missing = ["fio", peer].find((tool) => spawnSync(tool, ["--version"]).error !== undefined);
  if (missing !== undefined)
    return figures.map(({ name, what }) => ({
      type: "skipped",
      name: nameOf(name, peer),
      what,
      reason: `no ${missing}`,
    }));
  plan.tell(figures.map(({ name }) => nameOf(name, peer)).join(", "));
  const servers: RunningServer[] = [];
  try {
    const ours = await startNbdServer("swapd", EXPORT_BYTES);
    servers.push(ours);
    const theirs = await startNbdServer(peer, EXPORT_BYTES);
    servers.push(theirs);
    for (const server of servers) await warmUp(server, load);
    return rowsOfPairs(figures, await pairsOf({ ours, theirs }, load, plan), peer);
  } finally {
    for (const server of servers) server.close();
  }
}

const nameOf = (name: string, peer: NbdServerName): string =>
  peer === "nbdkit" ? name : `${name}-${peer}`;

interface Rivals {
  readonly ours: RunningServer;
  readonly theirs: RunningServer;
}

type Pair = readonly [ours: LoadRun, theirs: LoadRun];

async function pairsOf({ ours, theirs }: Rivals, load: NbdLoad, plan: Plan): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let i = 0; i < Math.min(plan.pairs, PAIRS_MAX); i++) {
    // Ours first in one pair, theirs in the next: who comes second finds the machine as the first one left it.
    const first = await runLoad(i % 2 === 0 ? ours : theirs, load);
    const second = await runLoad(i % 2 === 0 ? theirs : ours, load);
    pairs.push(i % 2 === 0 ? [first, second] : [second, first]);
  }
  return pairs;
}

function rowsOfPairs(
  figures: readonly Figure[],
  pairs: readonly Pair[],
  peer: NbdServerName,
): Row[] {
  return figures.map(({ name, what, unit, of, target }) => ({
    type: "measured",
    name: nameOf(name, peer),
    what,
    unit,
    ours: summaryOf(pairs.map(([ours]) => of(ours))),
    peer: {
      name: peer,
      theirs: summaryOf(pairs.map(([, theirs]) => of(theirs))),
      ratio: summaryOf(pairs.map(([ours, theirs]) => of(ours) / of(theirs))),
    },
    target,
  }));
}
