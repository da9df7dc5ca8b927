// `unwedge swapd` as a process of its own, as whoever starts it has it.

import { type ChildProcess, spawn } from "node:child_process";
import { createConnection } from "node:net";
import { createInterface } from "node:readline";

export interface RunningSwapd {
  readonly pid: number;
  readonly port: number;
  /** 0: it was started without. */
  readonly controlPort: number;
  readonly uri: string;
  /** Lines of its log so far. */
  readonly log: readonly string[];
  /** Ends it as Ctrl-C does, and waits until it is gone; its exit code. */
  stop(): Promise<number | null>;
  /** Ends it as a power cut would, as far as the process goes. */
  kill(): Promise<void>;
}

/** Starts it on a free port and waits until it says that it listens. */
export async function startSwapdProcess(args: readonly string[]): Promise<RunningSwapd> {
  const child = spawn(process.execPath, ["unwedge", "swapd", "--listen", "127.0.0.1:0", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line));
  const gone = new Promise<number | null>((resolve) => child.on("close", resolve));
  const [line] = await Promise.race([
    firstLine(child),
    gone.then((code) => Promise.reject(new Error(`exit ${code}: ${log.join("\n")}`))),
  ]);
  const [port = 0, controlPort = 0] = [...line.matchAll(/:(\d+)/g)].map(([, digits]) =>
    Number(digits),
  );
  const end = (signal: "SIGINT" | "SIGKILL") => {
    child.kill(signal);
    return gone;
  };
  return {
    pid: child.pid ?? 0,
    port,
    controlPort,
    uri: `nbd://127.0.0.1:${port}/`,
    log,
    stop: () => end("SIGINT"),
    kill: async () => {
      await end("SIGKILL");
    },
  };
}

function firstLine({ stdout }: ChildProcess): Promise<readonly [string]> {
  return new Promise((resolve) => {
    if (stdout === null) throw new Error("stdout is a pipe");
    createInterface({ input: stdout }).once("line", (line) => resolve([line]));
  });
}

/** One command over the control socket, and its answer. */
export function control(port: number, command: object): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.on("error", reject);
    socket.write(`${JSON.stringify(command)}\n`);
    createInterface({ input: socket }).once("line", (line) => {
      socket.end();
      resolve(JSON.parse(line));
    });
  });
}
