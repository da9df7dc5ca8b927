// `unwedge swarm`: what it says of a scenario that breaks something, and of all that it has done when it is interrupted.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EXIT } from "#base/error.ts";
import { main } from "#cli/program.ts";
import { FakeIo } from "../support/fake-io.ts";

const sound = readFileSync("test/fixtures/swarm/file-writes.yaml", "utf8");
/** A check of this name that fails is what a machine would show that loses count of its pages. */
const wrong = sound.replace(
  "always: D.mem.free + D.mem.used == D.mem.total",
  "always: D.mem.free < 0 B",
);
const files = { "sound.yaml": sound, "wrong.yaml": wrong };

test("what breaks is named, with the command that tries it again, and fails", async () => {
  const io = new FakeIo(files);
  expect(await main(["swarm", "sound.yaml", "wrong.yaml"], io)).toBe(EXIT.failed);
  expect(io.stdout).toContain("2 scenarios\n");
  expect(io.stdout).toContain("wrong.yaml breaks accounting");
  expect(io.stdout).toMatch(/again: unwedge swarm wrong\.yaml\n1 broke\n$/);
});

test("Ctrl-C tells what was found so far", async () => {
  const io = new FakeIo(files);
  io.settings = { ...io.settings, isErrTerminal: true };
  // The bar moves when a scenario has come to its end.
  const stopping = {
    ...io,
    onStop: io.onStop,
    err: (text: string): void => {
      io.err(text);
      if (text.includes("1/2")) io.stop?.(EXIT.interrupted);
    },
  };
  const code = await main(["swarm", "--threads", "1", "wrong.yaml", "sound.yaml"], stopping);
  expect(code).toBe(EXIT.interrupted);
  expect(io.stdout).toContain("1 scenarios, 1 not tried: interrupted\n");
  expect(io.stdout).toMatch(/wrong\.yaml breaks accounting.*1 broke\n$/s);
  expect(io.stderr).toContain("interrupted after 1 of 2 scenarios");
});
