// Makes a fresh clone runnable: installs the packages when node_modules does not hold what package-lock.json names.
//
// Why: `npm start` and `npm test` are each allowed to be the first command anyone types. So this is plain JavaScript, needs
// no package, and parses on old versions of Node, to tell their users in a sentence what to do.
//
// What is installed is read from node_modules/.package-lock.json, which npm writes last: contents are compared, not dates,
// so a checkout that touches the lock file installs nothing, and an interrupted install is taken up again.

import { spawnSync } from "node:child_process";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
/** sysexits.h EX_UNAVAILABLE: the machine lacks something, the command was fine. */
const EXIT_UNAVAILABLE = 69;
const LOCK_WAIT_MS = 250;
const LOCK_WAITS_MAX = 2400; // ten minutes

/**
 * @typedef {{ version?: string, optional?: boolean, link?: boolean }} LockEntry
 * @typedef {{ packages: Record<string, LockEntry> }} LockFile
 */

/**
 * True if version `have` is `least` or newer, both as "20.19.0"; missing parts count as 0.
 * @param {string} have
 * @param {string} least
 */
export function isAtLeast(have, least) {
  const bounds = least.split(".").map(Number);
  const gaps = have.split(".").map((part, i) => Number(part) - (bounds[i] || 0));
  const firstGap = gaps.find((gap) => gap !== 0);
  return firstGap === undefined || firstGap > 0;
}

/**
 * True if everything the lock file demands of this platform is there in the version it names.
 * @param {LockFile} wanted package-lock.json
 * @param {LockFile | null} installed node_modules/.package-lock.json
 */
export function isComplete(wanted, installed) {
  if (installed === null) return false;
  return Object.entries(wanted.packages)
    .filter(([path]) => path !== "")
    .every(([path, entry]) => {
      const found = installed.packages[path];
      // Optional packages are mostly other platforms': one that is absent is not missed.
      return found === undefined ? entry.optional === true : found.version === entry.version;
    });
}

/**
 * @param {string} path
 * @returns {LockFile | null}
 */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (_error) {
    return null;
  }
}

/** @param {string} folder */
function isInstalled(folder) {
  const wanted = readLock(join(folder, "package-lock.json"));
  // Without a lock file this is the published package, whose installer has done the work.
  return (
    wanted === null ||
    isComplete(wanted, readLock(join(folder, "node_modules", ".package-lock.json")))
  );
}

/** @param {string} sentence */
function say(sentence) {
  process.stderr.write(`unwedge: ${sentence}\n`);
}

/** Throws a sentence if this Node is too old for us. */
function checkNode() {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const least = engines.node.replace(">=", "");
  if (isAtLeast(process.versions.node, least)) return;
  throw new Error(
    `this is Node ${process.versions.node}; Node ${least} or newer is needed (https://nodejs.org)`,
  );
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof Error && "code" in error ? error.code : null;
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but it is somebody else's.
    return codeOf(error) === "EPERM";
  }
}

/**
 * Linking a signed file into place is atomic: a lock that exists always names its owner.
 * @param {string} lock
 */
function takeLock(lock) {
  const signed = `${lock}-${process.pid}`;
  writeFileSync(signed, String(process.pid));
  try {
    linkSync(signed, lock);
    return true;
  } catch (error) {
    // On a file system without hard links we go on unguarded.
    return codeOf(error) !== "EEXIST";
  } finally {
    rmSync(signed, { force: true });
  }
}

/**
 * @param {string} lock
 * @returns {number | null}
 */
function ownerOf(lock) {
  try {
    return Number(readFileSync(lock, "utf8"));
  } catch (_error) {
    return null;
  }
}

/**
 * Two commands may be the first at once: one installs, the other waits for it.
 * @param {string} folder
 * @param {() => void} body
 */
function withLock(folder, body) {
  const lock = join(folder, ".installing");
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let waits = 0; !takeLock(lock); waits++) {
    if (waits === 4) say("waiting for another install to finish");
    if (waits === LOCK_WAITS_MAX)
      throw new Error(`another install never finished; remove ${lock} and try again`);
    Atomics.wait(sleeper, 0, 0, LOCK_WAIT_MS);
    const owner = ownerOf(lock);
    if (owner !== null && !isAlive(owner)) rmSync(lock, { force: true });
  }
  try {
    body();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** How npm is started here: the one that started us, if one did. */
function npmCommand() {
  const path = process.env["npm_execpath"];
  if (path !== undefined && basename(path).startsWith("npm"))
    return { command: process.execPath, first: [path] };
  return { command: process.platform === "win32" ? "npm.cmd" : "npm", first: [] };
}

/** @param {string} folder */
function install(folder) {
  if (isInstalled(folder)) return;
  say("installing packages (once; under a minute on most connections)");
  const { command, first } = npmCommand();
  // No install scripts: the binaries we use come in packages of their own. Both outputs go to stderr: stdout is for results.
  const args = [
    ...first,
    "ci",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    "--include=dev",
    "--include=optional",
    "--loglevel=error",
  ];
  const { status, error } = spawnSync(command, args, {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    shell: command === "npm.cmd",
  });
  if (error !== undefined) {
    throw new Error(
      `npm could not be started (${error.message}); it comes with Node: is it on the PATH?`,
    );
  }
  if (status !== 0) {
    throw new Error(
      `\`npm ci\` failed in ${folder} (exit ${status}); is the package registry reachable?`,
    );
  }
  say("packages installed");
}

/**
 * Installs what `folder`'s lock file names, unless it is there. Throws a sentence if it cannot.
 * @param {string} folder
 */
export function installInto(folder) {
  checkNode();
  if (!isInstalled(folder)) withLock(folder, () => install(folder));
}

/** The same for the project itself; ends the process with the sentence if it cannot. */
export function ensureInstalled() {
  try {
    installInto(root);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    process.exit(EXIT_UNAVAILABLE);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) ensureInstalled();
