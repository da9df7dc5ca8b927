import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sourceFlags } from "#tools/source-flags.mjs";

test("this Node runs a TypeScript file with the flags, wherever it is started", () => {
  const folder = mkdtempSync(join(tmpdir(), "unwedge-flags-"));
  try {
    writeFileSync(
      join(folder, "main.ts"),
      "const pages: number = 3;\nprocess.stdout.write(String(pages));\n",
    );
    const { stdout } = spawnSync(process.execPath, [...sourceFlags(), join(folder, "main.ts")], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(stdout).toBe("3");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the launcher runs the command line from any folder", () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(process.cwd(), "unwedge"), "--version"],
    {
      cwd: tmpdir(),
      encoding: "utf8",
    },
  );
  expect({ status, stdout }).toEqual({
    status: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+/),
  });
});
