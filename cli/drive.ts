// Turns the crank of a run, and looks up between two turns: for whoever watches, for Ctrl-C, for the wall limit.

import { Run } from "#sim/index.ts";
import { Chronicle } from "./chronicle.ts";
import { pictureOf } from "./machine-picture.ts";
import type { PlannedRun } from "./run-plan.ts";
import type { MachineStory, RunEnd } from "./run-report.ts";

export interface Crank {
  readonly nowMs: () => number;
  /** Gives signals and drawing their turn. */
  readonly rest: () => Promise<void>;
  /** Somebody wants it to end. */
  readonly isStopped: () => boolean;
  /** Before the first step. */
  readonly onStart?: (run: Run) => void;
  /** After the last one, before anything is said of the machines. */
  readonly onEnd?: (run: Run) => void;
  /** After every step. */
  readonly onStep?: (run: Run) => void;
  /** Now and then, when there was a rest. */
  readonly onRest?: (run: Run) => void;
}

type Driven = Pick<PlannedRun, "resolved" | "seed" | "forkedTo">;

/** Longest time between two rests: below what a person takes for immediate. */
const REST_EVERY_MS = 50;

export async function drive(
  { resolved: scenario, seed, forkedTo: forks = [] }: Driven,
  crank: Crank,
): Promise<RunEnd> {
  const startMs = crank.nowMs();
  const run = new Run({ scenario, seed, forks });
  crank.onStart?.(run);
  const recorded = machinesOf(run).map((machine) => ({
    machine,
    chronicle: new Chronicle(machine),
  }));
  const onStep = (): void => {
    const { interpreter, world } = run;
    for (const { chronicle } of recorded) chronicle.observe(interpreter.phase, world.nowNs);
    crank.onStep?.(run);
  };
  const limitMs = startMs + (scenario.engine.wallLimitNs ?? Infinity) / 1e6;
  const ending = await turn(run, { ...crank, onStep }, limitMs);
  crank.onEnd?.(run);
  const machines: MachineStory[] = recorded.map(({ machine, chronicle }) => ({
    picture: pictureOf(machine, run.world.nowNs),
    chapters: chronicle.chapters(),
  }));
  const outcome = outcomeOf(run);
  const hasWedged = outcome.result?.judged === "wedged";
  const certificate = hasWedged ? run.certificate() : null;
  return { ending, ...outcome, machines, certificate, host: [], wallMs: crank.nowMs() - startMs };
}

/** Until the run is judged, or something ends it before. */
async function turn(run: Run, crank: Crank, limitMs: number): Promise<RunEnd["ending"]> {
  let restedMs = crank.nowMs();
  while (!run.isJudged) {
    if (crank.isStopped()) return "interrupted";
    run.step();
    crank.onStep?.(run);
    const nowMs = crank.nowMs();
    if (nowMs >= limitMs && !run.isJudged) return "wall-limit";
    if (nowMs - restedMs < REST_EVERY_MS) continue;
    crank.onRest?.(run);
    await crank.rest();
    restedMs = crank.nowMs();
  }
  return "judged";
}

/** The machines whose memory is at stake. */
export const machinesOf = (run: Run) =>
  run.world.machines.filter(({ spec }) => spec.role === "machine");

function outcomeOf(run: Run): Pick<RunEnd, "result" | "digest" | "events" | "simNs"> {
  const { world } = run;
  if (run.isJudged) return run.outcome();
  return { result: null, digest: world.digest(), events: world.eventCount, simNs: world.nowNs };
}
