// `unwedge new NAME`: a commented scenario to begin with, which runs as it is. `unwedge schema`: what editors check it against.

import { fileURLToPath } from "node:url";
import { EXIT, UnwedgeError } from "#base/error.ts";
import { jsonSchema } from "#coordinator/scenario/index.ts";
import type { Io } from "./io.ts";

const template = fileURLToPath(new URL("../scenarios/new/three-machines.yaml", import.meta.url));

/** As ids of scenarios are spelled. */
const ID = /^[a-z][a-z0-9-]{0,39}$/;

export function newScenario(name: string, folder: string, io: Io): number {
  if (!ID.test(name))
    throw new UnwedgeError("usage", `${name}: expected a name like my-outage (a-z, 0-9, -)`);
  const path = `${folder}/${name}.yaml`;
  const schema = `${folder}/scenario.schema.json`;
  if (io.read(path) !== null) throw new UnwedgeError("usage", `${path}: is there already`);
  const text = io.read(template);
  if (text === null) throw new UnwedgeError("internal", `${template}: is missing`);
  const bytes = new TextEncoder();
  const filled = text.replace("$schema=SCHEMA", "$schema=./scenario.schema.json");
  io.write(path, bytes.encode(filled.replace("id: NAME", `id: ${name}`)));
  // Editors find it beside the scenario; one that is there is somebody's.
  if (io.read(schema) === null) io.write(schema, bytes.encode(schemaText()));
  io.out(`${path}\n`);
  io.err(`next: unwedge validate ${path}; unwedge run ${path} --all\n`);
  return EXIT.ok;
}

export function printSchema(io: Io): number {
  io.out(schemaText());
  return EXIT.ok;
}

/** The JSON Schema of scenarios, as the file that is published has it. */
export const schemaText = (): string => `${JSON.stringify(jsonSchema(), null, 2)}\n`;
