import { afterAll, describe, expect, test } from "vitest";
import { sampleOf } from "../../bench/sample.ts";
import { gccVersion, Twins } from "../../bench/twins.ts";
import { workloads } from "../../bench/workloads/index.ts";

// A quarter of a million: every per-CPU list has overflowed, memory has been reclaimed and types have stolen blocks.
const ops = 250_000;
const hasGcc = gccVersion() !== null;

describe.skipIf(!hasGcc)("twins in C (skipped without gcc)", () => {
  const twins = new Twins();
  afterAll(() => {
    twins.close();
    twins.close();
  });

  test.for(workloads)("$name gives every answer that its twin gives", (workload) => {
    expect(sampleOf(workload, ops).checksum).toBe(twins.run(workload, ops).checksum);
  });

  test("a checksum tells a pass from one of another length", () => {
    const [workload] = workloads;
    if (workload === undefined) throw new Error("there is a workload");
    expect(twins.run(workload, ops).checksum).not.toBe(twins.run(workload, 2 * ops).checksum);
  });
});
