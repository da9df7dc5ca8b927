import { describe, expect, test } from "vitest";
import {
  freeGauge,
  gauge,
  memoryBar,
  memoryLegend,
  progressStrip,
  timeAxis,
} from "#cli/memory-picture.ts";
import { painter } from "#cli/paint.ts";

const plain = painter(false);
const marks = { atomicPages: 133, minPages: 240, lowPages: 299, highPages: 359 };
const pages = {
  total: 14_592,
  free: 133,
  programs: 13_800,
  writeback: 100,
  file: 0,
  packets: 400,
  kernel: 159,
  highatomic: null,
};

describe("the bar", () => {
  test.each([40, 69, 89])("is exactly %i columns wide", (columns) => {
    expect(memoryBar(pages, columns, plain)).toHaveLength(columns);
  });

  test("gives whoever holds a page a column, and nobody else", () => {
    const bar = memoryBar({ ...pages, free: 1, kernel: 291 }, 60, plain);
    expect(bar).toMatch(/^█+▓▒+░+·$/);
    expect(memoryBar({ ...pages, free: 0, kernel: 292 }, 60, plain)).not.toContain("·");
  });

  test("says in words what its shapes are, within 80 columns", () => {
    const legend = memoryLegend(pages, 67, plain);
    expect(legend).toContain("█ programs 53.9");
    expect(legend).toContain("· free 0.5");
    expect(legend.length).toBeLessThanOrEqual(67);
  });
});

describe("the gauge of free memory", () => {
  test("ends at the tick of the mark that it has reached", () => {
    const [bar, labels] = freeGauge(marks.atomicPages, marks, 80, plain);
    expect(bar).toMatch(/^■+│·/);
    expect(bar.indexOf("│")).toBe(labels.indexOf("╵atomic 133"));
  });

  test("is full above the high mark and empty at nothing", () => {
    expect(freeGauge(5_000, marks, 60, plain)[0]).not.toContain("·");
    expect(freeGauge(0, marks, 60, plain)[0]).not.toContain("■");
  });

  test.each([30, 54, 80])("names its ticks in order, in %i columns", (columns) => {
    const [bar, labels] = freeGauge(200, marks, columns, plain);
    expect(bar).toHaveLength(columns);
    expect(labels.length).toBeLessThanOrEqual(columns);
    const found = ["atomic", "min"].map((name) => labels.indexOf(name.slice(0, 3)));
    expect(found.every((at) => at > 0)).toBe(true);
  });
});

test("a gauge shows the last one of many", () => {
  expect(gauge(1, 256, 8, plain)).toBe("■·······");
  expect(gauge(256, 256, 8, plain)).toBe("■■■■■■■■");
});

test("a strip tells standstill while the server is away from standstill afterwards", () => {
  const strip = progressStrip(
    [
      { useful: 8, isAway: false },
      { useful: 1, isAway: true },
      { useful: 0, isAway: true },
      { useful: 0, isAway: false },
      { useful: null, isAway: false },
    ],
    plain,
  );
  expect(strip).toBe("█▂░_ ");
});

test("instants that would run into each other are left out", () => {
  expect(timeAxis([0, 1e9, 6e9], 12e9, 24)).toBe("╵0 s        ╵6 s");
});

test("colour adds nothing but colour", () => {
  const coloured = memoryBar(pages, 60, painter(true));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away.
  expect(coloured.replaceAll(/\u001B\[\d+m/g, "")).toBe(memoryBar(pages, 60, plain));
});
