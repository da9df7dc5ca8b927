// `unwedge report BUNDLE -o FILE`: one file that shows a run to whoever has a browser, without a server and without unwedge.

import { EXIT, UnwedgeError } from "#base/error.ts";
import { type Film, healedAfter, noReturn } from "#sim/index.ts";
import { openBundle } from "./bundle-read.ts";
import { filmOf } from "./film.ts";
import type { Io } from "./io.ts";
import { pointText, tellTrial, timedFault } from "./no-return.ts";
import { pageFile } from "./page-files.ts";
import { reportHtml } from "./report-html.ts";

export interface ReportOptions {
  readonly out: string;
  /** Find the point of no return, which takes as long as a dozen runs. */
  readonly noReturn: boolean;
  /** Id of the fault that is to heal sooner; null: the only one there is. */
  readonly fault: string | null;
}

export async function report(path: string, options: ReportOptions, io: Io): Promise<number> {
  const page = { style: pageFile("index.css"), script: pageFile("page.js") };
  const seek = options.noReturn ? seekerOf(path, options.fault, io) : null;
  const film = await filmOf(path, io);
  if (film === null) return EXIT.interrupted;
  const told = seek === null ? film : { ...film, noReturn: seek() };
  const html = reportHtml(told, page);
  io.write(options.out, new TextEncoder().encode(html));
  const size = `${Math.ceil(html.length / 1024)} KiB, ${film.frames.length} frames`;
  const point = told.noReturn === undefined ? "" : `; ${pointText(told.noReturn.found)}`;
  io.out(`${options.out}: ${size}, ${film.end?.result.verdict ?? ""}${point}\n`);
  return EXIT.ok;
}

/** As exactly as `unwedge no-return` asks unless it is told, in ns. */
const STEP_NS = 10_000_000;

/** What finds it; mistakes are told before anything is run. */
function seekerOf(path: string, id: string | null, io: Io): () => NonNullable<Film["noReturn"]> {
  // What may differ from what the bundle says is told once, with the film.
  const { head, planned, changed } = openBundle(path, {
    readBytes: (file) => io.readBytes(file),
    err: () => undefined,
  });
  if ((head.forks ?? []).length > 0)
    throw new UnwedgeError(
      "usage",
      `${path}: --point-of-no-return: its run is a fork; ask of the one it is from`,
    );
  const fault = timedFault(planned.resolved, id);
  const resolve = (forNs: number | null) =>
    forNs === null ? planned.resolved : changed([healedAfter(fault, forNs)]);
  const spec = { resolve, seed: head.seed, fault, stepNs: STEP_NS };
  return () => ({ fault, found: noReturn(spec, (trial) => tellTrial(trial, io)) });
}
