// Writes scenarios/scenario.schema.json: what editors check a scenario against while it is typed. Generated from the
// schema in coordinator/scenario, so it cannot say anything else; a test fails when it is out of date.
//
//   node --import tsx tools/scenario-schema.ts

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { jsonSchema } from "#coordinator/scenario/index.ts";

/** Where the published schema lies. */
export const schemaPath = fileURLToPath(
  new URL("../scenarios/scenario.schema.json", import.meta.url),
);

/** The file's text as it should be. */
export function schemaText(): string {
  return `${JSON.stringify(jsonSchema(), null, 2)}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(schemaPath, schemaText());
