// Executables of the Node versions that are promised, to run the same seeds under each: npm's node packages carry binaries.
//
// Like node24.mjs, and apart from it: continuous integration needs one of them, this script all. They are installed when
// first asked for, 40 MB each, into a directory for temporary files.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The newest of each line that npm carries; engines in package.json says from when on. */
const VERSIONS = ["20.20.2", "22.23.3", "24.21.0", "26.12.1"];

/**
 * By version, the path of its executable, or why there is none.
 * @returns {{ version: string, path: string | null, reason: string }[]}
 */
export function nodes() {
  return VERSIONS.map((version) => nodeOf(version));
}

/** @param {string} version */
function nodeOf(version) {
  if (process.version === `v${version}`) return { version, path: process.execPath, reason: "" };
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(tmpdir(), `unwedge-node-${version}`);
  const path = join(folder, "node_modules", name, "bin", "node");
  if (existsSync(path)) return { version, path, reason: "" };
  mkdirSync(folder, { recursive: true });
  const args = [
    "install",
    "--no-save",
    "--no-package-lock",
    "--prefix",
    folder,
    `${name}@${version}`,
  ];
  const { stderr } = spawnSync("npm", args, { encoding: "utf8" });
  const reason = stderr.split("\n")[0] ?? "";
  return existsSync(path) ? { version, path, reason: "" } : { version, path: null, reason };
}
