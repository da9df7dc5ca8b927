// `unwedge proc` and `unwedge dmesg` from outside: a machine of a bundle, at its end or at any instant.

import { expect, test } from "vitest";
import { main } from "#cli/program.ts";
import { OUTAGE } from "../support/bundle-fixtures.ts";
import { FakeIo } from "../support/fake-io.ts";

async function ran(): Promise<{ readonly io: FakeIo; readonly bundle: string }> {
  const io = new FakeIo({ "outage.yaml": OUTAGE });
  await main(["run", "outage.yaml", "--quiet"], io);
  const [bundle = ""] = io.written.keys();
  return { io, bundle };
}

async function called(io: FakeIo, ...args: string[]) {
  io.stdout = "";
  io.stderr = "";
  const code = await main(args, io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

test("memory fills between two instants, and only stderr says that it is emulated", async () => {
  const { io, bundle } = await ran();
  const freeAt = async (at: string): Promise<number> => {
    const { code, stdout, stderr } = await called(
      io,
      "proc",
      "A",
      "meminfo",
      "--bundle",
      bundle,
      "--at",
      at,
    );
    expect(code).toBe(0);
    expect(stderr).toMatch(/^emulated by Unwedge: machine A at /);
    expect(stdout).toMatch(/^MemTotal: +\d+ kB\n/);
    return Number(/^MemFree: +(\d+) kB$/m.exec(stdout)?.[1]);
  };
  expect(await freeAt("1 ms")).toBeGreaterThan(2 * (await freeAt("900 ms")));
});

test("the log at the end says first that no kernel runs here", async () => {
  const { io, bundle } = await ran();
  const { code, stdout } = await called(io, "dmesg", "A", "--bundle", bundle);
  expect(code).toBe(0);
  expect(stdout.split("\n")[0]).toContain("emulated machine A");
});

test.each([
  [["proc", "A", "nonsense", "--bundle"], "no such view; there are meminfo"],
  [["proc", "Z", "meminfo", "--bundle"], "no such machine; there are A, B, C"],
  [["dmesg", "A", "--hung-task-timeout", "x", "--bundle"], "expected a whole number"],
])("%j is refused with a sentence", async (args, said) => {
  const { io, bundle } = await ran();
  const { code, stderr, stdout } = await called(io, ...args, bundle);
  expect(code).toBe(64);
  expect(stderr).toContain(said);
  expect(stdout).toBe("");
});
