// A bundle's run at an instant of it: from the nearest state that was kept, and from there event by event.

import { Run } from "#sim/index.ts";
import type { OpenBundle } from "./bundle-read.ts";
import type { Io } from "./io.ts";

/** Longest time between two rests, as in drive.ts. */
const REST_EVERY_MS = 50;

/** The run as it was then; null: somebody did not want to wait. */
export async function runAt(
  { planned: { resolved, seed, forkedTo = [] }, stateBefore }: OpenBundle,
  atNs: number,
  io: Io,
): Promise<Run | null> {
  const from = stateBefore(atNs);
  const run = new Run({
    ...{ scenario: resolved, seed, forks: forkedTo },
    ...(from === null ? {} : { from }),
  });
  const stop = { isWanted: false };
  const stopListening = io.onStop(() => {
    stop.isWanted = true;
  });
  let restedMs = io.nowMs();
  while (!run.isJudged && run.nextAtNs() <= atNs && !stop.isWanted) {
    run.step();
    if (io.nowMs() - restedMs < REST_EVERY_MS) continue;
    await io.rest(0);
    restedMs = io.nowMs();
  }
  stopListening();
  if (stop.isWanted) return null;
  run.runTo(atNs);
  return run;
}
