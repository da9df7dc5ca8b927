// `unwedge demo`: three machines, one outage, three kernels, in a few seconds. On a terminal A's memory is drawn while it
// happens; elsewhere each run leaves its verdict and what happened in a few lines.
//
// The runs go on in a thread of their own, as fast as they can; what is drawn follows at a pace one can watch.

import { EXIT, UnwedgeError, worstExit } from "#base/error.ts";
import { FRAME_NS } from "./demo-messages.ts";
import { DemoTakes, type Take } from "./demo-takes.ts";
import { livePanel, type Screen, stripKey, verdictBlock } from "./demo-view.ts";
import type { Io } from "./io.ts";
import { LivePanel } from "./live-panel.ts";
import { type Paint, painter } from "./paint.ts";
import { exitOf } from "./run-report.ts";
import { readScenario } from "./scenario-file.ts";

const SCENARIO = "zijlstra-wedge";
const SEED = 2007;
const VARIANTS = ["vanilla-2007", "swapnbd-v9", "mainline-6.1-without-highatomic"];

/** Between two pictures. */
const TICK_MS = 40;
/** A run is shown in no fewer pictures, however fast it was. */
const TICKS_MIN = 26;
/** Frames that one picture is further than the last, once all is to be seen. */
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
  const takes = new DemoTakes(VARIANTS.map((variant) => ({ file, text, variant, seed: SEED })));
  const panel = new LivePanel(io);
  try {
    for (const take of takes.all) {
      await watch(take, { takes, panel, screen, io, isStopped: () => stopCode !== 0 });
      if (stopCode !== 0) return stopCode;
      io.out(`${[...blockOf(take, screen), ...gapOf(io)].join("\n")}\n`);
    }
    if (gapOf(io).length === 0) io.out("\n");
    io.out(closing(screen.paint));
    return worstExit(
      takes.all.map(({ report }) => (report === null ? EXIT.internal : exitOf(report))),
    );
  } finally {
    panel.close();
    stopListening();
    await takes.close();
  }
}

const blockOf = (take: Take, screen: Screen): string[] =>
  take.report === null ? [] : verdictBlock(take, take.report, screen);

/** A line between two blocks, where they all fit with it. */
const gapOf = ({ settings }: Io): string[] =>
  settings.rows > 30 || !settings.isTerminal ? [""] : [];

interface Watching {
  readonly takes: DemoTakes;
  readonly panel: LivePanel;
  readonly screen: Screen;
  readonly io: Io;
  readonly isStopped: () => boolean;
}

/** Follows one run to its end, or until somebody wants to stop. */
async function watch(take: Take, { takes, panel, screen, io, isStopped }: Watching): Promise<void> {
  let shown = -1;
  let lastTicks = 0;
  while (!isStopped() && lastTicks < (panel.isLive ? LAST_TICKS : 1)) {
    if (takes.error !== null)
      throw new UnwedgeError("internal", `the demonstration failed: ${takes.error.message}`, {
        cause: takes.error,
      });
    shown = Math.min(take.frames.length - 1, shown + strideOf(take, shown));
    panel.draw(livePanel(take, shown, screen));
    if (take.report !== null && (shown === take.frames.length - 1 || !panel.isLive)) lastTicks++;
    await io.rest(panel.isLive ? TICK_MS : 1);
  }
  panel.clear();
}

/** How many frames further the next picture may be. */
function strideOf({ frames, spanNs }: Take, shown: number): number {
  const isLate = (frames[shown]?.atNs ?? 0) > spanNs;
  return isLate ? LATE_FRAMES_PER_TICK : Math.ceil(spanNs / FRAME_NS / TICKS_MIN);
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
  ["./unwedge run zijlstra-wedge", "who waits for what, since when"],
  ["./unwedge run zijlstra-wedge --all --runs 3", "every kernel, every control"],
  ["./unwedge marks --ram 64MiB", "a machine's marks and floors"],
] as const;

function closing(paint: Paint): string {
  const lines = NEXT.map(([command, about]) => `  ${command.padEnd(45)}${paint(about, "dim")}`);
  return `${paint("Next", "bold")}\n${lines.join("\n")}\n`;
}
