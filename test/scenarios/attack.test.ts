// The cheapest attack on the machine of 2007: what is written down wedges when it is run, and a little less does not.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EXIT } from "#base/error.ts";
import { main } from "#cli/program.ts";
import { FakeIo } from "../support/fake-io.ts";

const FILE = "scenarios/zijlstra-wedge.yaml";
const OUTAGE = "test/fixtures/outage.yaml";
const files = { [FILE]: readFileSync(FILE, "utf8"), [OUTAGE]: readFileSync(OUTAGE, "utf8") };

test("vanilla-2007 wedges for less than the scenario costs, as the scenario that is written says", async () => {
  const io = new FakeIo(files);
  const command = ["attack", FILE, "--policy", "vanilla-2007", "--json"];
  expect(await main(command, io)).toBe(EXIT.ok);
  const { cheapest, survived, path, checksLeftOut } = JSON.parse(io.stdout);
  expect(cheapest.cost).toBeLessThan(1);
  expect(survived.cost).toBeLessThan(cheapest.cost);
  expect(survived.ratePerSec).toBe(cheapest.ratePerSec);
  const written = new TextDecoder().decode(io.written.get(path));
  const again = new FakeIo({ "attack.yaml": written });
  const run = ["run", "attack.yaml", "--quiet", "--no-bundle"];
  // It wedges as it says, and no check of the load that was speaks against it.
  expect(await main(run, again)).toBe(EXIT.ok);
  expect(again.stdout).toContain(" wedged ");
  expect(checksLeftOut).toContain("keeps-up");
  expect(written.split("\n")[0]).toContain("without keeps-up");
  again.stdout = "";
  await main([...run, "--set", `timeline.c-away.for=${survived.outageSeconds} s`], again);
  expect(again.stdout).not.toContain(" wedged ");
});

test("what nothing in the range wedges is said so, and nothing is written", async () => {
  const io = new FakeIo(files);
  expect(await main(["attack", OUTAGE], io)).toBe(EXIT.failed);
  expect(io.stdout).toContain("none found in the range, up to 2 s and 800/s\n");
  expect(io.written.size).toBe(0);
});

test.each([
  [["attack", OUTAGE, "--traffic", "rain"], "--traffic: expected one of flood"],
  [["attack", OUTAGE, "--fault", "gone"], "--fault: expected one of away"],
])("%j is refused", async (command, message) => {
  const io = new FakeIo(files);
  expect(await main(command, io)).toBe(EXIT.usage);
  expect(io.stderr).toContain(message);
});
