import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Dimension,
  formatQuantity,
  parseQuantity,
  sizeBytes,
  UNITS,
} from "#coordinator/scenario/quantity.ts";

const read = (text: string, dimension: Dimension) => {
  const parsed = parseQuantity(text, dimension);
  return parsed.ok ? parsed.value.value : parsed;
};

describe("quantities are read into their inner unit", () => {
  test.each([
    ["8 s", "duration", 8_000_000_000],
    ["0.1 ms", "duration", 100_000],
    ["2 min", "duration", 120_000_000_000],
    ["64 MiB", "size", 67_108_864],
    ["3072 pages", "size", 12_582_912],
    ["3000/s", "rate", 3000],
    ["30/min", "rate", 0.5],
    ["1 Gbit/s", "bandwidth", 125_000_000],
    ["0.5 %", "ratio", 5_000],
  ] as const)("%s is a %s of %d", (text, dimension, value) => {
    expect(read(text, dimension)).toBe(value);
  });
});

test("a size relative to RAM is floored to whole pages", () => {
  const parsed = parseQuantity("20 %", "size");
  expect(parsed).toMatchObject({ ok: true, value: { ofRam: true } });
  if (parsed.ok) expect(sizeBytes(parsed.value, 64 * 1024 * 1024)).toBe(3276 * 4096);
});

test.each(["", "s", "8", "-1 s", "+ 3 s", "8 parsecs", "1e3 s", "0x10 s"])(
  "%j is no duration",
  (text) => {
    expect(parseQuantity(text, "duration").ok).toBe(false);
  },
);

test("what is printed is read back as the same", () => {
  const dimensions: Dimension[] = ["duration", "size", "rate", "bandwidth", "ratio"];
  fc.assert(
    fc.property(fc.constantFrom(...dimensions), fc.nat(1_000_000_000), (dimension, value) => {
      expect(read(formatQuantity(value, dimension), dimension)).toBe(value);
    }),
    { seed: 1 },
  );
});

test("every unit reads as its own factor", () => {
  for (const [unit, factor] of UNITS.duration) expect(read(`1 ${unit}`, "duration")).toBe(factor);
});
