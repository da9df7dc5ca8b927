// `unwedge fork` from outside: both verdicts, where the two runs part, and a bundle that can be replayed like any other.

import { beforeAll, describe, expect, test } from "vitest";
import { decodeBundle } from "#cli/bundle-file.ts";
import { main } from "#cli/program.ts";
import { OUTAGE, OUTAGE_BUNDLE, OUTAGE_DIGEST } from "../support/bundle-fixtures.ts";
import { FakeIo } from "../support/fake-io.ts";

const io = new FakeIo({ "outage.yaml": OUTAGE });

async function said(...command: readonly string[]) {
  io.stdout = "";
  io.stderr = "";
  const code = await main(command, io);
  return { code, stdout: io.stdout, stderr: io.stderr, lines: io.stdout.trimEnd().split("\n") };
}

beforeAll(async () => {
  await said("run", "outage.yaml", "--quiet");
});

const LONGER = ["--set", "timeline.away.for=700 ms"] as const;

describe("a fork", () => {
  test("says both verdicts and the first difference, and leaves a bundle that replays, from any keyframe", async () => {
    const { code, lines } = await said("fork", `${OUTAGE_BUNDLE}@1s`, ...LONGER);
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/ from 1 s set timeline\.away\.for=700 ms$/);
    expect(lines[1]).toMatch(new RegExp(`^as it was {2}recovers .*${OUTAGE_DIGEST}`));
    expect(lines[2]).toMatch(/^forked {5}recovers /);
    expect(lines[3]).toMatch(/^the two runs differ on \w+, first in event \d+, at 14\d{8} ns$/);
    const path = lines.at(-1)?.split(" ")[2] ?? "";
    expect((await said("replay", path, "--check")).stdout).toContain("same digest: ");
    const { head } = decodeBundle(path, io.written.get(path) ?? new Uint8Array());
    expect(head.forks).toEqual([{ atNs: 1e9, policy: null, settings: [LONGER[1]] }]);
    const { stdout } = await said("explain", path, "--at", "1500ms");
    expect(stdout).toContain("1.50 s");
  });

  test("of a fork goes on from both", async () => {
    const first = await said("fork", `${OUTAGE_BUNDLE}@1s`, ...LONGER);
    const path = first.lines.at(-1)?.split(" ")[2] ?? "";
    const { lines } = await said("fork", `${path}@1200ms`, "--set", "timeline.away.for=400 ms");
    expect(lines[0]).toMatch(/ from 1 s set .*=700 ms from 1\.20 s set .*=700 ms set .*=400 ms$/);
    const again = lines.at(-1)?.split(" ")[2] ?? "";
    expect((await said("replay", again, "--check")).code).toBe(0);
    const sooner = await said("fork", `${path}@900ms`, ...LONGER);
    expect([sooner.code, sooner.stderr]).toEqual([
      64,
      "@: the run is a fork itself, from 1 s on; give a later time\n",
    ]);
  });

  test("that changes nothing says so, and leaves the first bundle as it is", async () => {
    const before = io.written.get(OUTAGE_BUNDLE);
    const { code, lines } = await said("fork", `${OUTAGE_BUNDLE}@1s`);
    expect([code, lines.at(-1)]).toEqual([
      0,
      "no event differs: what was changed at 1 s changes nothing",
    ]);
    expect(io.written.get(OUTAGE_BUNDLE)).toBe(before);
  });

  test("tells programs the same", async () => {
    const { stdout } = await said(
      "fork",
      `${OUTAGE_BUNDLE}@1s`,
      ...LONGER,
      "--json",
      "--no-bundle",
    );
    expect(JSON.parse(stdout)).toMatchObject({
      at: 1,
      was: { verdict: "recovers", hash: OUTAGE_DIGEST },
      forked: { verdict: "recovers", artifacts: {} },
      forks: [{ atNs: 1e9 }],
      difference: { machine: expect.any(String) },
    });
  });
});

test.each([
  [["fork", OUTAGE_BUNDLE], /expected BUNDLE@TIME/],
  [["fork", `${OUTAGE_BUNDLE}@1 h`], /the run ended at/],
  [
    ["fork", `${OUTAGE_BUNDLE}@1s`, "--set", "nodes.A.memory.ram=32MiB"],
    /nodes\.A\.memory\.ramBytes: it is laid out/,
  ],
  [
    ["fork", `${OUTAGE_BUNDLE}@1s`, "--policy", "swapnbd-v9"],
    /nodes\.A\.policy\.era: another kernel/,
  ],
])("%j is refused by name", async (command, message) => {
  const { code, stdout, stderr } = await said(...command);
  expect([code, stdout]).toEqual([64, ""]);
  expect(stderr).toMatch(message);
});

test("values that are wrong are as wrong as in the scenario", async () => {
  const { code, stderr } = await said("fork", `${OUTAGE_BUNDLE}@1s`, "--policy", "swapnb-v9");
  expect(code).toBe(65);
  expect(stderr).toContain("did you mean swapnbd-v9?");
});
