import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAlive, machinesOf } from "../support/sockets.ts";

let folder = "";
/** Where the command and its nodes put what is temporary. */
let temporary = "";
const started: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "left-behind-"));
  temporary = join(folder, "tmp");
  mkdirSync(temporary);
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** The command on a scenario of its own, with B played by nobody so that it says where A is; and its nodes, once they are connected. */
async function begun(): Promise<{ parent: ChildProcess; nodes: number[]; port: number }> {
  const parent = spawn(
    "./unwedge",
    ["run", "zijlstra-wedge", "--engine", "sockets", "--foreign", "B", "--out", folder],
    { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, TMPDIR: temporary } },
  );
  started.push(parent);
  for await (const line of createInterface({ input: parent.stderr ?? process.stdin })) {
    const [, port] = /^A port 7000: 127\.0\.0\.2:(\d+) \(tcp\)$/.exec(line) ?? [];
    if (port !== undefined)
      return { parent, nodes: machinesOf(parent.pid ?? 0), port: Number(port) };
  }
  throw new Error("it never said where A is");
}

/** Ends when they have: a node that stayed would run into the test's time-out. */
async function ended(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise((turn) => setImmediate(turn));
}

/** Whether somebody takes calls there. */
const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.2", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });

test("when its parent is killed, no process of a run is left, nor a port, nor a temporary file", async () => {
  const { parent, nodes, port } = await begun();
  expect(nodes).toHaveLength(2);
  expect(await isOpen(port)).toBe(true);
  parent.kill("SIGKILL");
  await ended(nodes);
  expect(nodes.map(isAlive)).toEqual([false, false]);
  expect(await isOpen(port)).toBe(false);
  expect(readdirSync(temporary)).toEqual([]);
});

test("when somebody presses Ctrl-C, none is, and the record says that it was interrupted", async () => {
  const { parent, nodes, port } = await begun();
  parent.kill("SIGINT");
  const [code] = await once(parent, "exit");
  expect(code).toBe(130);
  expect(nodes.map(isAlive)).toEqual([false, false]);
  expect(await isOpen(port)).toBe(false);
  expect(readdirSync(temporary)).toEqual([]);
  expect(readdirSync(folder).filter((name) => !name.endsWith(".json"))).toEqual(["tmp"]);
});
