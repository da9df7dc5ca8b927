// The demonstration as lines: A while it runs, and what is left of it when it is judged.

import type { Take } from "./demo-lanes.ts";
import { AWAY_PHASE, type DemoFrame } from "./demo-messages.ts";
import { demoSentences } from "./demo-story.ts";
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
import { type RunReport, statusOf, verdictText } from "./run-report.ts";

/** What strips show of a run: the outage and a while after it. */
const SPAN_NS = 12_000_000_000;
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
    `${label("MiB")}${memoryLegend(pages, paint)}`,
    `${label("free")}${free} ${pagesText(pages.free)}`,
    `${label("")}${paint(labels, "dim")}`,
    `${label("ring")}${gauge(ringFilled, ringSize, half, paint)} ${ringFilled} of ${ringSize} receive buffers`,
    `${label("swap")}${gauge(inFlight, Math.max(64, inFlight), half, paint)} ${counted(inFlight, "request")} in flight`,
    `${label("service")}${requestsPerSec(take.frames, shown)} requests/s answered`,
    `${label("progress")}${strip(take.frames.slice(0, shown + 1), null, width, paint)}`,
    `${label("")}${paint(axis(take.frames.slice(0, shown + 1), width), "dim")}`,
  ];
}

const MARK = { pass: "✓", fail: "✗", inconclusive: "?" } as const;

/** What stays on the screen of a run that is over. */
export function verdictBlock(take: Take, report: RunReport, { columns, paint }: Screen): string[] {
  const width = barColumns(columns);
  const isWedged = report.result?.verdict === "wedged";
  const isExpected = statusOf(report) === "pass";
  const verdict = paint(verdictText(report), isWedged ? "red" : isExpected ? "green" : "yellow");
  const expected = isExpected ? "as expected" : `${statusOf(report)}: not as expected`;
  return [
    `${MARK[statusOf(report)]} ${paint(take.variant, "bold")} … ${verdict} at ${timeText(report.simNs)}, ${expected}`,
    `${label("progress")}${strip(take.frames, report.simNs, width, paint)}`,
    ...demoSentences(report).flatMap((sentence) =>
      wrapped(sentence, Math.min(columns, COLUMNS_MAX) - 1, "  "),
    ),
  ];
}

/** Under the first strip: what its columns and shapes are. */
export function stripKey(take: Take, { columns, paint }: Screen): string[] {
  return [
    `${label("")}${paint(axis(take.frames, barColumns(columns)), "dim")}`,
    `${label("")}${paint("░ C is away   ▁█ useful progress   _ none", "dim")}`,
  ];
}

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

function strip(
  frames: readonly DemoFrame[],
  endNs: number | null,
  columns: number,
  paint: Paint,
): string {
  const lastNs = Math.min(SPAN_NS, endNs ?? frames.at(-1)?.atNs ?? 0);
  return progressStrip(momentsOf(frames, lastNs, columns), paint);
}

/** One moment a column; those after the end are empty. */
function momentsOf(frames: readonly DemoFrame[], lastNs: number, columns: number): Moment[] {
  const usefulAt = (atNs: number): number => frames.findLast((f) => f.atNs <= atNs)?.useful ?? 0;
  const phaseAt = (atNs: number): string => frames.findLast((f) => f.atNs <= atNs)?.phase ?? "";
  return Array.from({ length: columns }, (_, i) => {
    const [fromNs, toNs] = [(SPAN_NS * i) / columns, (SPAN_NS * (i + 1)) / columns];
    if (fromNs >= lastNs) return { useful: null, isAway: false };
    return {
      useful: usefulAt(toNs) - usefulAt(fromNs),
      isAway: phaseAt((fromNs + toNs) / 2) === AWAY_PHASE,
    };
  });
}

/** Where phases began. */
function axis(frames: readonly DemoFrame[], columns: number): string {
  const turns = frames.filter(({ phase }, i) => phase !== frames[i - 1]?.phase);
  return timeAxis(
    turns.map(({ atNs }) => atNs),
    SPAN_NS,
    columns,
  );
}
