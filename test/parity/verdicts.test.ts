import { beforeAll, describe, expect, test } from "vitest";
import { REHEARSAL_MS } from "#coordinator/engine/index.ts";
import { ROWS } from "../oracle/rows.ts";
import { runBatch } from "../support/batch.ts";
import type { RunReport } from "../support/run-job.ts";
import { runOn, scenarioOf, socketsRun, variantsOf } from "../support/sockets.ts";
import { PARITY_CASES, PARITY_SLOWDOWN, type ParityCase } from "./cases.ts";

const quick = PARITY_CASES.filter(({ isQuick }) => isQuick);

/** Of scenario and variant, as the case sets it. */
const scenarioFor = ({ scenario, variant, settings }: ParityCase) =>
  scenarioOf(`scenarios/${scenario}.yaml`, variant, settings);

describe.concurrent("the verdict on sockets is the one of virtual time", () => {
  // All before the first on sockets, and in processes of their own: they take a processor whole, and would make the others late.
  let virtual: readonly RunReport[] = [];
  beforeAll(async () => {
    virtual = await runBatch(quick.map((given) => ({ ...given, seed: scenarioFor(given).seed })));
  });

  test.each(quick)("$scenario $variant $settings", async (given) => {
    const result = virtual[quick.indexOf(given)]?.result;
    const { run } = socketsRun(scenarioFor(given), {
      slowdown: PARITY_SLOWDOWN,
      rehearsalMs: REHEARSAL_MS,
    });
    await run.start();
    await runOn(run);
    await run.close();
    expect(run.broken).toBeNull();
    const { verdict, certainty, why } = run.result();
    expect([verdict, certainty], why.join("\n")).toEqual([result?.verdict, result?.certainty]);
  });
});

test("every variant of zijlstra-wedge is compared", () => {
  const ours = PARITY_CASES.filter(({ scenario }) => scenario === "zijlstra-wedge");
  const known = new Set(ours.map(({ variant }) => variant));
  expect(known).toEqual(new Set(variantsOf("scenarios/zijlstra-wedge.yaml")));
});

test("every row of oracle-abc is compared", () => {
  const ours = PARITY_CASES.filter(({ scenario }) => scenario === "oracle-abc");
  const rows = ROWS.filter(({ scenario }) => scenario === "oracle-abc");
  expect(new Set(ours.map(({ variant }) => variant))).toEqual(
    new Set(rows.map(({ variant }) => variant)),
  );
});
