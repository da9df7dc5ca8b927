// Completes package-lock.json: an entry for every platform's optional package, also those npm left out.
//
// Why: when npm cannot fetch the package of another platform while it writes the lock file, it drops the entry
// (npm/cli#4828), and `npm ci` then refuses the lock file on every platform. Run this after `npm install NAME`.
// An entry made here has no integrity hash; npm fills it in when the lock file is next written where the package can be had.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {boolean} [dev]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 * @property {Record<string, string>} [optionalDependencies]
 */

const systems = [
  "aix",
  "android",
  "darwin",
  "freebsd",
  "linux",
  "netbsd",
  "openbsd",
  "openharmony",
  "sunos",
  "win32",
];
const processors = [
  "arm",
  "arm64",
  "ia32",
  "loong64",
  "mips64el",
  "ppc64",
  "riscv64",
  "s390x",
  "x64",
  "wasm32",
];

/**
 * What a platform package's name says of where it runs: `core-linux-x64-musl` → linux, x64, musl.
 * @param {string} name
 */
export function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  const libc = words.includes("musl") ? ["musl"] : words.includes("gnu") ? ["glibc"] : [];
  return {
    ...(cpu.length > 0 && { cpu }),
    ...(libc.length > 0 && { libc }),
    ...(os.length > 0 && { os }),
  };
}

/**
 * The optional packages that some entry names, that are pinned to one version, and that the lock file lacks.
 * @param {Record<string, LockEntry>} packages
 * @returns {[string, LockEntry][]}
 */
export function missingEntries(packages) {
  return Object.values(packages).flatMap((owner) =>
    Object.entries(owner.optionalDependencies ?? {})
      .filter(
        ([name, version]) => packages[`node_modules/${name}`] === undefined && /^\d/.test(version),
      )
      .map(
        ([name, version]) =>
          /** @type {[string, LockEntry]} */ ([
            `node_modules/${name}`,
            inNpmOrder({
              version,
              ...(owner.dev && { dev: true }),
              optional: true,
              ...platformOf(name),
            }),
          ]),
      ),
  );
}

/**
 * As npm writes an entry: the version, then the rest by name, so that its next run changes nothing.
 * @param {LockEntry & { version: string }} entry
 * @returns {LockEntry}
 */
function inNpmOrder({ version, ...rest }) {
  return {
    version,
    ...Object.fromEntries(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** @param {string} path */
function complete(path) {
  const lock = JSON.parse(readFileSync(path, "utf8"));
  const missing = missingEntries(lock.packages);
  const entries = [...Object.entries(lock.packages), ...missing];
  lock.packages = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  process.stdout.write(`${missing.length} entries added\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  complete(fileURLToPath(new URL("../package-lock.json", import.meta.url)));
}
