// The runs of the demonstration, beside the thread that draws them: sends a frame of A every tenth of a second of virtual
// time, and the report at the end of each.

import { parentPort, workerData } from "node:worker_threads";
import type { Run } from "#sim/index.ts";
import { countsOf } from "./chronicle.ts";
import {
  type DemoAssignment,
  type DemoFrame,
  type DemoMessage,
  FRAME_NS,
} from "./demo-messages.ts";
import { drive, machinesOf } from "./drive.ts";
import { plannedNs } from "./dry-run.ts";
import { marksOf, pagesByOwner } from "./machine-picture.ts";
import { type PlannedRun, planRuns } from "./run-plan.ts";

/** A wedge is watched for minutes, in which nothing is to be seen: frames are rarer then. */
const LATE_FRAME_NS = 20_000_000_000;
const LATE_AFTER_NS = 60_000_000_000;

/** How long after the last planned step a strip goes on. */
const AFTERMATH_NS = 5_000_000_000;

const send = (message: DemoMessage): void => parentPort?.postMessage(message);

class Camera {
  #nextNs = 0;
  #phase: string | null = null;

  look(run: Run): void {
    const { nowNs } = run.world;
    const isTurn = run.interpreter.phase !== this.#phase;
    if (nowNs < this.#nextNs && !isTurn && !run.isJudged) return;
    this.#phase = run.interpreter.phase;
    this.#nextNs = nowNs + (nowNs < LATE_AFTER_NS ? FRAME_NS : LATE_FRAME_NS);
    send({ type: "frame", frame: frameOf(run) });
  }
}

function frameOf(run: Run): DemoFrame {
  const [machine] = machinesOf(run);
  if (machine === undefined) throw new Error("assertion failed: the scenario has a machine");
  const { filled, size } = machine.net.cards.ring;
  const { requests, useful } = countsOf(machine);
  return {
    atNs: run.world.nowNs,
    phase: run.interpreter.phase ?? "",
    pages: pagesByOwner(machine),
    marks: marksOf(machine),
    ringFilled: filled,
    ringSize: size,
    inFlight: machine.block?.queue.inFlight ?? 0,
    requests,
    useful,
  };
}

async function perform({ file, text, variant, seed }: DemoAssignment): Promise<void> {
  const [planned] = planRuns(
    file,
    { variant, seed, runs: 1, all: false, policy: null, set: [] },
    { read: () => text },
  );
  if (planned === undefined) throw new Error("assertion failed: a variant and a seed are a run");
  const { resolved, ...identity }: PlannedRun = planned;
  send({ type: "about", about: resolved.about, spanNs: plannedNs(resolved.steps) + AFTERMATH_NS });
  const camera = new Camera();
  const startedAt = new Date().toISOString();
  const end = await drive(planned, {
    nowMs: () => performance.now(),
    rest: () => Promise.resolve(),
    isStopped: () => false,
    onStep: (run) => camera.look(run),
  });
  send({ type: "report", report: { ...identity, ...end, startedAt, bundle: null } });
}

const assignments: readonly DemoAssignment[] = workerData;
for (const assignment of assignments) await perform(assignment);
