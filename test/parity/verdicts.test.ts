import { describe, expect, test } from "vitest";
import { Run } from "#sim/index.ts";
import { runOn, scenarioOf, socketsRun, variantsOf } from "../support/sockets.ts";
import { PARITY_CASES, PARITY_SLOWDOWN } from "./cases.ts";

describe("the verdict on sockets is the one of virtual time", () => {
  test.each(PARITY_CASES.filter(({ isQuick }) => isQuick))(
    "$scenario $variant $settings",
    async (given) => {
      const { variant, settings } = given;
      const scenario = scenarioOf(`scenarios/${given.scenario}.yaml`, variant, settings);
      const { result } = new Run({ scenario, seed: scenario.seed }).finish();
      const { run } = socketsRun(scenario, { slowdown: PARITY_SLOWDOWN });
      await run.start();
      await runOn(run);
      await run.close();
      expect(run.broken).toBeNull();
      const { verdict, certainty, why } = run.result();
      expect([verdict, certainty], why.join("\n")).toEqual([result.verdict, result.certainty]);
    },
  );
});

test("every variant of zijlstra-wedge is compared", () => {
  const ours = PARITY_CASES.filter(({ scenario }) => scenario === "zijlstra-wedge");
  const known = new Set(ours.map(({ variant }) => variant));
  expect(known).toEqual(new Set(variantsOf("scenarios/zijlstra-wedge.yaml")));
});
