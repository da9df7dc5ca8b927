// One process of a cluster is killed at some moment of a run, while another run waits: nothing of it is left, no fault stays
// open, the record says what happened, no run disappears, and when what was killed is started again the run that waited and
// one that is asked for then are as good as any.

import { setTimeout as turn } from "node:timers/promises";
import {
  HOSTS,
  type Host,
  type KillCluster,
  type Part,
  type RunEventSaid,
  type RunSaid,
} from "./kill-cluster.ts";
import { descendantsOf, isAlive, machinesOf } from "./sockets.ts";

export type Victim = "redis" | "coordinator" | `${"agent" | "machine"} ${Host}`;

export const VICTIMS: readonly Victim[] = [
  ...HOSTS.map((host): Victim => `machine ${host}`),
  ...HOSTS.map((host): Victim => `agent ${host}`),
  "coordinator",
  "redis",
];

/** Of the scenario that is run. */
export const PHASES: readonly string[] = ["warm-up", "steady", "outage", "after"];

export interface KillTrial {
  readonly victim: Victim;
  /** It is killed so long after a phase has begun, in ms. */
  readonly phase: string;
  readonly afterMs: number;
}

export interface KillTold {
  /** Of the run in which something was killed. */
  readonly verdict: string | null;
  /** The run had its verdict when it was struck: this says less. */
  readonly wasOver: boolean;
  /** What should not be; empty: nothing. */
  readonly complaints: readonly string[];
}

/** A net: what has not come by then never will. */
const PATIENCE_MS = 60_000;

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
  const [kind = "", host] = trial.victim.split(" ");
  // A coordinator keeps 200 runs: those of trials before this one are in the way of counting.
  await cluster.say("DELETE", "/api/v1/runs");
  const id = await cluster.ask({ scenario: "outage", variant: "swapnbd-v9" });
  const waiting = await cluster.ask({ scenario: "tiny", variant: "fits" });
  const runOf = async (which: string): Promise<RunSaid | null> =>
    (await cluster.runs()).find((run) => run.id === which) ?? null;
  const hasEnded = async (which: string): Promise<boolean> =>
    (await runOf(which))?.state === "ended";

  await check(`phase ${trial.phase} never began`, async () => {
    const run = await runOf(id);
    return (
      run?.state === "ended" || PHASES.indexOf(trial.phase) <= PHASES.indexOf(run?.phase ?? "")
    );
  });
  // A run that outlives what is killed outlives the lease too.
  const lease = kind === "redis" ? 0.2 : 60;
  const fault = { name: "link.latency", target: "A->C", args: { delay: "1 ms" }, lease };
  await cluster.say("POST", "/api/v1/faults", fault);
  await turn(trial.afterMs);
  const wasOver = await hasEnded(id);
  const part = HOSTS.find((each) => each === host) ?? (kind === "redis" ? "redis" : "coordinator");
  const doomed = strike(cluster, part, kind === "machine");
  await check("a process is left", () => !doomed.some(isAlive));
  if (kind !== "machine") await cluster.start(part);

  await check("the run never ended", () => hasEnded(id));
  const run = await runOf(id);
  complaints.push(...complaintsOf(run, WHY[kind], wasOver));
  await check("a fault is open", async () => {
    const said = (await cluster.say("GET", "/api/v1/faults")) as { faults?: unknown[] } | null;
    return said?.faults?.length === 0;
  });
  await check("a machine is left", () => cluster.machines().length === 0);

  if (kind === "redis") complaints.push(...leaseComplaints(await cluster.events(id)));

  const next = await cluster.ask({ scenario: "tiny", variant: "fits" });
  for (const [name, other] of [
    ["that waited", waiting],
    ["after it", next],
  ] as const) {
    await check(`the run ${name} never ended`, () => hasEnded(other));
    // Where the first run was over it was the next one that was struck.
    const struck = other === waiting && wasOver ? WHY[kind] : undefined;
    complaints.push(...otherComplaints(name, await runOf(other), struck));
  }
  const runs = (await cluster.runs()).length;
  if (runs !== 3) complaints.push(`${runs} runs are on record, 3 were asked for`);
  return { verdict: run?.verdict ?? null, wasOver, complaints };
}

/** Of a run beside the one in which it was killed; `struck`: what it may say besides its verdict. */
function otherComplaints(name: string, run: RunSaid | null, struck: RegExp | undefined): string[] {
  const said = run?.why[0] ?? "";
  if (run?.verdict === "completes" || struck?.test(said) === true) return [];
  return [`the run ${name} is ${run?.verdict ?? "gone"}: ${said}`];
}

/** Far more than the lease, in ms. */
const SURELY_OVER_MS = 1_000;

/** Of a run that went on: a fault in it was healed by its lease, unless the run was over before. */
function leaseComplaints(events: readonly RunEventSaid[]): string[] {
  const opened = events.find(({ type }) => type === "fault");
  const ended = events.find(({ type }) => type === "ended");
  if (opened === undefined || ended === undefined) return [];
  if (ended.atMs - opened.atMs < SURELY_OVER_MS) return [];
  const healed = events.find(({ type, why }) => type === "healed" && why === "its lease ended");
  return healed === undefined ? ["no lease healed the fault"] : [];
}

/** Of the record of the run in which it was killed. */
function complaintsOf(run: RunSaid | null, why: RegExp | undefined, wasOver: boolean): string[] {
  if (run === null) return ["the run has disappeared"];
  const said = run.why[0] ?? "";
  // Without Redis it goes on to whatever its verdict is; a host that is too slow makes it inconclusive by itself.
  if (why === undefined)
    return / is gone|in the middle/.test(said) ? [`it was ended: ${said}`] : [];
  if (run.verdict !== "inconclusive")
    return wasOver ? [] : [`${run.verdict}, though it was struck`];
  return why.test(said) ? [] : [`the record does not say what happened: ${said}`];
}

/** Kills it, or only the machines that it has; gives the processes that may not outlive that. */
function strike(cluster: KillCluster, part: Part, onlyMachines: boolean): number[] {
  const pid = cluster.pidOf(part);
  if (onlyMachines) {
    const machines = machinesOf(pid);
    for (const machine of machines) process.kill(machine, "SIGKILL");
    return machines;
  }
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
