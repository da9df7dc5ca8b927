import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { whileServing } from "../support/serving.ts";
import { runOn, scenarioOf, socketsRun } from "../support/sockets.ts";
import { hasTool, runTool } from "../support/tools.ts";

const started: ChildProcess[] = [];
const folders: string[] = [];

afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Until somebody listens there. */
async function reachable(port: number): Promise<void> {
  const isThere = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
  if (!isThere) await reachable(port);
}

/** Ports of these tests alone; the interop project runs one file at a time. */
const SERVERS = {
  nbdkit: {
    port: 20_809,
    args: () => ["-f", "-p", "20809", "-i", "127.0.0.1", "memory", "32M"],
  },
  "qemu-nbd": {
    port: 20_810,
    args: (image: string) => [
      "-b",
      "127.0.0.1",
      "-p",
      "20810",
      "-t",
      "-e",
      "4",
      "-f",
      "raw",
      image,
    ],
  },
} as const;

describe("A swaps to a foreign server, and every page comes back as it was written", () => {
  const here = Object.entries(SERVERS).filter(([name]) => hasTool(name));
  test.each(here)("%s", async (name, { port, args }) => {
    const folder = mkdtempSync(join(tmpdir(), "foreign-"));
    folders.push(folder);
    const image = join(folder, "swap.raw");
    await runTool("truncate", ["-s", "32M", image]);
    started.push(spawn(name, [...args(image)], { stdio: "ignore" }));
    await reachable(port);
    const { run } = socketsRun(scenarioOf("test/fixtures/swapping.yaml", null), {
      slowdown: 2,
      foreign: [{ host: "C", address: "127.0.0.1", port }],
    });
    await run.start();
    await runOn(run);
    const sample = run.fleet.sample("A");
    await run.close();
    expect(run.broken).toBeNull();
    expect(run.interpreter.result().judged).toBe("completes");
    expect(sample?.values["vmstat.pswpin"]).toBeGreaterThan(500);
    expect(sample?.values["mismatches"] ?? 0).toBe(0);
  });
});

describe("A serves foreign clients", () => {
  test.skipIf(!hasTool("wrk") || !hasTool("curl"))(
    "wrk and curl are answered, and none of them is refused",
    async () => {
      const { said, requests, broken } = await whileServing(async (url) => {
        const curl = await runTool("curl", ["-s", "-o", "/dev/null", "-w", "%{http_code}", url]);
        const wrk = await runTool("wrk", ["-t", "1", "-c", "16", "-d", "3s", url]);
        return { curl: curl.out, wrk: wrk.out };
      });
      expect(broken).toBeNull();
      expect(said.curl).toBe("200");
      expect(said.wrk).not.toMatch(/Non-2xx|Socket errors/);
      const answers = Number(/(\d+) requests in/.exec(said.wrk)?.[1]);
      expect(answers).toBeGreaterThan(100);
      expect(requests).toBeGreaterThanOrEqual(answers);
    },
  );
});
