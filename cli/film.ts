// The film of a bundle's run: it is run again, and looked at. What may differ from what the bundle says is told.

import { UnwedgeError } from "#base/error.ts";
import { Camera, FILM_SCHEMA, type Film, type Frame, Run, titleOf } from "#sim/index.ts";
import { type OpenBundle, openBundle } from "./bundle-read.ts";
import type { Io } from "./io.ts";

/** Longest time between two rests, as in drive.ts. */
const REST_EVERY_MS = 50;

/** null: somebody did not want to wait. Throws UnwedgeError on a bundle that cannot be run. */
export async function filmOf(path: string, io: Io): Promise<Film | null> {
  const bundle = openBundle(path, io);
  const { head, planned } = bundle;
  if (head.ending !== "judged")
    throw new UnwedgeError("skipped", `${path}: its run ended before it was judged; run it again`);
  const run = new Run({ scenario: planned.resolved, seed: planned.seed });
  const camera = new Camera(run);
  const frames: Frame[] = [];
  const stopped = await shoot(run, { camera, frames, io });
  if (stopped) return null;
  const end = camera.end();
  if (end.digest !== head.digest)
    io.err(`${path}: the run is another one today: digest ${end.digest}, it was ${head.digest}\n`);
  return { schema: FILM_SCHEMA, title: titled(bundle), frames, closure: camera.closure, end };
}

interface Shooting {
  readonly camera: Camera;
  readonly frames: Frame[];
  readonly io: Io;
}

async function shoot(run: Run, { camera, frames, io }: Shooting): Promise<boolean> {
  const stop = { isWanted: false };
  const stopListening = io.onStop(() => {
    stop.isWanted = true;
  });
  let restedMs = io.nowMs();
  while (!run.isJudged && !stop.isWanted) {
    run.step();
    camera.observe();
    if (io.nowMs() - restedMs < REST_EVERY_MS) continue;
    await io.rest(0);
    restedMs = io.nowMs();
  }
  frames.push(...camera.takeFrames());
  camera.close();
  stopListening();
  return stop.isWanted;
}

const titled = ({ planned: { resolved, seed, policy, settings } }: OpenBundle): Film["title"] =>
  titleOf(resolved, { seed, policy, settings });
