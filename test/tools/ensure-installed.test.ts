import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { isAtLeast, isComplete } from "#tools/ensure-installed.mjs";

test("versions are compared as numbers, part by part", () => {
  const enough = ["20.19.0", "20.19.5", "20.20.0", "22.0.0", "100.0.0"];
  const tooOld = ["20.18.9", "20.9.0", "18.20.4", "9.99.99"];
  expect(enough.filter((have) => !isAtLeast(have, "20.19"))).toEqual([]);
  expect(tooOld.filter((have) => isAtLeast(have, "20.19"))).toEqual([]);
});

describe("an install", () => {
  const wanted = {
    packages: {
      "": { version: "0.1.0" },
      "node_modules/yaml": { version: "2.9.1" },
      "node_modules/@esbuild/darwin-arm64": { version: "0.28.2", optional: true },
    },
  };

  test("is complete without other platforms' packages", () => {
    const installed = { packages: { "node_modules/yaml": { version: "2.9.1" } } };
    expect(isComplete(wanted, installed)).toBe(true);
  });

  test.each([
    ["nothing is there", null],
    ["a package is missing", { packages: {} }],
    ["a package is older", { packages: { "node_modules/yaml": { version: "2.9.0" } } }],
    [
      "an optional package is older",
      {
        packages: {
          "node_modules/yaml": { version: "2.9.1" },
          "node_modules/@esbuild/darwin-arm64": { version: "0.28.1" },
        },
      },
    ],
  ])("is incomplete when %s", (_case, installed) => {
    expect(isComplete(wanted, installed)).toBe(false);
  });
});

describe("the first command in a clone", () => {
  let clone = "";
  afterEach(() => rmSync(clone, { recursive: true, force: true }));

  /** A project that wants one package, and an npm that notes how it was called and does `script`. */
  function runWith(script: string) {
    clone = mkdtempSync(join(tmpdir(), "unwedge-install-"));
    cpSync("tools/ensure-installed.mjs", join(clone, "tools/ensure-installed.mjs"));
    writeFileSync(join(clone, "package.json"), '{ "engines": { "node": ">=20.19" } }');
    const lock = { packages: { "node_modules/yaml": { version: "2.9.1" } } };
    writeFileSync(join(clone, "package-lock.json"), JSON.stringify(lock));
    const npm = join(clone, "npm-cli.cjs");
    writeFileSync(
      npm,
      `require("fs").appendFileSync("calls", process.argv[2] + "\\n");\n${script}`,
    );
    return () =>
      spawnSync(process.execPath, [join(clone, "tools/ensure-installed.mjs")], {
        encoding: "utf8",
        env: { ...process.env, npm_execpath: npm },
      });
  }
  const installing =
    'require("fs").mkdirSync("node_modules"); require("fs").copyFileSync("package-lock.json", "node_modules/.package-lock.json");';

  test("installs once, and says so on stderr only", () => {
    const run = runWith(installing);
    expect(run()).toMatchObject({ status: 0, stdout: "" });
    expect(run()).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(existsSync(join(clone, "node_modules/.package-lock.json"))).toBe(true);
  });

  test("says in a sentence that npm failed, and leaves no lock behind", () => {
    const { status, stderr } = runWith("process.exitCode = 3;")();
    expect(stderr).toMatch(/^unwedge: `npm ci` failed in .* \(exit 3\)/m);
    expect(status).toBe(69);
    expect(existsSync(join(clone, ".installing"))).toBe(false);
  });

  test("takes over the lock of an install that died", () => {
    const run = runWith(installing);
    mkdirSync(join(clone, "tools"), { recursive: true });
    const dead = spawnSync(process.execPath, ["-e", ""]).pid;
    writeFileSync(join(clone, ".installing"), String(dead));
    expect(run()).toMatchObject({ status: 0 });
  });

  test("says in a sentence that Node is too old", () => {
    const run = runWith(installing);
    writeFileSync(join(clone, "package.json"), '{ "engines": { "node": ">=99.1" } }');
    expect(run()).toMatchObject({ status: 69 });
    expect(run().stderr).toMatch(/^unwedge: this is Node \S+; Node 99\.1 or newer is needed/);
  });
});
