import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const launcher = fileURLToPath(new URL("../../tools/run.mjs", import.meta.url));
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "unwedge-run-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const source = (): string => join(folder, "main.ts");

function run(...args: readonly string[]): { readonly stdout: string; readonly status: number } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [launcher, source(), ...args], {
    encoding: "utf8",
  });
  return { stdout: stdout + stderr, status: status ?? -1 };
}

test("a source runs as it is now, however often it was run before", () => {
  writeFileSync(
    source(),
    'import { word } from "./word.ts";\nconsole.log(word satisfies string);\n',
  );
  for (const word of ["first", "second"]) {
    writeFileSync(join(folder, "word.ts"), `export const word: string = "${word}, ${word}";\n`);
    for (const _again of [0, 1]) expect(run()).toEqual({ stdout: `${word}, ${word}\n`, status: 0 });
  }
});

test("a source knows where it lies, sees its arguments and gives its exit code", () => {
  writeFileSync(
    source(),
    "console.log(import.meta.url, process.argv.slice(1).join(' '));\nprocess.exitCode = 65;\n",
  );
  expect(run("--all", "x")).toEqual({
    stdout: `${pathToFileURL(source()).href} ${source()} --all x\n`,
    status: 65,
  });
});

test("a stack trace names the line one would edit", () => {
  writeFileSync(source(), 'interface Gone {\n  a: 1;\n}\nthrow new Error("here");\n');
  const { stdout, status } = run();
  expect(status).toBe(1);
  expect(stdout).toContain(`${source()}:4`);
});

test("a source that cannot be read as TypeScript says where", () => {
  writeFileSync(source(), "const = 1;\n");
  const { stdout, status } = run();
  expect(status).toBe(1);
  expect(stdout).toContain("main.ts");
});
