// `unwedge diff` from outside: what two runs were told, what became of them, and the first event that differs.

import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { main } from "#cli/program.ts";
import { FakeIo } from "../support/fake-io.ts";

const FILE = "test/fixtures/nbd-sender.yaml";
const io = new FakeIo({ [FILE]: readFileSync(FILE, "utf8") });

async function said(...command: readonly string[]) {
  io.stdout = "";
  io.stderr = "";
  const code = await main(command, io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

const paths: string[] = [];
beforeAll(async () => {
  await said("run", FILE, "--quiet");
  await said("run", FILE, "--quiet", "--policy", "vanilla-2007", "--set", "nodes.A.net.ring=512");
  paths.push(...io.written.keys());
});

const [WEDGED, SAVED] = [() => paths[0] ?? "", () => paths[1] ?? ""];

test("names settings, outcome, checks, machines and the first event, both sides of each", async () => {
  const { code, stdout } = await said("diff", WEDGED(), SAVED());
  expect(code).toBe(0);
  expect(stdout).toMatch(/^settings +first +second$/m);
  expect(stdout).toMatch(/^ {2}nodes\.A\.policy +vanilla-nbd +vanilla-2007$/m);
  expect(stdout).toMatch(/^ {2}nodes\.A\.net +- +\{"ring":512\}$/m);
  expect(stdout).toMatch(/^ {2}verdict +wedged +recovers$/m);
  expect(stdout).toMatch(/^ {2}ends +fail, wedged +pass, recovers$/m);
  expect(stdout).toMatch(/^ {2}A ring filled +\d+ +5\d\d$/m);
  expect(stdout).toMatch(/^the two runs differ on A, first in event \d+, at \d+ ns$/m);
});

test("of a run and itself nothing differs", async () => {
  const { stdout } = await said("diff", WEDGED(), WEDGED());
  expect(stdout).toContain("settings: the same\n");
  expect(stdout).toContain("checks: the same\n");
  expect(stdout.trimEnd().endsWith("no event differs")).toBe(true);
});
