// The table that a person reads. Numbers are medians; the quartiles stand in brackets.

import { isMet, type Row, type Target, type Unit } from "./row.ts";
import type { Summary } from "./statistics.ts";

const headings = ["what", "ours", "peer", "ratio", "target", "met"] as const;

/** The rows as lines of text, columns aligned; reasons for what was skipped come last. */
export function tableOf(rows: readonly Row[]): string {
  const cells = [headings, ...rows.map(cellsOf)];
  const widths = headings.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  const lines = cells.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join(" | ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "-".repeat(width)).join("-|-");
  return [...lines.slice(0, 1), rule, ...lines.slice(1), ...notesOf(rows)].join("\n");
}

function cellsOf(row: Row): readonly string[] {
  if (row.type === "skipped") return [row.name, "skipped", "", "", "", ""];
  const { name, unit, ours, peer, target } = row;
  return [
    name,
    withUnit(ours, unit),
    peer === null ? "" : `${peer.name} ${withUnit(peer.theirs, unit)}`,
    peer === null ? "" : withSpread(peer.ratio),
    targetText(target, unit),
    target.type === "shown" ? "" : isMet(row) === true ? "yes" : "no",
  ];
}

function notesOf(rows: readonly Row[]): string[] {
  const notes = rows.map((row) =>
    row.type === "skipped" ? `${row.name}: skipped: ${row.reason}` : `${row.name}: ${row.what}`,
  );
  return ["", ...notes];
}

function targetText(target: Target, unit: Unit): string {
  switch (target.type) {
    case "ratio at least":
      return `≥ ${target.value}`;
    case "ratio at most":
      return `≤ ${target.value}`;
    case "at most":
      return `≤ ${target.value} ${unit}`;
    case "at least":
      return `≥ ${target.value} ${unit}`;
    case "shown":
      return "";
  }
}

function withUnit(summary: Summary, unit: Unit): string {
  return `${withSpread(summary)} ${unit}`;
}

function withSpread({ count, median, lowerQuartile, upperQuartile }: Summary): string {
  const digits = median < 10 ? 2 : 1;
  const [middle, low, high] = [median, lowerQuartile, upperQuartile].map((x) => x.toFixed(digits));
  return count === 1 ? `${middle}` : `${middle} (${low}–${high})`;
}
