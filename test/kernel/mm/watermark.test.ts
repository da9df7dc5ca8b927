import { describe, expect, test } from "vitest";
import {
  bootMinFreeKiB,
  computedMinFreeKiB,
  lowmemReserve,
  thpMinFreeKiB,
  zoneWatermarks,
} from "#kernel/mm/watermark.ts";
import vectors from "../../vectors/model-vectors.json" with { type: "json" };

const zoneNames = ["DMA", "DMA32", "Normal"];

describe("min_free_kbytes", () => {
  const table = vectors.formula_table_by_lowmem_pages.rows;
  test.each(table)("of $mib MiB of low memory", ({ lowmem_pages: pages, min_free_kb: kib }) => {
    expect({
      "2.6.12": computedMinFreeKiB("2.6.12", pages),
      "3.6": computedMinFreeKiB("3.x", pages),
      "6.1": computedMinFreeKiB("6.1", pages),
    }).toEqual(kib);
  });

  test("is raised eightfold by huge pages on 2 GiB, and on less only as far as a 20th allows", () => {
    expect(thpMinFreeKiB(2, 500_000, 5658)).toBe(45_056);
    expect(thpMinFreeKiB(2, 177_264, 3387)).toBe(35_452);
  });

  test("of a machine too small for huge pages ignores them", () => {
    const zones = [{ index: 2, managedPages: 100_000 }];
    const at = { era: "6.1", zones, watermarkScaleFactor: 10 } as const;
    expect(bootMinFreeKiB({ ...at, thp: "always" })).toBe(bootMinFreeKiB({ ...at, thp: "never" }));
  });
});

describe("marks at boot", () => {
  const boots = vectors.boot_vectors.map((boot) => ({
    ...boot,
    zones: Object.entries(boot.zones),
  }));
  test.each(boots)("$name", (boot) => {
    const managed: Readonly<Record<string, number>> = boot.boot_time_managed;
    const zones = boot.zones.map(([name]) => ({
      index: zoneNames.indexOf(name),
      managedPages: managed[name] ?? 0,
    }));
    const marks = zoneWatermarks({
      era: "6.1",
      zones,
      minFreeKiB: boot.min_free_kbytes,
      watermarkScaleFactor: 10,
    });
    const errors = boot.zones.map(([, read], i) => {
      const { minPages = 0, lowPages = 0, highPages = 0 } = marks[i] ?? {};
      return (
        Math.abs(read.min - minPages) +
        Math.abs(read.low - lowPages) +
        Math.abs(read.high - highPages)
      );
    });
    // Not 0 only where the file could not tell which zone the init memory was freed in.
    expect(errors.reduce((sum, error) => sum + error, 0)).toBeLessThanOrEqual(boot.abs_error_sum);
  });
});

test("each era spaces its marks in its own way", () => {
  const zones = [{ index: 2, managedPages: 20_000 }];
  const at = { zones, minFreeKiB: 4 * 101, watermarkScaleFactor: 10 };
  expect(zoneWatermarks({ ...at, era: "2.6.12" })).toEqual([
    { minPages: 101, lowPages: 126, highPages: 151 },
  ]);
  expect(zoneWatermarks({ ...at, era: "3.x" })).toEqual([
    { minPages: 101, lowPages: 126, highPages: 151 },
  ]);
  expect(zoneWatermarks({ ...at, era: "6.1" })).toEqual([
    { minPages: 101, lowPages: 126, highPages: 151 },
  ]);
  expect(zoneWatermarks({ ...at, era: "6.1", watermarkScaleFactor: 100 })).toEqual([
    { minPages: 101, lowPages: 301, highPages: 501 },
  ]);
});

test("a lower zone is kept from requests that have a higher one", () => {
  const zones = [
    { index: 0, managedPages: 3840 },
    { index: 1, managedPages: 772_915 },
    { index: 2, managedPages: 458_752 },
  ];
  expect(Array.from(lowmemReserve("6.1", zones, 0))).toEqual([0, 3019, 4811]);
  expect(Array.from(lowmemReserve("6.1", zones, 1))).toEqual([0, 0, 1792]);
  expect(Array.from(lowmemReserve("6.1", zones, 2))).toEqual([0, 0, 0]);
});
