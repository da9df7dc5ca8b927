import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { eraOfVersion, type MarksOptions, marksCommand, vectorsCommand } from "#cli/marks.ts";

const MIB = 1024 * 1024;
const GIB2: MarksOptions = {
  ramBytes: 2048 * MIB,
  kernelBytes: 80 * MIB,
  era: "6.1",
  thp: false,
  minFreeKiB: null,
  watermarkScaleFactor: 10,
  json: false,
};

describe("marks of a machine", () => {
  test("say for each mark who is refused below it", () => {
    const { text, exitCode } = marksCommand(GIB2);
    expect(exitCode).toBe(0);
    expect(text).toContain("Linux 6.1, 1967.0 MiB managed, min_free_kbytes 5663");
    expect(text).toMatch(/^min +10 +1404 {2}GFP_KERNEL/m);
    expect(text).toMatch(/^atomic +4 +527 {2}GFP_ATOMIC/m);
  });

  test("line up", () => {
    const [, , ...lines] = marksCommand(GIB2).text.split("\n");
    const table = lines.slice(0, lines.indexOf(""));
    const column = table[0]?.indexOf("refused");
    expect(new Set(table.slice(2).map((line) => line.search(/ {2}[^\d ]/) + 2))).toEqual(
      new Set([column]),
    );
  });

  test("are the same as data", () => {
    const marks: unknown = JSON.parse(marksCommand({ ...GIB2, json: true }).text);
    expect(marks).toMatchObject({ era: "6.1", zones: [{ name: "DMA" }, { minPages: 1404 }] });
  });

  test("follow the settings given", () => {
    const { text } = marksCommand({ ...GIB2, minFreeKiB: 40_000, era: "2.6.12" });
    expect(text).toContain("min_free_kbytes 40000");
    expect(text).toContain("never held back");
  });

  test("of a machine that its kernel fills are refused", () => {
    const { text, exitCode } = marksCommand({ ...GIB2, ramBytes: 64 * MIB });
    expect(exitCode).toBe(65);
    expect(text).toContain("more memory than there is");
  });
});

describe("a file of readings", () => {
  const content = readFileSync("test/vectors/test-vectors.json", "utf8");

  test("that comes out exactly ends well", () => {
    const result = vectorsCommand(content, { json: false });
    expect(result).toEqual({ text: "579 of 579 exact\n", exitCode: 0 });
  });

  test("with one wrong number names it and ends badly", () => {
    const wrong = content.replace('"min": 411', '"min": 412');
    const { text, exitCode } = vectorsCommand(wrong, { json: false });
    expect(exitCode).toBe(1);
    expect(text).toContain("DMA32 marks");
    expect(JSON.parse(vectorsCommand(wrong, { json: true }).text)).toMatchObject({ total: 579 });
  });

  test("that is none is refused", () => {
    expect(vectorsCommand("{}", { json: false }).exitCode).toBe(65);
    expect(vectorsCommand("no json", { json: false }).exitCode).toBe(65);
  });
});

test.each([
  ["6.1", "6.1"],
  ["6.12.111", "6.1"],
  ["3.6.5", "3.x"],
  ["2.6.32", "2.6.12"],
  ["2.4.20", null],
  ["new", null],
])("kernel %s follows the rules of %s", (version, era) => {
  expect(eraOfVersion(version)).toBe(era);
});
