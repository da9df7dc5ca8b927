import { expect, test } from "vitest";
import { applied, stepsOf } from "./recipes.ts";

const page = `Text.
<!-- recipe create kernel/x.ts -->
\`\`\`ts
export const x = 1;
\`\`\`
<!-- recipe insert kernel/index.ts after: const all = { -->
\`\`\`ts
  x,
\`\`\`
\`\`\`ts
not a step
\`\`\`
`;
const [create, insert] = stepsOf(page);

test("a document's steps are its marked blocks", () => {
  expect(stepsOf(page)).toHaveLength(2);
  expect(create).toEqual({ path: "kernel/x.ts", at: null, code: "export const x = 1;\n" });
  expect(insert).toMatchObject({ at: { side: "after", line: "const all = {" }, code: "  x,\n" });
});

test("a block goes where its step says", () => {
  if (create === undefined || insert === undefined) throw new Error("two steps");
  expect(applied(create, null)).toBe("export const x = 1;\n");
  expect(applied(insert, "a\nconst all = {\n};\n")).toBe("a\nconst all = {\n  x,\n};\n");
});

test("a step that no longer fits the tree is an error", () => {
  if (create === undefined || insert === undefined) throw new Error("two steps");
  expect(() => applied(create, "")).toThrow("is there already");
  expect(() => applied(insert, "a\n")).toThrow("no single line");
  expect(() => applied(insert, "const all = {\nconst all = {\n")).toThrow("no single line");
});
