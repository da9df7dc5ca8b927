import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { schemaPath, schemaText } from "#tools/scenario-schema.ts";

test("the published schema is the one that validation uses", () => {
  expect(readFileSync(schemaPath, "utf8"), "run: node --import tsx tools/scenario-schema.ts").toBe(
    schemaText(),
  );
});
