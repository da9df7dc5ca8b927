import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { git } from "./git.ts";
import { applied, stepsOf } from "./recipes.ts";

// CONTRIBUTING.md promises ten minutes. What it prints must still work on what is committed.

let clone = "";
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), "unwedge-clone-"));
  git(["clone", "--quiet", "--local", ".", clone]);
  symlinkSync(join(process.cwd(), "node_modules"), join(clone, "node_modules"));
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

function run(command: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: clone,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", UNWEDGE_TEST_REPORT: undefined },
  });
  return { status, text: stdout + stderr };
}

test("a clean clone with CONTRIBUTING's recipes applied passes its check", () => {
  const steps = stepsOf(readFileSync(join(clone, "CONTRIBUTING.md"), "utf8"));
  for (const step of steps) {
    const path = join(clone, step.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, applied(step, existsSync(path) ? readFileSync(path, "utf8") : null));
  }
  const check = run("npm", "run", "check");
  expect(check.text).toContain("test/kernel/policy/reclaim/half-the-list.test.ts");
  expect(check.text).toContain("test/faults/link-modem.test.ts");
  expect(check, check.text).toMatchObject({ status: 0 });
});

test("the contract has found the new policy", () => {
  const contract = ["vitest", "run", "--project", "pure", "--reporter", "verbose"];
  const { text } = run("npx", ...contract, "test/kernel/policy/reclaim/contract.test.ts");
  expect(text).toMatch(/✓.*half-the-list > scans a whole number of pages/);
});

test("the contract would find a policy that breaks it", () => {
  const path = join(clone, "kernel/policy/reclaim/half-the-list.ts");
  writeFileSync(
    path,
    readFileSync(path, "utf8").replace("Math.floor(inactivePages / 2)", "inactivePages / 2"),
  );
  const { status, text } = run("npx", "vitest", "run", "--project", "pure", "test/kernel/policy");
  expect(text).toMatch(/FAIL .*half-the-list > scans a whole number of pages/);
  expect(status).not.toBe(0);
});
