// The npm package in a project that knows nothing of us: plain node, tsc and vitest, on the examples of docs/api.md.
//
// The tarball is unpacked, not installed: what it depends on is linked to ours, so nothing is asked of a registry.

import { execFileSync, spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };

let project = "";
const own = "node_modules/unwedge";

beforeAll(() => {
  project = mkdtempSync(join(realpathSync(tmpdir()), "unwedge-package-"));
  execFileSync("npm", ["pack", "--pack-destination", project, "--loglevel=error"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  mkdirSync(join(project, own), { recursive: true });
  const tarball = `unwedge-${packageJson.version}.tgz`;
  execFileSync("tar", ["-xzf", tarball, "-C", own, "--strip-components=1"], { cwd: project });
  for (const name of [...Object.keys(packageJson.dependencies), "typescript", "vitest"]) {
    mkdirSync(dirname(join(project, "node_modules", name)), { recursive: true });
    symlinkSync(join(process.cwd(), "node_modules", name), join(project, "node_modules", name));
  }
  write("package.json", JSON.stringify({ name: "foreign", private: true, type: "module" }));
  const [testFile = "", script = ""] = examples();
  write("my-outage.ts", script);
  write("my-outage.test.ts", testFile);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

const examples = (): string[] =>
  [...readFileSync("docs/api.md", "utf8").matchAll(/```ts\n(.*?)```/gs)].map(
    ([, text]) => text ?? "",
  );

const write = (name: string, text: string): void => writeFileSync(join(project, name), text);

/** What a command prints; throws with it when the command fails. */
function node(...args: string[]): string {
  const env = { ...plainEnvironment(), NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: project,
    encoding: "utf8",
    env,
  });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

const plainEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_|TEST)/.test(name)),
  );

test("plain node runs a shipped scenario, and gives the digest that a clone does", () => {
  write(
    "plain.js",
    'import { runScenario } from "unwedge";\n' +
      'const { verdict, hash } = await runScenario("gorman-4x", { variant: "vanilla-slub-small" });\n' +
      "process.stdout.write(JSON.stringify({ verdict, hash }));\n",
  );
  const ours = execFileSync(
    process.execPath,
    ["unwedge", "run", "gorman-4x", "--variant", "vanilla-slub-small", "--json"],
    { encoding: "utf8", env: { ...process.env, UNWEDGE_BUNDLE: "0" } },
  );
  const { hash }: { hash: string } = JSON.parse(ours);
  expect(JSON.parse(node("plain.js"))).toEqual({ verdict: "wedged", hash });
});

test("tsc checks a script against the declarations, strictly", () => {
  const compilerOptions = {
    ...{ strict: true, skipLibCheck: false, noEmit: true, types: [] },
    ...{ module: "nodenext", target: "es2023", allowImportingTsExtensions: true },
  };
  write(
    "wrong.ts",
    'import { s } from "unwedge";\n// @ts-expect-error a time is no text\ns("3");\n',
  );
  const files = ["my-outage.ts", "wrong.ts"];
  write("tsconfig.json", JSON.stringify({ compilerOptions, files }));
  expect(node("node_modules/typescript/bin/tsc")).toBe("");
});

test("vitest runs the example of the documents", () => {
  expect(node("node_modules/vitest/vitest.mjs", "run")).toMatch(/Tests +1 passed/);
});

test("the command of the package knows the shipped scenarios, and runs scripts shut away", () => {
  const command = join(own, packageJson.bin.unwedge);
  expect(node(command, "validate", "zijlstra-wedge")).toContain("valid, 18 variants");
  expect(node(command, "validate", "my-outage.ts")).toBe("my-outage.ts: valid, 2 variants\n");
});
