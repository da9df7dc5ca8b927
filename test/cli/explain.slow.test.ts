// `unwedge explain` from outside: the machines of a bundle's run at its end, or at any instant, from the nearest keyframe.

import { gunzipSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { main } from "#cli/program.ts";
import { OUTAGE, OUTAGE_BUNDLE } from "../support/bundle-fixtures.ts";
import { FakeIo } from "../support/fake-io.ts";

async function ran(): Promise<FakeIo> {
  const io = new FakeIo({ "outage.yaml": OUTAGE });
  await main(["run", "outage.yaml", "--quiet"], io);
  return io;
}

async function explained(io: FakeIo, ...args: string[]) {
  io.stdout = "";
  io.stderr = "";
  const code = await main(["explain", OUTAGE_BUNDLE, ...args], io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

/** The bundle without its keyframes. */
function strip(io: FakeIo): void {
  const [head = ""] = gunzipSync(io.written.get(OUTAGE_BUNDLE) ?? new Uint8Array())
    .toString("utf8")
    .split("\n");
  const { keyframes: _, ...rest } = JSON.parse(head);
  io.written.set(OUTAGE_BUNDLE, gzipSync(JSON.stringify({ ...rest, keyframes: [] })));
}

test("shows the machine as the run's report does", async () => {
  const io = await ran();
  io.stdout = "";
  await main(["run", "outage.yaml", "--no-bundle"], io);
  const picture = io.stdout.slice(io.stdout.indexOf("A at "), io.stdout.indexOf("\n\nunwedge run"));
  const { code, stdout } = await explained(io);
  expect(code).toBe(0);
  expect(stdout).toMatch(/^scenario sha256:.*\nat 1\.88 s, judged, phase after\n/);
  expect(stdout.trimEnd().endsWith(picture)).toBe(true);
});

test.each([
  ["0 s", 0],
  ["450 ms", 450_000_000],
  ["900 ms", 900_000_000],
  ["1234567 us", 1_234_567_000],
  ["1400 ms", 1_400_000_000],
  ["1.8 s", 1_800_000_000],
])("at %s the nearest keyframe leads to the same as running up to it", async (at, atNs) => {
  const io = await ran();
  const near = await explained(io, "--at", at, "--format", "json");
  strip(io);
  const far = await explained(io, "--at", at, "--format", "json");
  expect(JSON.parse(near.stdout).atNs).toBe(atNs);
  expect(JSON.parse(near.stdout).machines).toHaveLength(1);
  expect(near).toEqual(far);
});

test("goes no further than it must: the end needs no running at all", async () => {
  const io = await ran();
  let turns = 0;
  const counting = {
    ...io,
    nowMs: () => {
      turns++;
      return 0;
    },
  };
  await main(["explain", OUTAGE_BUNDLE], counting);
  const atEnd = turns;
  strip(io);
  await main(["explain", OUTAGE_BUNDLE], counting);
  expect(atEnd).toBeLessThan(5);
  expect(turns - atEnd).toBeGreaterThan(150);
});

test("draws who waits for what", async () => {
  const { stdout } = await explained(await ran(), "--at", "1.3 s", "--format", "dot");
  expect(stdout).toMatch(/^digraph \w+ \{\n/);
  expect(stdout).toMatch(/label="A: not proven"/);
  expect(stdout.trimEnd().endsWith("}")).toBe(true);
});

test("a keyframe that is damaged gives 65", async () => {
  const io = await ran();
  const lines = gunzipSync(io.written.get(OUTAGE_BUNDLE) ?? new Uint8Array())
    .toString("utf8")
    .split("\n");
  lines[1] = '{"state":{"world":{}},"pieces":[]}';
  io.written.set(OUTAGE_BUNDLE, gzipSync(lines.join("\n")));
  const { code, stderr } = await explained(io);
  expect([code, stderr]).toEqual([65, expect.stringContaining("its keyframe 0 is damaged")]);
});

test("keyframes of another model are not touched: it is run up to the instant", async () => {
  const io = await ran();
  const lines = gunzipSync(io.written.get(OUTAGE_BUNDLE) ?? new Uint8Array())
    .toString("utf8")
    .split("\n");
  const head = JSON.parse(lines[0] ?? "");
  const ours = await explained(io, "--at", "1.3 s", "--format", "json");
  lines[0] = JSON.stringify({ ...head, versions: { ...head.versions, model: "0.0.7" } });
  io.written.set(OUTAGE_BUNDLE, gzipSync([lines[0], ...lines.slice(1).map(() => "{}")].join("\n")));
  const { code, stdout, stderr } = await explained(io, "--at", "1.3 s", "--format", "json");
  expect([code, stdout]).toEqual([0, ours.stdout]);
  expect(stderr).toContain("written by model 0.0.7");
});

test.each([
  [["--at", "2 h"], 64, "the run ended at 1.88 s"],
  [["--at", "soon"], 64, "--at"],
  [["--format", "svg"], 64, "Allowed choices are text, json, dot"],
])("%j gives %i", async (args, code, message) => {
  const ended = await explained(await ran(), ...args);
  expect(ended.code).toBe(code);
  expect(ended.stderr).toContain(message);
});
