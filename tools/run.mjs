// `node tools/run.mjs FILE.ts ARGS`: installs what is missing, then runs a source file in this process.
//
// In this process, not in a child: signals, exit codes and the terminal stay as they are.

import * as nodeModule from "node:module";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { compiled } from "./compiled.mjs";
import { ensureInstalled } from "./ensure-installed.mjs";
import { stripsTypes } from "./source-flags.mjs";

/** @param {URL} source */
export async function runSource(source) {
  ensureInstalled();
  keepCompiled();
  await import((stripsTypes() ? source : await compiled(source)).href);
}

/** Node 22.1 and later keep stripped and compiled sources for the next time: two thirds of what a short command costs. */
function keepCompiled() {
  if ("enableCompileCache" in nodeModule && typeof nodeModule.enableCompileCache === "function")
    nodeModule.enableCompileCache();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const path = resolve(process.argv[2] ?? "");
  // The file sees the arguments it would see if node ran it.
  process.argv.splice(1, 2, path);
  await runSource(pathToFileURL(path));
}
