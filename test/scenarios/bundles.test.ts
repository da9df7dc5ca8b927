// Bundles of whole runs of the shipped scenarios: how large they are, that both Nodes replay them, and that every keyframe
// goes on to the digest of the whole run.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type Bundle, decodeBundle } from "#cli/bundle-file.ts";
import { openScenario } from "#coordinator/scenario/index.ts";
import { Run } from "#sim/index.ts";
import { node24 } from "#tools/node24.mjs";

/** What an ordinary run may leave behind. */
const BYTES_MAX = 2_000_000;

const folder = mkdtempSync(join(tmpdir(), "unwedge-bundles-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs it on `node` and gives the path of what it left behind. */
function bundleOf(scenario: string, variant: string, node = process.execPath): string {
  const out = mkdtempSync(join(folder, "run-"));
  const args = ["unwedge", "run", scenario, "--variant", variant, "--seed", "1", "--out", out];
  const { status, stderr } = spawnSync(node, args, { encoding: "utf8" });
  expect(status, stderr).toBe(0);
  const [name = "", ...others] = readdirSync(out);
  expect(others).toEqual([]);
  return join(out, name);
}

function checked(path: string, node = process.execPath): string {
  const args = ["unwedge", "replay", path, "--check"];
  const { status, stdout, stderr } = spawnSync(node, args, { encoding: "utf8" });
  expect(status, stdout + stderr).toBe(0);
  return /same digest: ([0-9a-f]{16})/.exec(stdout)?.[1] ?? stdout;
}

const opened = (path: string): Bundle => decodeBundle(path, readFileSync(path));

function runFrom({ head, stateBefore }: Bundle, atNs: number): Run {
  const scenario = openScenario(head.scenario.text, head.scenario.file);
  if (!scenario.ok) throw new Error("a bundle's scenario is valid");
  const resolved = scenario.scenario.resolve({ variant: head.variant });
  const from = stateBefore(atNs);
  if (!resolved.ok || from === null) throw new Error("a bundle has its variant and a keyframe");
  return new Run({ scenario: resolved.scenario, seed: head.seed, from });
}

const ordinary = [
  ["zijlstra-wedge", "vanilla-2007"],
  ["zijlstra-wedge", "swapnbd-v9"],
  ["zijlstra-wedge", "mainline-6.1"],
  ["driver-decides", "e1000-like"],
  ["reconnect", "pools"],
] as const;

test.each(ordinary)(
  "%s %s leaves less than 2 MB, and each keyframe goes on to its digest",
  (...of) => {
    const path = bundleOf(...of);
    expect(readFileSync(path).length).toBeLessThan(BYTES_MAX);
    const bundle = opened(path);
    const { keyframes, digest } = bundle.head;
    expect(keyframes.length).toBeGreaterThanOrEqual(3);
    expect(keyframes.slice(0, 2).map(({ stage }) => stage)).toEqual(["judged", "settling"]);
    for (const { atNs } of keyframes) {
      const run = runFrom(bundle, atNs);
      while (!run.isJudged) run.step();
      expect(run.world.digest(), `from ${atNs} ns`).toBe(digest);
    }
  },
);

const { path: other, reason } = node24();

test.skipIf(other === null)(
  `a bundle of this Node is replayed by Node 24, and the other way round${other === null ? `: ${reason}` : ""}`,
  () => {
    const node = other ?? "";
    const [ours, theirs] = [
      bundleOf("zijlstra-wedge", "vanilla-2007"),
      bundleOf("zijlstra-wedge", "vanilla-2007", node),
    ];
    const { digest } = opened(ours).head;
    expect([checked(ours), checked(ours, node), checked(theirs)]).toEqual([digest, digest, digest]);
    expect(opened(theirs).head.versions.node).toMatch(/^24\./);
  },
);
