// The demonstration as lines: A while it runs, and what is left of it when it is judged.

import { AWAY_PHASE, type DemoFrame } from "./demo-messages.ts";
import { demoSentences } from "./demo-story.ts";
import type { Take } from "./demo-takes.ts";
import { counted, pagesText, timeText, wrapped } from "./figures.ts";
import {
  freeGauge,
  gauge,
  type Moment,
  memoryBar,
  memoryLegend,
  progressStrip,
  timeAxis,
} from "./memory-picture.ts";
import type { Paint } from "./paint.ts";
import { type RunReport, statusOf, verdictOf, verdictText } from "./run-report.ts";

/** A machine that comes back late is shown until then, but no longer than this. */
const SPAN_LATE_NS = 60_000_000_000;
const LABEL_COLUMNS = 11;
/** Wider than this a bar says no more. */
const COLUMNS_MAX = 100;

export interface Screen {
  readonly columns: number;
  readonly paint: Paint;
}

/** A as it is at frame `shown` of a take. */
export function livePanel(take: Take, shown: number, { columns, paint }: Screen): string[] {
  const frame = take.frames[shown];
  if (frame === undefined) return [`${paint(take.variant, "bold")}  ${paint("starting", "dim")}`];
  const width = barColumns(columns);
  const { pages, marks, ringFilled, ringSize, inFlight } = frame;
  const [free, labels] = freeGauge(pages.free, marks, width - 13, paint);
  const half = Math.floor(width / 3);
  return [
    headLine(take, columns, paint),
    `${label("time")}${paint(timeText(frame.atNs).padEnd(8), "bold")}${phaseText(frame, paint)}`,
    `${label("memory")}${memoryBar(pages, width, paint)}`,
    `${label("MiB")}${memoryLegend(pages, width, paint)}`,
    `${label("free")}${free} ${pagesText(pages.free)}`,
    `${label("")}${paint(labels, "dim")}`,
    `${label("ring")}${gauge(ringFilled, ringSize, half, paint)} ${ringFilled} of ${ringSize} receive buffers`,
    `${label("swap")}${gauge(inFlight, Math.max(64, inFlight), half, paint)} ${counted(inFlight, "request")} in flight`,
    `${label("service")}${requestsPerSec(take.frames, shown)} requests/s answered`,
    `${label("progress")}${strip(take, shown, width, paint)}`,
    `${label("")}${paint(axis(take, shown, width), "dim")}`,
  ];
}

/** What stays on the screen of a run that is over. */
export function verdictBlock(take: Take, report: RunReport, { columns, paint }: Screen): string[] {
  const spanNs = spanOf(take, report);
  const end = ` ${timeText(spanNs)}`;
  const moments = momentsOf(take.frames, {
    columns: barColumns(columns) - end.length,
    spanNs,
    lastNs: report.simNs,
  });
  return [
    verdictLine(take, report, paint),
    `${label("progress")}${progressStrip(moments, paint)}${paint(end, "dim")}`,
    ...wrapped(demoSentences(report).join(" "), Math.min(columns, COLUMNS_MAX) - 1, "  "),
  ];
}

/** A wedge is no success even where it is expected; that it was not expected is said. */
function verdictLine({ variant }: Take, report: RunReport, paint: Paint): string {
  const verdict = verdictOf(report);
  const isWell = verdict === "recovers" || verdict === "completes";
  const said = paint(verdictText(report), isWell ? "green" : "red");
  const rest =
    statusOf(report) === "pass"
      ? ` at ${timeText(report.simNs)}`
      : paint(", not as expected", "yellow");
  return `${isWell ? "✓" : "✗"} ${paint(variant, "bold")} … ${said}${rest}`;
}

/** What the shapes of a strip are. */
export const stripKey = (paint: Paint): string =>
  paint("Strips: ▁█ useful progress   ░ none, C is away   _ none, C is there", "dim");

const label = (text: string): string => `  ${text.padEnd(LABEL_COLUMNS - 2)}`;
const barColumns = (columns: number): number => Math.min(columns, COLUMNS_MAX) - LABEL_COLUMNS - 2;

function headLine({ variant, about }: Take, columns: number, paint: Paint): string {
  const room = Math.min(columns, COLUMNS_MAX) - variant.length - 4;
  const said = about.length <= room ? about : `${about.slice(0, room - 1)}…`;
  return `${paint(variant, "bold")}  ${paint(said, "dim")}`;
}

function phaseText({ phase }: DemoFrame, paint: Paint): string {
  return phase === AWAY_PHASE ? paint("C is away ▓▓▓▓", "yellow") : phase;
}

/** Over the last half second or so. */
function requestsPerSec(frames: readonly DemoFrame[], shown: number): number {
  const [now, before] = [frames[shown], frames[Math.max(0, shown - 5)]];
  if (now === undefined || before === undefined || now.atNs === before.atNs) return 0;
  return Math.round(((now.requests - before.requests) * 1e9) / (now.atNs - before.atNs));
}

function strip({ frames, spanNs }: Take, shown: number, columns: number, paint: Paint): string {
  const lastNs = frames[shown]?.atNs ?? 0;
  return progressStrip(momentsOf(frames, { columns, spanNs, lastNs }), paint);
}

function spanOf({ spanNs }: Take, report: RunReport): number {
  const isBack = verdictOf(report) !== "wedged";
  return isBack ? Math.max(spanNs, Math.min(SPAN_LATE_NS, report.simNs)) : spanNs;
}

interface StripSpan {
  readonly columns: number;
  /** Time that all columns stand for. */
  readonly spanNs: number;
  /** Until when there is something to show. */
  readonly lastNs: number;
}

/** One moment a column; those after the end are empty. */
function momentsOf(frames: readonly DemoFrame[], { columns, spanNs, lastNs }: StripSpan): Moment[] {
  const frameAt = (atNs: number) => frames.findLast((frame) => frame.atNs <= atNs);
  return Array.from({ length: columns }, (_, i) => {
    const [fromNs, toNs] = [(spanNs * i) / columns, (spanNs * (i + 1)) / columns];
    if (fromNs >= lastNs) return { useful: null, isAway: false };
    return {
      useful: (frameAt(toNs)?.useful ?? 0) - (frameAt(fromNs)?.useful ?? 0),
      isAway: frameAt((fromNs + toNs) / 2)?.phase === AWAY_PHASE,
    };
  });
}

/** Where phases began. */
function axis({ frames, spanNs }: Take, shown: number, columns: number): string {
  const turns = frames
    .slice(0, shown + 1)
    .filter(({ phase }, i) => phase !== frames[i - 1]?.phase)
    .map(({ atNs }) => atNs);
  return timeAxis(turns, spanNs, columns);
}
