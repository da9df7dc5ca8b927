// `unwedge demo`: three machines, one outage, three kernels, in a few seconds. On a terminal A's memory is drawn while it
// happens; elsewhere each run leaves its verdict and what happened in a few lines.
//
// The runs go on in threads of their own, as fast as they can; what is drawn follows at a pace one can watch.

import { EXIT, UnwedgeError, worstExit } from "#base/error.ts";
import { DemoLanes, type Take } from "./demo-lanes.ts";
import { livePanel, type Screen, SPAN_NS, stripKey, verdictBlock } from "./demo-view.ts";
import type { Io } from "./io.ts";
import { LivePanel } from "./live-panel.ts";
import { type Paint, painter } from "./paint.ts";
import { exitOf } from "./run-report.ts";
import { readScenario } from "./scenario-file.ts";

const SCENARIO = "zijlstra-wedge";
const SEED = 2007;
const VARIANTS = ["vanilla-2007", "swapnbd-v9", "mainline-6.1-without-highatomic"];

/** Between two pictures, and how many frames of a run the next one may be further; more once all is to be seen. */
const TICK_MS = 40;
const FRAMES_PER_TICK = 5;
const LATE_FRAMES_PER_TICK = 60;
/** How long the last picture of a run stands. */
const LAST_TICKS = 8;

export async function demo(io: Io): Promise<number> {
  const screen: Screen = {
    columns: io.settings.columns,
    paint: painter(io.settings.hasColour),
  };
  let stopCode = 0;
  const stopListening = io.onStop((exitCode) => {
    stopCode = exitCode;
  });
  io.out(opening(screen.paint));
  const { file, text } = readScenario(SCENARIO, io);
  const lanes = new DemoLanes(VARIANTS.map((variant) => ({ file, text, variant, seed: SEED })));
  const panel = new LivePanel(io);
  try {
    for (const take of lanes.takes) {
      await watch(take, { lanes, panel, screen, io, isStopped: () => stopCode !== 0 });
      if (stopCode !== 0) return stopCode;
      io.out(`${[...blockOf(take, screen), ...gapOf(io)].join("\n")}\n`);
    }
    if (gapOf(io).length === 0) io.out("\n");
    io.out(closing(screen.paint));
    return worstExit(
      lanes.takes.map(({ report }) => (report === null ? EXIT.internal : exitOf(report))),
    );
  } finally {
    panel.close();
    stopListening();
    await lanes.close();
  }
}

const blockOf = (take: Take, screen: Screen): string[] =>
  take.report === null ? [] : verdictBlock(take, take.report, screen);

/** A line between two blocks, where they all fit with it. */
const gapOf = ({ settings }: Io): string[] =>
  settings.rows > 30 || !settings.isTerminal ? [""] : [];

interface Watching {
  readonly lanes: DemoLanes;
  readonly panel: LivePanel;
  readonly screen: Screen;
  readonly io: Io;
  readonly isStopped: () => boolean;
}

/** Follows one run to its end, or until somebody wants to stop. */
async function watch(take: Take, { lanes, panel, screen, io, isStopped }: Watching): Promise<void> {
  let shown = -1;
  let lastTicks = 0;
  while (!isStopped() && lastTicks < (panel.isLive ? LAST_TICKS : 1)) {
    if (lanes.error !== null)
      throw new UnwedgeError("internal", `the demonstration failed: ${lanes.error.message}`, {
        cause: lanes.error,
      });
    shown = Math.min(take.frames.length - 1, shown + strideOf(take, shown));
    panel.draw(livePanel(take, shown, screen));
    if (take.report !== null && (shown === take.frames.length - 1 || !panel.isLive)) lastTicks++;
    await io.rest(panel.isLive ? TICK_MS : 1);
  }
  panel.clear();
}

function strideOf({ frames }: Take, shown: number): number {
  const isLate = (frames[shown]?.atNs ?? 0) > SPAN_NS;
  return isLate ? LATE_FRAMES_PER_TICK : FRAMES_PER_TICK;
}

function opening(paint: Paint): string {
  return [
    `${paint("Three machines, one outage.", "bold")} A swaps over the network to C and serves B.`,
    "C goes away for a while, B does not. Does A come back when C does?",
    stripKey(paint),
    "",
    "",
  ].join("\n");
}

const NEXT = [
  ["./unwedge run zijlstra-wedge", "who waits for what, and since when"],
  ["./unwedge run zijlstra-wedge --all --runs 3", "each kernel, each counter-example"],
  ["./unwedge marks --ram 64MiB", "where its marks and floors are"],
] as const;

function closing(paint: Paint): string {
  const lines = NEXT.map(([command, about]) => `  ${command.padEnd(43)}${paint(about, "dim")}`);
  return `${paint("Next", "bold")}\n${lines.join("\n")}\n`;
}
