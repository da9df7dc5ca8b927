import { describe, expect, test } from "vitest";
import { isMet, type MeasuredRow, type Row } from "../../bench/row.ts";
import type { Summary } from "../../bench/statistics.ts";
import { tableOf } from "../../bench/table.ts";

const exactly = (median: number): Summary => ({
  count: 9,
  median,
  lowerQuartile: median - 1,
  upperQuartile: median + 1,
});

function measured(changes: Partial<MeasuredRow>): MeasuredRow {
  return {
    type: "measured",
    name: "sorting",
    what: "sort a thing",
    unit: "ms",
    ours: exactly(20),
    peer: null,
    target: { type: "at most", value: 20 },
    ...changes,
  };
}

const beside = (ratio: number) => ({ name: "C", theirs: exactly(40), ratio: exactly(ratio) });
const skipped: Row = { type: "skipped", name: "swimming", what: "swim", reason: "no water" };

describe("met", () => {
  test("a size or time may reach its limit, not pass it", () => {
    expect(isMet(measured({ ours: exactly(20) }))).toBe(true);
    expect(isMet(measured({ ours: exactly(20.01) }))).toBe(false);
  });

  test("a ratio is judged by its median pair, not by ours alone", () => {
    const target = { type: "ratio at least", value: 0.5 } as const;
    expect(isMet(measured({ target, peer: beside(0.5) }))).toBe(true);
    expect(isMet(measured({ target, peer: beside(0.49) }))).toBe(false);
  });

  test("what was not measured is neither met nor missed", () => {
    expect(isMet(skipped)).toBeNull();
    expect(isMet(measured({ target: { type: "ratio at least", value: 0.5 } }))).toBeNull();
  });
});

describe("table", () => {
  test("each row says ours, peer, ratio, target and whether it is met", () => {
    const target = { type: "ratio at least", value: 2 } as const;
    const [head, , row] = tableOf([measured({ target, peer: beside(1.5) })]).split("\n");
    const cells = (line = ""): string[] => line.split("|").map((cell) => cell.trim());
    expect(cells(head)).toEqual(["what", "ours", "peer", "ratio", "target", "met"]);
    expect(cells(row)).toEqual([
      "sorting",
      "20.0 (19.0–21.0) ms",
      "C 40.0 (39.0–41.0) ms",
      "1.50 (0.50–2.50)",
      "≥ 2",
      "no",
    ]);
  });

  test("what was skipped is a row, and its reason a note", () => {
    const text = tableOf([measured({}), skipped]);
    expect(text).toMatch(/^swimming +\| skipped/m);
    expect(text).toContain("swimming: skipped: no water");
  });

  test("columns line up", () => {
    const lines = tableOf([measured({}), measured({ name: "a much longer name" })]).split("\n");
    expect(new Set(lines.slice(0, 4).map((line) => line.indexOf("|"))).size).toBe(1);
  });
});
