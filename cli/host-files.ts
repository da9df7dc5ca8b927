// The files under /proc and /sys that `import-host` reads: of this machine, or of another that were saved in a folder.
//
// A saved folder is somebody else's: no link leads out of it, nothing that is no file is opened, and no file is read beyond
// a bound.

import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from "node:fs";
import { join, sep } from "node:path";
import { UnwedgeError } from "#base/error.ts";

/** Text of a file by its path without the first slash, as proc/meminfo; null: there is none that may be read. */
export type HostFiles = (path: string) => string | null;

/** zoneinfo of a machine with 512 CPUs has less; what lies beyond is not read. */
const BYTES_MAX = 4 << 20;
/** sysctl files refuse to be read 4 MiB at once: proc_sys_call_handler(), fs/proc/proc_sysctl.c. */
const CHUNK_BYTES = 64 << 10;

/** `folder`, or this machine where there is none. */
export function hostFiles(folder: string | null): HostFiles {
  const root = folder === null ? sep : realRoot(folder);
  return (path) => {
    try {
      const real = realpathSync(join(root, path));
      if (folder !== null && !real.startsWith(root + sep)) return null;
      return firstBytes(real);
    } catch {
      // Missing, or not ours to read: both are said as "not known".
      return null;
    }
  };
}

function realRoot(folder: string): string {
  try {
    return realpathSync(folder);
  } catch (cause) {
    throw new UnwedgeError("usage", `--from ${folder}: no such folder`, { cause });
  }
}

/** Files of /proc have no size until they are read; a pipe would be waited for without O_NONBLOCK. */
function firstBytes(path: string): string | null {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!fstatSync(file).isFile()) return null;
    const bytes = Buffer.alloc(BYTES_MAX);
    let length = 0;
    for (let got = 1; got > 0 && length < BYTES_MAX; length += got)
      got = readSync(file, bytes, length, Math.min(CHUNK_BYTES, BYTES_MAX - length), null);
    return bytes.toString("utf8", 0, length);
  } finally {
    closeSync(file);
  }
}
