// `unwedge claims` as a command: what it prints, what it exits with, and how it is told what to run.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EXIT } from "#base/error.ts";
import { main } from "#cli/program.ts";
import { FakeIo } from "../support/fake-io.ts";

const table = "test/fixtures/claims.yaml";
const wedge = readFileSync("scenarios/zijlstra-wedge.yaml", "utf8");
const files = Object.fromEntries(
  [table, "test/fixtures/tiny.yaml"].map((path) => [path, readFileSync(path, "utf8")]),
);

async function claims(...args: string[]) {
  const io = new FakeIo(files);
  const code = await main(["claims", "--table", table, ...args], io);
  return { code, out: io.stdout, err: io.stderr };
}

test("each claim with its cases, its controls and whether it holds", async () => {
  const { code, out } = await claims("--seeds", "2");
  expect(code).toBe(EXIT.ok);
  expect(out).toContain("room  holds: yes  nobody, none");
  expect(out).toMatch(/tiny.yaml\/too-large +wedged 2\/2 .*without the room: flips/);
  expect(out).toContain("hope  holds: no");
  expect(out).toContain("too-large: seed 1 wedged");
  expect(out).toContain("It does not, and nobody expected it to.");
  expect(out).toContain("later  holds: open");
  expect(out).toContain("3 claims, 2 seeds each: 1 yes, 1 no, 1 open");
});

test("one claim, as JSON", async () => {
  const { out } = await claims("--seeds", "1", "--id", "room", "--json");
  const [claim, ...others] = JSON.parse(out);
  expect(others).toEqual([]);
  expect(claim).toMatchObject({ id: "room", holds: "yes", cases: [{ runs: 1 }, { flips: true }] });
});

test("of which nothing could be judged: inconclusive", async () => {
  expect((await claims("--id", "later")).code).toBe(EXIT.inconclusive);
});

test("an id that is none, and a table that is none, are refused", async () => {
  const unknown = await claims("--id", "rooms");
  expect([unknown.code, unknown.err]).toEqual([
    EXIT.usage,
    "--id rooms: expected one of room, hope, later\n",
  ]);
  expect((await claims("--table", "nothing.yaml")).code).toBe(EXIT.usage);
});

test("sweep: every value of a setting, and every pair of two", async () => {
  const io = new FakeIo(files);
  expect(await main(["sweep", "test/fixtures/tiny.yaml", "--id", "room"], io)).toBe(EXIT.ok);
  expect(io.stdout).toMatch(/4 MiB +completes 1\/1 +early 1\n +24 MiB +wedged 1\/1 +early 0/);
  const pairs = new FakeIo(files);
  await main(["sweep", "test/fixtures/tiny.yaml", "--id", "both", "--json"], pairs);
  const { cells } = JSON.parse(pairs.stdout);
  expect(cells.map(({ x, y }: { x: string; y: number }) => [x, y])).toEqual([
    ["2 MiB", 1],
    ["4 MiB", 1],
    ["2 MiB", 2],
    ["4 MiB", 2],
  ]);
});

test("sweep: one of several has to be named", async () => {
  const io = new FakeIo(files);
  const code = await main(["sweep", "test/fixtures/tiny.yaml"], io);
  expect([code, io.stderr]).toEqual([EXIT.usage, "--id: expected one of room, both\n"]);
});

test("matrix: presets are told apart by what becomes of the same machine", async () => {
  const io = new FakeIo({ "scenarios/zijlstra-wedge.yaml": wedge });
  const policies = ["--policy", "vanilla-2007", "--policy", "swapnbd-v9"];
  expect(await main(["matrix", "zijlstra-wedge", ...policies, "--json"], io)).toBe(EXIT.ok);
  const rows = JSON.parse(io.stdout);
  expect(rows).toEqual([
    expect.objectContaining({ policy: "vanilla-2007", verdicts: "wedged 1/1" }),
    expect.objectContaining({ policy: "swapnbd-v9", verdicts: "recovers 1/1" }),
  ]);
  for (const { setAside, work, smallestReserve } of rows) {
    expect(setAside).toMatch(/^\d+ pages$/);
    expect(work).toMatch(/^keeps-up [\d.]+\/s$/);
    expect(smallestReserve).toBeNull();
  }
});

test("matrix: the smallest reserve that is survived; a policy that is none is refused", async () => {
  const io = new FakeIo(files);
  const tiny = ["matrix", "test/fixtures/tiny.yaml", "--policy"];
  await main([...tiny, "vanilla-2007", "--reserve"], io);
  expect(io.stdout).toMatch(/vanilla-2007 +completes 1\/1 .* 64 KiB$/m);
  const refused = new FakeIo(files);
  expect(await main([...tiny, "vanilla-207"], refused)).toBe(EXIT.usage);
  expect(refused.stderr).toBe("--policy vanilla-207: expected a preset, such as vanilla-2007\n");
});

test("search: the slowest pace at which the program is done in time", async () => {
  const io = new FakeIo(files);
  const code = await main(["search", "test/fixtures/tiny.yaml", "--seeds", "1", "--json"], io);
  expect(code).toBe(EXIT.ok);
  const { smallest, failsAt, contradictions, trials } = JSON.parse(io.stdout);
  expect({ smallest, failsAt, contradictions }).toEqual({
    smallest: "2000/s",
    failsAt: "1000/s",
    contradictions: [],
  });
  expect(trials).toContainEqual({ value: "16000/s", passed: 1, of: 1 });
});

test("search: Ctrl-C stops it, and says after how much", async () => {
  const io = new FakeIo(files);
  io.settings = { ...io.settings, isErrTerminal: true };
  const stopping = {
    ...io,
    err: (text: string): void => {
      io.err(text);
      if (/^\S+: \d of 1\n$/.test(text)) io.stop?.(EXIT.interrupted);
    },
    onStop: io.onStop,
  };
  const code = await main(["search", "test/fixtures/tiny.yaml", "--seeds", "1"], stopping);
  expect([code, io.stdout]).toEqual([EXIT.interrupted, ""]);
  expect(io.stderr).toMatch(/interrupted after 1 values\n$/);
});

test("search: an id that is none is refused", async () => {
  const io = new FakeIo(files);
  const code = await main(["search", "test/fixtures/tiny.yaml", "--id", "nothing"], io);
  expect([code, io.stderr]).toEqual([EXIT.usage, "--id: expected one of pace\n"]);
});
