// Every command that docs/cli.md shows is run, and ends as it says.

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const blocks = [...readFileSync("docs/cli.md", "utf8").matchAll(/^```sh\n(.*?)^```$/gms)];
const examples = blocks
  .flatMap(([, lines]) => `${lines}`.trimEnd().split("\n"))
  .map((line) => ({
    command: line.replace(/\s+#.*$/, ""),
    exit: Number(/# exit code (\d+)/.exec(line)?.[1] ?? 0),
  }));

test("there are examples", () => {
  expect(examples.length).toBeGreaterThan(10);
});

test.each(examples)("$command", ({ command, exit }) => {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
  expect(status, stdout + stderr).toBe(exit);
});
