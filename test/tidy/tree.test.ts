import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { missingEntries } from "#tools/complete-lock.mjs";
import { git } from "./git.ts";
import { brokenLinks, foreignPaths } from "./tree-rules.ts";

const files = git(["ls-files", "-co", "--exclude-standard"])
  .split("\n")
  .filter((path) => path !== "" && existsSync(path));
const read = (path: string): string => readFileSync(path, "utf8");

test("the tree is seen", () => {
  expect(files).toContain("package.json");
});

describe("no file knows the machine it was written on", () => {
  test("in this tree", () => {
    expect(files.flatMap((path) => foreignPaths(path, read(path)))).toEqual([]);
  });

  test.each([
    ["a neighbouring folder", `see ${["..", "shared"].join("/")}/design`],
    ["a root folder", `cd ${["", "work", "main"].join("/")}`],
    ["a home", `cd ${["", "home", "me", "unwedge"].join("/")}`],
    ["a temporary file", `cat ${["", "tmp", "out"].join("/")}`],
  ])("%s is noticed", (_what, text) => {
    expect(foreignPaths("docs/x.md", text)).toHaveLength(1);
  });
});

describe("links between documents lead somewhere", () => {
  const documents = files.filter((path) => path.endsWith(".md"));

  test("in this tree", () => {
    expect(documents.flatMap((path) => brokenLinks(path, read(path), exists))).toEqual([]);
  });

  test.each([
    ["a file that is not there", "[x](nowhere.md)"],
    ["a heading that is not there", "[x](#nowhere)"],
    ["a heading that is not there in another file", "[x](../README.md#nowhere)"],
  ])("%s is noticed", (_what, text) => {
    expect(brokenLinks("docs/x.md", text, exists)).toHaveLength(1);
  });

  test("the web, a file and a heading pass", () => {
    const text =
      "# A heading: `x`, or y\n[1](https://lkml.org) [2](../README.md) [3](#a-heading-x-or-y)";
    expect(brokenLinks("docs/x.md", text, exists)).toEqual([]);
  });

  function exists(path: string): string | null {
    if (!existsSync(path)) return null;
    return path.endsWith(".md") ? read(path) : "";
  }
});

test("the papers a reader looks for are there", () => {
  const papers = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"];
  const docs = ["style", "glossary", "machine", "model", "scenarios"].map(
    (name) => `docs/${name}.md`,
  );
  expect([...papers, ...docs].filter((path) => !files.includes(path))).toEqual([]);
});

test("every dependency is pinned to one version", () => {
  const { dependencies, devDependencies } = JSON.parse(read("package.json"));
  const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)),
  );
  expect(ranges).toEqual([]);
});

test.each(files.filter((path) => path.endsWith("package-lock.json")))(
  "%s names no registry and every platform",
  (path) => {
    const text = read(path);
    expect(text).not.toContain('"resolved"');
    expect(missingEntries(JSON.parse(text).packages)).toEqual([]);
  },
);

test("every test runs in exactly one project", () => {
  const { stdout } = spawnSync(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "list", "--filesOnly", "--json"],
    { encoding: "utf8" },
  );
  const listed: string[] = JSON.parse(stdout).map(({ file }: { file: string }) => file);
  const tests = files
    .filter((path) => path.endsWith(".test.ts"))
    .map((path) => join(process.cwd(), path));
  const byName = (a: string, b: string): number => (a < b ? -1 : 1);
  expect(listed.sort(byName)).toEqual(tests.sort(byName));
});
