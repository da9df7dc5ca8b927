// One process of a cluster is killed at some moment of a run: nothing of it is left, no fault stays open, the record says what
// happened, no run disappears, and when what was killed is started again the next run is as good as any.

import { setTimeout as turn } from "node:timers/promises";
import { HOSTS, type Host, type KillCluster, type RunSaid } from "./kill-cluster.ts";
import { childrenOf, descendantsOf, isAlive } from "./sockets.ts";

export type Victim = "redis" | "coordinator" | `${"agent" | "machine"} ${Host}`;

export const VICTIMS: readonly Victim[] = [
  ...HOSTS.map((host): Victim => `machine ${host}`),
  ...HOSTS.map((host): Victim => `agent ${host}`),
  "coordinator",
  "redis",
];

/** Of the scenario that is run. */
export const PHASES = ["warm-up", "steady", "outage", "after"] as const;

export interface KillTrial {
  readonly victim: Victim;
  /** It is killed so long after a phase has begun, in ms. */
  readonly phase: (typeof PHASES)[number];
  readonly afterMs: number;
}

export interface KillTold {
  /** Of the run in which something was killed. */
  readonly verdict: string | null;
  /** What should not be; empty: nothing. */
  readonly complaints: readonly string[];
}

/** A net: what has not come by then never will. */
const PATIENCE_MS = 120_000;

/** What a run's record says when one of them was killed in it. A run outlives Redis. */
const WHY: Readonly<Record<string, RegExp>> = {
  machine: /^node [ABC] is gone: it ended with SIGKILL$/,
  agent: /^node [ABC] is gone: its agent is gone/,
  coordinator: /^the coordinator ended in the middle of it/,
};

export async function killTrial(cluster: KillCluster, trial: KillTrial): Promise<KillTold> {
  const complaints: string[] = [];
  const check = async (what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> => {
    if (!(await within(isTrue))) complaints.push(what);
  };
  const before = (await cluster.runs()).length;
  const id = await cluster.ask({ scenario: "outage", variant: "swapnbd-v9" });
  const runOf = async (which: string): Promise<RunSaid | null> =>
    (await cluster.runs()).find((run) => run.id === which) ?? null;
  const hasEnded = async (which: string): Promise<boolean> =>
    (await runOf(which))?.state === "ended";

  await check(`phase ${trial.phase} never began`, async () => {
    const run = await runOf(id);
    return run?.phase === trial.phase || run?.state === "ended";
  });
  const fault = { name: "link.latency", target: "A->C", args: { delay: "1 ms" }, lease: 60 };
  await cluster.say("POST", "/api/v1/faults", fault);
  await turn(trial.afterMs);
  const wasOver = await hasEnded(id);
  const doomed = strike(cluster, trial.victim);
  await check("a process is left", () => !doomed.some(isAlive));
  const [kind = "", host] = trial.victim.split(" ");
  const part = HOSTS.find((each) => each === host) ?? (kind === "redis" ? "redis" : "coordinator");
  if (kind !== "machine") await cluster.start(part);

  await check("the run never ended", () => hasEnded(id));
  const run = await runOf(id);
  complaints.push(...complaintsOf(run, WHY[kind], wasOver));
  await check("a fault is open", async () => {
    const said = (await cluster.say("GET", "/api/v1/faults")) as { faults?: unknown[] } | null;
    return said?.faults?.length === 0;
  });
  await check("a machine is left", () => cluster.machines().length === 0);

  const next = await cluster.ask({ scenario: "tiny", variant: "fits" });
  await check("the next run never ended", () => hasEnded(next));
  const nextVerdict = (await runOf(next))?.verdict ?? null;
  if (nextVerdict !== "completes") complaints.push(`the next run is ${nextVerdict}`);
  const runs = (await cluster.runs()).length - before;
  if (runs !== 2) complaints.push(`${runs} runs are on record, 2 were asked for`);
  return { verdict: run?.verdict ?? null, complaints };
}

/** Of the record of the run in which it was killed. */
function complaintsOf(run: RunSaid | null, why: RegExp | undefined, wasOver: boolean): string[] {
  if (run === null) return ["the run has disappeared"];
  const said = run.why[0] ?? "";
  if (run.verdict !== "inconclusive")
    return why === undefined || wasOver ? [] : [`${run.verdict}, though it was struck`];
  return why?.test(said) === true ? [] : [`the record does not say what happened: ${said}`];
}

/** Kills it; gives the processes that may not outlive it. */
function strike(cluster: KillCluster, victim: Victim): number[] {
  const [kind, name] = victim.split(" ");
  const host = HOSTS.find((each) => each === name) ?? "A";
  if (kind === "machine") {
    const machines = childrenOf(cluster.pidOf(host));
    for (const pid of machines) process.kill(pid, "SIGKILL");
    return machines;
  }
  const part = kind === "agent" ? host : kind === "redis" ? "redis" : "coordinator";
  const pid = cluster.pidOf(part);
  // Machines that nobody can heal are not left to their faults.
  const doomed = [...descendantsOf(pid), ...(part === "coordinator" ? cluster.machines() : [])];
  process.kill(pid, "SIGKILL");
  return [pid, ...doomed];
}

async function within(isTrue: () => boolean | Promise<boolean>): Promise<boolean> {
  const untilMs = performance.now() + PATIENCE_MS;
  while (performance.now() < untilMs) {
    if (await isTrue()) return true;
    await turn(20);
  }
  return false;
}
