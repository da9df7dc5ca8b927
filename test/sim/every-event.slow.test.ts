// The small cluster looked at after each of its events, without exception, and the main scenario now and then.

import { expect, test } from "vitest";
import { Run, WorldWatch } from "#sim/index.ts";
import { resolve } from "../support/run-job.ts";
import { throughOutage, watched } from "../support/watched-world.ts";

test.each(["mainline-6.1", "swapnbd-v9", "vanilla-2007", "zijlstra-2007"] as const)(
  "%s: every event of flood and outage leaves a small cluster whole",
  (policy) => {
    const { world, watch } = watched(policy);
    throughOutage(world);
    expect(watch.faults).toEqual([]);
    expect(watch.looks).toBeGreaterThan(1000);
  },
);

test.each(["vanilla-2007", "swapnbd-v9", "zijlstra-2007", "mainline-6.1-without-highatomic"])(
  "zijlstra-wedge, %s: A is whole whenever it is looked at",
  (variant) => {
    const watch = new WorldWatch({ every: 509 });
    const scenario = resolve({ scenario: "zijlstra-wedge", variant, seed: 2007 });
    const run = new Run({ scenario, seed: 2007, afterEach: watch.look });
    watch.begin(run.world.machines);
    while (!run.isJudged) run.step();
    expect(watch.faults).toEqual([]);
    expect(watch.looks).toBeGreaterThan(100);
    expect(watch.lost(run.world.machine("A"))).toEqual([]);
  },
);
