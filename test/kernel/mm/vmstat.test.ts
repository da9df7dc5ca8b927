import { expect, test } from "vitest";
import { Vmstat } from "#kernel/mm/vmstat.ts";

test("counters start at nothing, and a saved state is not changed by what comes after", () => {
  const vmstat = new Vmstat();
  expect(new Set(Object.values(vmstat.counts))).toEqual(new Set([0]));
  vmstat.counts.pswpout += 17;
  const state = vmstat.save();
  vmstat.counts.pswpout++;
  const copy = new Vmstat();
  copy.load(state);
  expect(copy.counts.pswpout).toBe(17);
});
