// A bundle's run, run again to be looked at: as a film, as a capture of its network, or as its page-outs. What may differ from
// what the bundle says is told.

import { UnwedgeError } from "#base/error.ts";
import type { Machine } from "#kernel/index.ts";
import { Camera, Capture, FILM_SCHEMA, type Film, PageOuts, Run, titleOf } from "#sim/index.ts";
import { openBundle } from "./bundle-read.ts";
import type { Io } from "./io.ts";
import type { TracedRun } from "./otlp.ts";

/** Longest time between two rests, as in drive.ts. */
const REST_EVERY_MS = 50;

/** null: somebody did not want to wait. Throws UnwedgeError on a bundle that cannot be run. */
export async function filmOf(path: string, io: Io): Promise<Film | null> {
  const again = await runAgain(path, io, (run) => new Camera(run));
  if (again === null) return null;
  const { title, lens } = again;
  const frames = lens.takeFrames();
  return { schema: FILM_SCHEMA, title, frames, closure: lens.closure, end: lens.end() };
}

/** What passed its network cards, as a pcapng file; else as filmOf. */
export async function captureOf(path: string, io: Io): Promise<Uint8Array | null> {
  const again = await runAgain(path, io, ({ world }) => new Capture(world.machines));
  if (again === null) return null;
  const { run, title, lens } = again;
  return lens.file(`${title.scenario} ${title.variant ?? ""}, seed ${title.seed}`, run.world.nowNs);
}

/** What each write to swap went through; else as filmOf. */
export async function tracedRunOf(path: string, io: Io): Promise<TracedRun | null> {
  const again = await runAgain(path, io, ({ world }) => new PageOuts(world.machines));
  if (again === null) return null;
  const { run, title, lens } = again;
  const { result, digest } = run.outcome();
  return {
    ...{ pageOuts: lens.all(), endNs: run.world.nowNs, digest },
    about: {
      ...{ "unwedge.scenario": title.scenario, "unwedge.seed": title.seed },
      ...{ "unwedge.variant": title.variant ?? "", "unwedge.verdict": result.verdict },
    },
    knot: run.certificate()?.cycle.join(" → ") ?? null,
  };
}

/** What looks at a run. */
interface Lens {
  /** After every step. */
  observe?(): void;
  /** After every event of a machine. */
  look?(machine: Machine): void;
  close(): void;
}

interface Again<L> {
  readonly run: Run;
  readonly title: Film["title"];
  readonly lens: L;
}

/** Up to its verdict. */
async function runAgain<L extends Lens>(
  path: string,
  io: Io,
  lensOf: (run: Run) => L,
): Promise<Again<L> | null> {
  const { head, planned } = openBundle(path, io);
  if (head.ending !== "judged")
    throw new UnwedgeError("skipped", `${path}: its run ended before it was judged; run it again`);
  const { resolved, seed, policy, settings, forkedTo = [] } = planned;
  const eye: { lens: L | null } = { lens: null };
  const afterEach = (machine: Machine): void => eye.lens?.look?.(machine);
  const run = new Run({ scenario: resolved, seed, forks: forkedTo, afterEach });
  const lens = lensOf(run);
  eye.lens = lens;
  const isStopped = await shoot(run, lens, io);
  lens.close();
  if (isStopped) return null;
  const { digest } = run.outcome();
  if (digest !== head.digest)
    io.err(`${path}: the run is another one today: digest ${digest}, it was ${head.digest}\n`);
  return { run, title: titleOf(resolved, { seed, policy, settings }), lens };
}

/** Whether somebody stopped it. */
async function shoot(run: Run, lens: Lens, io: Io): Promise<boolean> {
  const stop = { isWanted: false };
  const stopListening = io.onStop(() => {
    stop.isWanted = true;
  });
  let restedMs = io.nowMs();
  while (!run.isJudged && !stop.isWanted) {
    run.step();
    lens.observe?.();
    if (io.nowMs() - restedMs < REST_EVERY_MS) continue;
    await io.rest(0);
    restedMs = io.nowMs();
  }
  stopListening();
  return stop.isWanted;
}
