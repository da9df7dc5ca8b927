// A machine's memory as lines of a terminal: one bar of who holds it, one gauge of what is free against the marks, and how
// useful progress went over time. Every shade is also a shape, so that it can be read without colour.

import { timeText } from "./figures.ts";
import type { Marks, PagesByOwner } from "./machine-picture.ts";
import type { Ink, Paint } from "./paint.ts";

interface Shade {
  readonly owner: Exclude<keyof PagesByOwner, "total" | "highatomic">;
  readonly name: string;
  readonly glyph: string;
  readonly ink: Ink;
}

const SHADES: readonly Shade[] = [
  { owner: "programs", name: "programs", glyph: "█", ink: "blue" },
  { owner: "writeback", name: "writing", glyph: "▓", ink: "yellow" },
  { owner: "file", name: "files", glyph: "▚", ink: "cyan" },
  { owner: "packets", name: "packets", glyph: "▒", ink: "red" },
  { owner: "kernel", name: "kernel", glyph: "░", ink: "dim" },
  { owner: "free", name: "free", glyph: "·", ink: "green" },
];

/** All of memory in `columns` characters; whoever holds a page gets at least one. */
export function memoryBar(pages: PagesByOwner, columns: number, paint: Paint): string {
  const held = SHADES.filter(({ owner }) => pages[owner] > 0);
  const exact = held.map(({ owner }) => Math.max(1, (pages[owner] / pages.total) * columns));
  const widths = exact.map(Math.floor);
  // The largest gives or takes what rounding leaves.
  const largest = widths.indexOf(Math.max(...widths));
  const rest = columns - widths.reduce((sum, width) => sum + width, 0);
  return held
    .map(({ glyph, ink }, i) => {
      const width = (widths[i] ?? 0) + (i === largest ? rest : 0);
      return paint(glyph.repeat(Math.max(0, width)), ink);
    })
    .join("");
}

/** What the glyphs of the bar are, with how many MiB each is. */
export function memoryLegend(pages: PagesByOwner, columns: number, paint: Paint): string {
  const named = SHADES.filter(({ owner }) => pages[owner] > 0 || owner !== "file").map(
    ({ owner, name, glyph, ink }) => ({ glyph, ink, text: ` ${name} ${mebibytes(pages[owner])}` }),
  );
  const length = named.reduce((sum, { text }) => sum + text.length + 1, 0);
  const gap = length + named.length * 2 <= columns ? "  " : " ";
  return named.map(({ glyph, ink, text }) => `${paint(glyph, ink)}${text}`).join(gap);
}

const mebibytes = (pages: number): string => (pages / 256).toFixed(1);

/** The gauge reaches a little above the high mark. */
const GAUGE_PER_HIGH = 1.15;

/** What is free, with a tick at each mark. */
export function freeGauge(
  freePages: number,
  marks: Marks,
  columns: number,
  paint: Paint,
): readonly [gauge: string, labels: string] {
  const scale = (columns - 1) / (marks.highPages * GAUGE_PER_HIGH);
  const ticks = ticksOf(marks).map(({ name, pages }) => ({
    name,
    pages,
    at: Math.floor(pages * scale),
  }));
  const filled = Math.min(columns, Math.round(freePages * scale));
  const isLow = freePages <= marks.minPages;
  const cells = Array.from({ length: columns }, (_, i) => {
    if (ticks.some(({ at }) => at === i)) return paint("│", "bold");
    return i < filled ? paint("■", isLow ? "red" : "green") : paint("·", "dim");
  });
  return [cells.join(""), labelsUnder(ticks, columns)];
}

interface Tick {
  readonly name: string;
  readonly pages: number;
  readonly at: number;
}

const ticksOf = (marks: Marks): Omit<Tick, "at">[] => [
  { name: "atomic", pages: marks.atomicPages },
  { name: "min", pages: marks.minPages },
  { name: "low", pages: marks.lowPages },
  { name: "high", pages: marks.highPages },
];

/** Names under the ticks, with their pages where there is room. */
function labelsUnder(ticks: readonly Tick[], columns: number): string {
  return ticks.reduce((line, { name, pages, at }, i) => {
    const room = (ticks[i + 1]?.at ?? columns) - at - 1;
    const full = `╵${name} ${pages}`;
    const label = full.length <= room ? full : `╵${name}`.slice(0, Math.max(0, room));
    return line.padEnd(at) + label;
  }, "");
}

/** A plain gauge: so many of so many. */
export function gauge(filled: number, of: number, columns: number, paint: Paint): string {
  const width = of === 0 ? 0 : Math.min(columns, Math.ceil((filled / of) * columns));
  return paint("■".repeat(width), "cyan") + paint("·".repeat(columns - width), "dim");
}

const HEIGHTS = "▁▂▃▄▅▆▇█";
/** Nothing happened. */
const FLAT = "_";
/** Nothing happened, and the server was away. */
const AWAY = "░";

/** One column of a strip. */
export interface Moment {
  /** Useful progress in it; null: the run had ended. */
  readonly useful: number | null;
  readonly isAway: boolean;
}

/** Useful progress over time, one character a moment. */
export function progressStrip(moments: readonly Moment[], paint: Paint): string {
  const most = Math.max(1, ...moments.map(({ useful }) => useful ?? 0));
  return moments
    .map(({ useful, isAway }) => {
      if (useful === null) return " ";
      if (useful <= 0) return isAway ? paint(AWAY, "yellow") : paint(FLAT, "red");
      return paint(
        HEIGHTS.charAt(Math.min(7, Math.floor((useful / most) * 8))),
        isAway ? "yellow" : "green",
      );
    })
    .join("");
}

/** Instants under a strip that spans `spanNs`. */
export function timeAxis(instantsNs: readonly number[], spanNs: number, columns: number): string {
  return instantsNs.reduce((line, atNs) => {
    const at = Math.floor((atNs / spanNs) * columns);
    const label = `╵${timeText(atNs)}`;
    return at < line.length || at + label.length > columns ? line : line.padEnd(at) + label;
  }, "");
}
