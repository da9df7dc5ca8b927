// The servers that ours is held against, started on free ports of the loopback device: nbdkit's memory plugin, QEMU's and the
// reference server. The last two serve a file; nobody asks them to bring it to a disk.

import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { UnwedgeError } from "#base/error.ts";

export const NBD_SERVERS = ["swapd", "nbdkit", "qemu-nbd", "nbd-server"] as const;
const REFERENCE_EXPORT = "disk";
export type NbdServerName = (typeof NBD_SERVERS)[number];

export interface RunningServer {
  readonly name: NbdServerName;
  readonly port: number;
  /** Name of its export: the reference server has no default one. */
  readonly exportName: string;
  readonly pid: number;
  close(): void;
}

export async function startNbdServer(
  name: NbdServerName,
  sizeBytes: number,
): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), "unwedge-nbd-"));
  const port = await freePort();
  const disk = join(folder, "disk");
  const pidFile = join(folder, "pid");
  writeFileSync(disk, "");
  truncateSync(disk, sizeBytes);
  const [command, args] = commandOf(name, { folder, port, disk, pidFile, sizeBytes });
  const child = spawn(command, args, { stdio: "ignore" });
  const isDaemon = name === "nbd-server";
  while (!(await connects(port))) {
    if (!isAlive(child, isDaemon)) throw new UnwedgeError("unavailable", `${name} did not start`);
    await new Promise(setImmediate);
  }
  const pid = isDaemon ? Number(readFileSync(pidFile, "utf8")) : (child.pid ?? 0);
  const close = (): void => {
    if (!existsSync(folder)) return;
    process.kill(pid, "SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  return { name, port, exportName: isDaemon ? REFERENCE_EXPORT : "", pid, close };
}

/** The reference server has no way to stay in the foreground and serve more than one client. */
const isAlive = ({ exitCode }: ChildProcess, isDaemon: boolean): boolean =>
  exitCode === null || (isDaemon && exitCode === 0);

interface Places {
  readonly folder: string;
  readonly port: number;
  readonly disk: string;
  readonly pidFile: string;
  readonly sizeBytes: number;
}

function commandOf(name: NbdServerName, places: Places): [string, string[]] {
  const { folder, port, disk, pidFile, sizeBytes } = places;
  const address = ["-p", `${port}`];
  switch (name) {
    case "swapd": {
      const ours = ["unwedge", "swapd", "--size", `${sizeBytes}B`, "--log-level", "error"];
      return [process.execPath, [...ours, "--listen", `127.0.0.1:${port}`]];
    }
    case "nbdkit":
      return ["nbdkit", ["-f", "-i", "127.0.0.1", ...address, "memory", `${sizeBytes}`]];
    case "qemu-nbd":
      return [
        "qemu-nbd",
        ["-t", "-f", "raw", "-b", "127.0.0.1", ...address, "-e", "8", "-x", "", disk],
      ];
    case "nbd-server": {
      const config = join(folder, "config");
      const generic = `[generic]\nlistenaddr=127.0.0.1\nport=${port}\nallowlist=true\n`;
      writeFileSync(config, `${generic}[${REFERENCE_EXPORT}]\nexportname=${disk}\n`);
      return ["nbd-server", ["-C", config, "-p", pidFile]];
    }
  }
}

/** A port that nobody has now. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}

/** Foreign servers do not say when they listen: they are asked. */
function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
