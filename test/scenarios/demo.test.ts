// The demonstration where nobody watches: plain lines, the verdict of each kernel, and what happened in the run's numbers.

import { spawnSync } from "node:child_process";
import { beforeAll, expect, test } from "vitest";

let stdout = "";
let status: number | null = null;
beforeAll(() => {
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
  ({ stdout, status } = spawnSync("./unwedge", ["demo"], { encoding: "utf8", env }));
});

test("vanilla wedges, the two others recover, all as expected", () => {
  expect(stdout).toMatch(/^✗ vanilla-2007 … wedged/m);
  expect(stdout).toMatch(/^✓ swapnbd-v9 … recovers/m);
  expect(stdout).toMatch(/^✓ mainline-6\.1.* … recovers/m);
  expect(stdout).not.toContain("not as expected");
  expect(status).toBe(0);
});

test("no cursor is moved, nothing is coloured, and 80 columns are enough", () => {
  expect(stdout).not.toContain("\u001B");
  expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
});

test("it says who fills memory and how far it fell, and what to type next", () => {
  expect(stdout).toMatch(/\d+ connections from B hold \d+\.\d MiB/);
  expect(stdout.replaceAll(/\s+/g, " ")).toMatch(/Free memory fell from \d+ to \d+ pages/);
  expect(stdout.split("Next\n")[1]?.match(/^ {2}\.\/unwedge /gm)).toHaveLength(3);
});
