// Every command that docs/cli.md shows is run, and ends as it says. In a folder of its own, for runs leave bundles behind.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";

const blocks = [...readFileSync("docs/cli.md", "utf8").matchAll(/^```sh\n(.*?)^```$/gms)];
const examples = blocks
  .flatMap(([, lines]) => `${lines}`.trimEnd().split("\n"))
  .map((line) => ({
    command: line.replace(/\s+#.*$/, ""),
    exit: Number(/# exit code (\d+)/.exec(line)?.[1] ?? 0),
  }));

const cwd = mkdtempSync(join(tmpdir(), "unwedge-docs-"));
for (const name of ["unwedge", "scenarios", "test"]) symlinkSync(resolve(name), join(cwd, name));

afterAll(() => {
  rmSync(cwd, { recursive: true });
});

test("there are examples", () => {
  expect(examples.length).toBeGreaterThan(10);
});

test.each(examples)("$command", ({ command, exit }) => {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], { cwd, encoding: "utf8" });
  expect(status, stdout + stderr).toBe(exit);
});
