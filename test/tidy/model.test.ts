// The tables of the documents point into the sources: each file they link is checked by tree.test.ts, each name beside it here.

import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { staleNames } from "./named-sources.ts";

describe("names beside a link to a source are in that source", () => {
  test.each(["docs/model.md", "docs/reference/timers.md"])("%s", (path) => {
    expect(staleNames(path, read(path), read)).toEqual([]);
  });

  test("a name that is gone is noticed", () => {
    const text = "| x | [a.ts](../kernel/a.ts) `here` `gone` | `elsewhere` |";
    expect(staleNames("docs/x.md", text, () => "const here = 1;")).toEqual([
      "docs/x.md: kernel/a.ts has no gone",
    ]);
  });

  test("words further on are nobody's", () => {
    const text = "[a.ts](../kernel/a.ts) says so, unless `block` is off";
    expect(staleNames("docs/x.md", text, () => "")).toEqual([]);
  });
});

test("every test and file of readings that the model names is there", () => {
  const named = [...read("docs/model.md").matchAll(/`[^`]*?(test\/[\w./-]+)`/g)];
  expect(named.length).toBeGreaterThan(3);
  expect(named.map(([, path]) => `${path}`).filter((path) => !existsSync(path))).toEqual([]);
});

function read(path: string): string {
  return readFileSync(path, "utf8");
}
