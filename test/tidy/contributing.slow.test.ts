import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clone, cleanClone } from "./clean-clone.ts";
import { applied, stepsOf } from "./recipes.ts";

// CONTRIBUTING.md promises ten minutes. What it prints must still work on what is committed.

let clone: Clone;
beforeAll(() => {
  clone = cleanClone();
  symlinkSync(join(process.cwd(), "node_modules"), join(clone.root, "node_modules"));
  for (const step of stepsOf(readFileSync(join(clone.root, "CONTRIBUTING.md"), "utf8"))) {
    const path = join(clone.root, step.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, applied(step, existsSync(path) ? readFileSync(path, "utf8") : null));
  }
});
afterAll(() => clone.close());

const policyTests = ["vitest", "run", "--project", "pure", "test/kernel/policy/reclaim"];

test("a clean clone with the recipes applied passes its check", () => {
  expect(clone.run("npm", "run", "book").exit).toBe(0);
  const { exit, text } = clone.run("npm", "run", "check");
  expect(exit, text).toBe(0);
  expect(text).toContain("test/kernel/policy/reclaim/half-the-list.test.ts");
  expect(text).toContain("test/faults/link-modem.test.ts");
});

test("the contract has found the new policy", () => {
  const { text } = clone.run("npx", ...policyTests, "--reporter", "verbose");
  expect(text).toMatch(/✓.*half-the-list > scans a whole number of pages/);
});

test("the contract would find a policy that breaks it", () => {
  const path = join(clone.root, "kernel/policy/reclaim/half-the-list.ts");
  const exact = readFileSync(path, "utf8");
  writeFileSync(path, exact.replace("Math.floor(inactivePages / 2)", "inactivePages / 2"));
  const { exit, text } = clone.run("npx", ...policyTests);
  writeFileSync(path, exact);
  expect(text).toMatch(/FAIL .*half-the-list > scans a whole number of pages/);
  expect(exit).not.toBe(0);
});
