import { describe, expect, test } from "vitest";
import { checkVectors } from "#kernel/mm/check-vectors.ts";
import vectors from "../../vectors/test-vectors.json" with { type: "json" };

test("every reading of 21 boots comes out exactly", () => {
  const report = checkVectors(vectors);
  expect(report.mismatches).toEqual([]);
  expect([report.exact, report.total]).toEqual([579, 579]);
  expect(report.notes).toHaveLength(21);
});

test("the smallest boot was boosted while its socket limits were computed", () => {
  expect(checkVectors(vectors).notes[0]).toContain("2385 pages of init memory");
  expect(checkVectors(vectors).notes[0]).toContain("boosted by 512 pages");
});

/** The file with one number of one reading of its third boot changed. */
function altered(
  change: (reading: (typeof vectors.boots)[number]["settings"][number]) => void,
): unknown {
  const copy = structuredClone(vectors);
  const reading = copy.boots[2]?.settings[3];
  if (reading !== undefined) change(reading);
  return copy;
}

describe("a reading that is not as computed is found", () => {
  test("a mark that is one page off", () => {
    const report = checkVectors(
      altered((reading) => {
        for (const zone of reading.zones) if (zone.zone === "DMA32") zone.low++;
      }),
    );
    expect(report.mismatches).toEqual([
      {
        where: "6.1.0-56-amd64, 256 MiB, 1 CPU, min_free_kbytes=4096",
        what: "DMA32 marks",
        expected: "948 1186 1422",
        got: "948 1185 1422",
      },
    ]);
  });

  test("a limit of sockets", () => {
    const report = checkVectors(
      altered((reading) => {
        reading.sysctl["net/ipv4/tcp_mem"] = [1, 2, 3];
      }),
    );
    expect(report.mismatches.map(({ what }) => what)).toEqual(["tcp_mem"]);
    expect(report.exact).toBe(report.total - 1);
  });

  test("a boot that no amount of init memory explains", () => {
    const copy = structuredClone(vectors);
    const reading = copy.boots[2]?.settings[0];
    if (reading !== undefined) reading.sysctl["vm/min_free_kbytes"] += 100;
    const report = checkVectors(copy);
    expect(report.mismatches.length).toBeGreaterThan(0);
    expect(report.notes[2]).toContain("no amount of init memory");
  });
});

describe("a file of another form is refused by the path of what is wrong", () => {
  test.each([
    [null, 'file: expected an object with "boots"'],
    [{ boots: 3 }, "file.boots: expected a list"],
    [{ boots: [{}] }, 'file.boots[0]: expected an object with "kernel"'],
    [{ boots: [{ kernel: 6 }] }, "file.boots[0].kernel: expected a text"],
  ])("%j", (json, message) => {
    expect(() => checkVectors(json)).toThrow(message);
  });

  test("a negative count", () => {
    const json = altered((reading) => {
      reading.sysctl["vm/min_free_kbytes"] = -1;
    });
    expect(() => checkVectors(json)).toThrow("expected a whole number");
  });

  test("a zone that no machine has", () => {
    const json = altered((reading) => {
      for (const zone of reading.zones) zone.zone = "HighMem";
    });
    expect(() => checkVectors(json)).toThrow('zone "HighMem": expected DMA, DMA32, Normal');
  });
});
