import { expect, test } from "vitest";
import { isAlive, runOn, scenarioOf, socketsRun } from "../support/sockets.ts";

const TINY = "test/fixtures/tiny.yaml";

test("a program that swaps over a real connection finishes, every page as it was written, and nothing is left", async () => {
  const { run, nodes } = socketsRun(scenarioOf("test/fixtures/swapping.yaml", null), {
    slowdown: 2,
  });
  await run.start();
  expect(nodes.every(({ pid }) => isAlive(pid))).toBe(true);
  await runOn(run);
  const sample = run.fleet.sample("A");
  const server = run.fleet.sample("C")?.swapServer;
  await run.close();
  expect(run.broken).toBeNull();
  expect(run.interpreter.result().judged).toBe("completes");
  expect(sample?.values["vmstat.pswpin"]).toBeGreaterThan(500);
  expect(sample?.values["mismatches"] ?? 0).toBe(0);
  expect(server?.answered).toBeGreaterThan(100);
  expect(nodes.map(({ pid }) => isAlive(pid))).toEqual([false, false]);
});

test("what nodes did in a rehearsal is no part of the run", async () => {
  const slowdown = 2;
  const { run, orders, orderedAtMs } = socketsRun(scenarioOf("test/fixtures/swapping.yaml", null), {
    slowdown,
    rehearsalMs: 500,
  });
  await run.start();
  expect(orders("prepare")).toEqual(["A", "C", "A", "C"]);
  await run.step();
  // A machine begins once it is told to: no sample of this run can be of a longer life.
  const [, , beganMs = 0] = orderedAtMs("go");
  const nowNs = ((performance.now() - beganMs) * 1e6) / slowdown;
  for (const { atNs } of run.fleet.samples) expect(atNs).toBeLessThan(nowNs);
  await runOn(run);
  const sample = run.fleet.sample("A");
  await run.close();
  expect(run.broken).toBeNull();
  expect(run.interpreter.result().judged).toBe("completes");
  expect(sample?.values["mismatches"] ?? 0).toBe(0);
});

test("a run whose node dies is not judged, and says who", async () => {
  const { run, nodes } = socketsRun(scenarioOf(TINY, "fits"));
  await run.start();
  await run.step();
  process.kill(nodes[1]?.pid ?? 0, "SIGKILL");
  await runOn(run);
  await run.close();
  expect(run.broken).toMatch(/^node C is gone: it ended with SIGKILL/);
  expect(run.isJudged).toBe(false);
  expect(nodes.map(({ pid }) => isAlive(pid))).toEqual([false, false]);
});

test.each(["client-killed", "service-restarted", "service-shrunk"])(
  "%s: it is seen, and what is asked is answered again, as in virtual time",
  async (variant) => {
    const { run } = socketsRun(scenarioOf("test/fixtures/struck.yaml", variant), { slowdown: 2 });
    await run.start();
    await runOn(run);
    await run.close();
    expect(run.broken).toBeNull();
    const { judged, faults, checks } = run.interpreter.result();
    expect([judged, faults.map(({ receipt }) => receipt)]).toEqual(["recovers", ["seen"]]);
    expect(checks.find(({ id }) => id === "served-after")?.status).toBe("pass");
  },
);

test("a run that was late is inconclusive, whatever it came to", async () => {
  const scenario = scenarioOf(TINY, "fits");
  const { run } = socketsRun(scenario, { lateBudgetNs: 0 });
  await run.start();
  await runOn(run);
  await run.close();
  const result = run.result();
  expect([result.judged, result.verdict, result.status]).toEqual([
    "completes",
    "inconclusive",
    "inconclusive",
  ]);
  expect(result.why.join("\n")).toMatch(/late, more than 0 ms/);
});

test("who looks at a machine whose state is on its way is shown the same, and nobody else's is fetched", async () => {
  const { run, orders } = socketsRun(scenarioOf(TINY, "fits"));
  await run.start();
  const looks = await Promise.all([1, 2, 3, 4].map(() => run.machine("A")));
  expect(looks.map((machine) => machine?.spec.name)).toEqual(["A", "A", "A", "A"]);
  expect(orders("save")).toEqual(["A"]);
  await run.machine("A");
  expect(orders("save")).toEqual(["A", "A"]);
  expect(await run.machine("Z")).toBeNull();
  await run.close();
});
