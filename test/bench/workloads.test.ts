import { expect, test } from "vitest";
import { workloads } from "../../bench/workloads/index.ts";

const ops = 20_000;

test("workloads have names of their own", () => {
  expect(new Set(workloads.map(({ name }) => name)).size).toBe(workloads.length);
});

test.for(workloads)("$name answers alike when it is begun anew", ({ begin }) => {
  expect(begin()(ops, 0)).toBe(begin()(ops, 0));
});

test.for(workloads)("$name goes on where its last pass ended", ({ begin }) => {
  const pass = begin();
  const first = pass(ops, 0);
  expect(pass(ops, 0)).not.toBe(first);
});

test.for(workloads)("$name carries its checksum from pass to pass", ({ begin }) => {
  expect(begin()(ops, 1)).not.toBe(begin()(ops, 0));
});
