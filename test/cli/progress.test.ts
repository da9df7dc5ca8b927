// The progress line, with a run that is asked for its numbers and never driven.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { Progress } from "#cli/progress.ts";
import { planRuns } from "#cli/run-plan.ts";
import { Run } from "#sim/index.ts";
import { FakeIo } from "../support/fake-io.ts";

function watched() {
  const io = new FakeIo({ "tiny.yaml": readFileSync("test/fixtures/tiny.yaml", "utf8") });
  const select = { variant: null, seed: null, runs: 1, all: false, policy: null, set: [] };
  const [planned] = planRuns("tiny.yaml", select, io);
  if (planned === undefined) throw new Error("one run is planned");
  const run = new Run({ scenario: planned.resolved, seed: 1 });
  const terminal = {
    ...io,
    err: io.err,
    nowMs: io.nowMs,
    settings: { ...io.settings, isErrTerminal: true },
  };
  return { io, run, terminal };
}

describe("somebody watches", () => {
  test("one line is written over again, and taken away in the end", () => {
    const { io, run, terminal } = watched();
    const progress = new Progress(terminal, true);
    progress.show(run, 0, { title: "fits seed 1", nth: 1, of: 1 });
    expect(io.stderr).toMatch(
      /^\r\S*fits seed 1 · 0 s .*free \d+ · swap \d+ in flight · [\d,]+ events\/s$/,
    );
    progress.clear();
    expect(io.stderr.endsWith("\r\u001B[2K")).toBe(true);
  });

  test("what is left is said once a run is done, and the line fits", async () => {
    const { io, run, terminal } = watched();
    const progress = new Progress(terminal, true);
    await io.rest(10_000);
    progress.show(run, 0, { title: "x".repeat(100), nth: 3, of: 4 });
    expect(io.stderr).toContain("3/4, 10 s left: x");
    expect(io.stderr.split("\u001B[2K")[1]).toHaveLength(79);
  });
});

test("nobody watches: nothing is written", () => {
  const { io, run } = watched();
  const progress = new Progress(io, true);
  progress.show(run, 0, { title: "fits", nth: 1, of: 1 });
  progress.clear();
  expect(io.stderr).toBe("");
});
