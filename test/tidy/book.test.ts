import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readClaims } from "#coordinator/scenario/index.ts";
import { parts, withPart } from "#tools/book.mjs";
import { namedFiles } from "#tools/book-chapters.mjs";
import { modellingFiles, notModelled } from "#tools/book-model.mjs";
import { recorded, staleness } from "#tools/book-museum.mjs";
import { drops } from "#tools/book-reference.mjs";
import { headerOf, notModelledIn, sourcesUnder, summaryOf } from "#tools/book-sources.mjs";

test.each(Object.entries(parts))(
  "the part %s is what `npm run book` would write",
  (name, { path, write }) => {
    const text = readFileSync(path, "utf8");
    expect(withPart(text, name, write())).toBe(text);
  },
);

test("a stale part is noticed", () => {
  const text = "a\n<!-- book:x -->\nold\n<!-- /book -->\nb\n";
  expect(withPart(text, "x", "new")).toBe("a\n<!-- book:x -->\nnew\n<!-- /book -->\nb\n");
});

describe("the record of the claims", () => {
  const path = "scenarios/claims/threads.yaml";
  const read = readClaims(readFileSync(path, "utf8"), path);
  const claims = read.ok ? read.claims : [];

  test("is of the table as it stands", () => {
    expect(claims.length).toBeGreaterThan(0);
    expect(staleness(claims, recorded())).toEqual([]);
  });

  test("is stale when a case or a claim was added", () => {
    const [first, ...others] = claims;
    expect(first?.cases.length).toBeGreaterThan(0);
    const longer = claims.map((claim) =>
      claim === first ? { ...claim, cases: [...claim.cases, ...claim.cases] } : claim,
    );
    expect(staleness(longer, recorded())).toHaveLength(1);
    expect(staleness([...others, ...claims], recorded().slice(1))).toHaveLength(1);
  });
});

test("a part without its place is an error", () => {
  expect(() => withPart("a\nb\n", "x", "new")).toThrow("no <!-- book:x -->");
});

describe("headers", () => {
  test("are cut into paragraphs, and a document says the first sentence", () => {
    const text =
      "import x;\n\n// One: two\n// three (6.1). Four.\n//\n// Not modelled: a,\n// b.\n\ncode\n// c";
    expect(headerOf(text)).toEqual(["One: two three (6.1). Four.", "Not modelled: a, b."]);
    expect(notModelledIn(text)).toBe("a, b.");
  });

  test("that leave nothing out say nothing", () => {
    expect(notModelledIn("// One.\n\n// Not modelled: of a function.\n")).toBeNull();
  });

  test.each(sourcesUnder("kernel").filter((path) => path !== "kernel/index.ts"))(
    "%s says what it is",
    (path) => {
      expect(summaryOf(path)).toMatch(/[.?!]$/);
    },
  );
});

test("no file leaves something out that the model does not print", () => {
  const table = notModelled();
  for (const { path, text } of modellingFiles()) {
    const said = text.match(/not modelled:/gi)?.length ?? 0;
    expect(said, `${path} says so once, in a paragraph of its header`).toBeLessThanOrEqual(1);
    expect(table.includes(`](../${path})`), path).toBe(said === 1);
  }
});

test("the chapters name only files that are there, each once", () => {
  const named = namedFiles();
  expect(named.filter((path) => !existsSync(`kernel/${path}`))).toEqual([]);
  expect(new Set(named).size).toBe(named.length);
});

test("each reason of a drop says when", () => {
  const rows = drops().split("\n").slice(2);
  expect(rows.filter((row) => /\|\s+\|/.test(row))).toEqual([]);
});
