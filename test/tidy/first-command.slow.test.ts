import { afterEach, expect, test } from "vitest";
import { type Clone, cleanClone } from "./clean-clone.ts";

// Each of these is allowed to be the first thing anyone types, with nothing but Node on the machine.

let clone: Clone | null = null;
afterEach(() => clone?.close());

function inClone(command: string, ...args: string[]) {
  clone = cleanClone();
  return clone.run(command, ...args);
}

test("npm start installs, then shows a wedge and two survivals", () => {
  const { exit, text } = inClone("npm", "start");
  expect(text).toContain("unwedge: packages installed");
  expect(text).toMatch(/vanilla-2007.*wedged/);
  expect(text).toMatch(/swapnbd-v9.*recovers/);
  expect(text).toMatch(/mainline-6\.1.*recovers/);
  expect(exit, text).toBe(0);
});

test("npm test installs, then passes", () => {
  // Not every project: this test is in one of them.
  const { exit, text } = inClone(
    "npm",
    "test",
    "--",
    "--project",
    "pure",
    "test/tools",
    "test/base",
  );
  expect(text).toContain("unwedge: packages installed");
  expect(text).toMatch(/Tests +\d+ passed \(/);
  expect(exit, text).toBe(0);
});

test("npm run check installs before it checks", () => {
  const { text } = inClone("npm", "run", "check", "--", "test/tools/tally.test.ts");
  expect(text).toContain("unwedge: packages installed");
  expect(text).toContain("tsc -b");
});

test("./unwedge installs, then answers", () => {
  const { exit, text } = inClone("./unwedge", "--version");
  expect(text).toContain("unwedge: packages installed");
  expect(text).toMatch(/^\d+\.\d+\.\d+$/m);
  expect(exit, text).toBe(0);
});
