import { once } from "node:events";
import { setTimeout as turn } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { descendantsOf, isAlive } from "../support/sockets.ts";
import { type Clone, cleanClone } from "./clean-clone.ts";

// Each of these is allowed to be the first thing anyone types, with nothing but Node on the machine.

let clone: Clone | null = null;
afterEach(() => clone?.close());

test("npm start installs, starts the cluster and its first run, and Ctrl-C leaves nothing", async () => {
  clone = cleanClone();
  const npm = clone.start("npm", "start");
  const pid = npm.pid ?? 0;
  let text = "";
  const begun = new Promise<void>((resolve) => {
    const hear = (chunk: Buffer): void => {
      text += String(chunk);
      if (/phase outage/.test(text)) resolve();
    };
    npm.stdout?.on("data", hear);
    npm.stderr?.on("data", hear);
  });
  const exit = once(npm, "exit");
  await Promise.race([begun, exit]);
  expect(text).toContain("unwedge: packages installed");
  expect(text).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/m);
  const processes = descendantsOf(pid);
  // Ctrl-C is for the whole group.
  process.kill(-pid, "SIGINT");
  const [code, signal] = await exit;
  await Promise.all(processes.map(goneOf));
  expect(text).toContain("every fault is healed, nothing is left running");
  // npm ends by the signal that it was sent; what the command itself exits with is asked in test/lab/up.test.ts.
  expect(code ?? signal, text).toBe("SIGINT");
  // npm, its shell, the command, Redis or none, and three nodes.
  expect(processes.length).toBeGreaterThanOrEqual(5);
});

// Continuous integration is itself an npm test in a fresh clone.
test.each(["test", "check"] as const)("npm's %s begins by installing what is missing", (name) => {
  expect(packageJson.scripts[name]).toMatch(/^node tools\/ensure-installed\.mjs && /);
});

test("./unwedge installs, then answers", () => {
  clone = cleanClone();
  const { exit, text } = clone.run("./unwedge", "--version");
  expect(text).toContain("unwedge: packages installed");
  expect(text).toMatch(/^\d+\.\d+\.\d+$/m);
  expect(exit, text).toBe(0);
});

/** A process that stays runs into the test's time-out. */
async function goneOf(pid: number): Promise<void> {
  while (isAlive(pid)) await turn(20);
}
