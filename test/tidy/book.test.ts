import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parts, withPart } from "#tools/book.mjs";

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

test("a part without its place is an error", () => {
  expect(() => withPart("a\nb\n", "x", "new")).toThrow("no <!-- book:x -->");
});
