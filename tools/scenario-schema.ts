// Writes scenarios/scenario.schema.json: what editors check a scenario against while it is typed. Generated from the
// schema in coordinator/scenario, so it cannot say anything else; a test fails when it is out of date.
//
//   node --import tsx tools/scenario-schema.ts

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { schemaText } from "#cli/new-scenario.ts";

export { schemaText };

/** Where the published schema lies. */
export const schemaPath = fileURLToPath(
  new URL("../scenarios/scenario.schema.json", import.meta.url),
);

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(schemaPath, schemaText());
