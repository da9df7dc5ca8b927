// The library: a script and the file of the same name are one run, and what is wrong is said before anything runs.
// (Runs to their verdict: run-scenario.slow.test.ts.)

import { MiB, runScenario, s, scenario, sometimes } from "unwedge";
import { expect, test } from "vitest";
import gorman from "../../scenarios/scripts/gorman-4x.ts";
import sickCall from "../../scenarios/scripts/sick-call.ts";
import zijlstra from "../../scenarios/scripts/zijlstra-wedge.ts";

test.each([{ script: zijlstra }, { script: sickCall }])(
  "$script.id: a script's run has the digest of the file's",
  async ({ script }) => {
    const options = { seed: 7, set: { "engine.maxTime": "200 ms" } };
    const one = await runScenario(script, options);
    const other = await runScenario(script.id, options);
    expect(one).toMatchObject({ verdict: "inconclusive", seed: 7, simSeconds: 0.2 });
    expect(one.events).toBeGreaterThan(1_000);
    expect(one.hash).toBe(other.hash);
  },
);

test("a wedge is a result, with its reasons and the circle", async () => {
  const run = await runScenario(gorman, { variant: "vanilla-slub-small" });
  expect(run).toMatchObject({ status: "pass", verdict: "wedged", certainty: "certain" });
  expect(run.explanation.text.join("\n")).toContain("A has 280 free pages");
  expect(run.explanation.cycle.length).toBeGreaterThan(1);
  expect(run.checks.find(({ id }) => id === "finishes")?.line).toBeGreaterThan(0);
});

test("a scenario with mistakes is refused with all of them, each on its line", async () => {
  const wrong = scenario("wrong", { title: "wrong" }, (w) => {
    const A = w.machine("A", { policy: "vanila-2007", memory: { ram: MiB(64), kernel: MiB(6) } });
    return {
      *script(t) {
        yield* t.sleep(s(1));
        t.phase("run");
      },
      checks: { real: sometimes(A.mem.free.below(MiB(1))).during("rnu") },
    };
  });
  await expect(runScenario(wrong)).rejects.toMatchObject({
    code: "invalidScenario",
    message: expect.stringMatching(
      /^script wrong:\d+:1: nodes.A.policy: .*did you mean vanilla-2007.*\nscript wrong:\d+:1: checks\[0\].during: .*did you mean run/,
    ),
  });
  await expect(runScenario("no-such-scenario")).rejects.toMatchObject({ code: "usage" });
});
