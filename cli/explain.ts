// `unwedge explain BUNDLE`: who waits for whom, at the end of a bundle's run or at any instant of it. From the nearest state
// that was kept; so what is late in a long run is there at once.

import { EXIT } from "#base/error.ts";
import { instantOf, openBundle } from "./bundle-read.ts";
import { explained, explainedDot, explainedText } from "./explained.ts";
import { timeText } from "./figures.ts";
import type { Io } from "./io.ts";
import { runAt } from "./run-at.ts";
import { identityLine } from "./run-report.ts";

export interface ExplainOptions {
  /** null: the end. */
  readonly at: string | null;
  readonly format: "text" | "json" | "dot";
}

export async function explainBundle(
  path: string,
  { at, format }: ExplainOptions,
  io: Io,
): Promise<number> {
  const bundle = openBundle(path, io);
  const { head } = bundle;
  const atNs = at === null ? head.simNs : instantOf("--at", at, head);
  const run = await runAt(bundle, atNs, io);
  if (run === null) return EXIT.interrupted;
  const nowNs = run.world.nowNs;
  const state = explained(run.world.machines, nowNs);
  switch (format) {
    case "json":
      io.out(`${JSON.stringify(state, null, 2)}\n`);
      return EXIT.ok;
    case "dot":
      io.out(explainedDot(state));
      return EXIT.ok;
    case "text": {
      const lines = explainedText(state, io.settings.columns);
      const where = `at ${timeText(nowNs)}, ${run.interpreter.stage}, phase ${run.interpreter.phase ?? "-"}`;
      io.out(`${[identityLine([bundle.planned]), where, "", ...lines].join("\n")}\n`);
      return EXIT.ok;
    }
  }
}
