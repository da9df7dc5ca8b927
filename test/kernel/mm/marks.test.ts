import { describe, expect, test } from "vitest";
import { machineMarks } from "#kernel/mm/marks.ts";
import type { ZoneSpec } from "#kernel/mm/zone.ts";
import { layoutZones } from "#kernel/mm/zone-layout.ts";
import vectors from "../../vectors/model-vectors.json" with { type: "json" };

const zoneNames = ["DMA", "DMA32", "Normal"] as const;
const MIB = 1024 * 1024;

describe("where a flood ends and where reclaimers are held", () => {
  const boots = new Map(vectors.boot_vectors.map((boot) => [boot.name, boot]));
  const known = vectors.throttle_vs_flood_floor.rows.filter(({ name }) => {
    // Marks are exact only where it is known which zone the init memory was freed in.
    return boots.get(name)?.abs_error_sum === 0;
  });

  test("enough boots are known", () => {
    expect(known.length).toBeGreaterThanOrEqual(8);
  });

  test.each(known)("$name", (row) => {
    const boot = boots.get(row.name);
    const managed: Readonly<Record<string, number>> = boot?.boot_time_managed ?? {};
    const zones = zoneNames.flatMap((name): ZoneSpec[] => {
      const pages = managed[name];
      return pages === undefined ? [] : [{ name, presentPages: pages, managedPages: pages }];
    });
    const marks = machineMarks({ era: "6.1", zones, minFreeKiB: row.min_free_kb });
    expect(marks.throttleLinePages).toBe(row.throttle_line_all_zones);
    expect(marks.boostedThrottleLinePages).toBe(row.boosted_throttle_line);
    const floors = marks.zones.map(({ name, floodFloorPages }) => [name, floodFloorPages]);
    expect(Object.fromEntries(floors)).toEqual(row.flood_floor_per_zone);
  });
});

test("a guest of 192 MiB has the marks that were read off it", () => {
  const zones: ZoneSpec[] = [
    { name: "DMA", presentPages: 3998, managedPages: 3840 },
    { name: "DMA32", presentPages: 45_024, managedPages: 31_959 },
  ];
  const marks = machineMarks({ era: "6.1", zones, minFreeKiB: 1456 });
  const [dma, dma32] = marks.zones;
  expect([dma32?.minPages, dma32?.lowPages, dma32?.highPages]).toEqual([324, 405, 486]);
  expect([dma?.minPages, dma?.lowPages, dma?.highPages]).toEqual([39, 48, 57]);
});

test("2.6.12 holds nobody back and boosts nothing", () => {
  const marks = machineMarks({ era: "2.6.12", zones: layoutZones(128 * MIB, 8 * MIB, "2.6.12") });
  expect(marks.throttleLinePages).toBeNull();
  expect(marks.zones.map((zone) => zone.boostPagesMax)).toEqual([0, 0]);
  expect(marks.zones.map((zone) => zone.name)).toEqual(["DMA", "Normal"]);
});

test("RAM beyond 3 GiB lies above 4 GiB", () => {
  const zones = layoutZones(8192 * MIB, 176 * MIB);
  expect(zones.map(({ name, presentPages }) => [name, presentPages])).toEqual([
    ["DMA", 3998],
    ["DMA32", 782_336],
    ["Normal", 1_310_720],
  ]);
});

test("a machine that its kernel fills is none", () => {
  expect(() => layoutZones(32 * MIB, 40 * MIB)).toThrow("leaves memory");
});
