// The swarm's question to both engines, on real processes.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { hostIo } from "#cli/host.ts";
import { main } from "#cli/program.ts";
import { tryOnSockets } from "#cli/swarm-sockets.ts";
import { type StudyJob, StudyPool } from "#coordinator/study/index.ts";
import { FakeIo } from "../support/fake-io.ts";

const file = "test/fixtures/tiny.yaml";
const text = readFileSync(file, "utf8");

/** The clock, the rests and the processes are the host's. */
class SocketsIo extends FakeIo {
  override readonly nowMs = hostIo().nowMs;
  override readonly rest = hostIo().rest;
}

test("a scenario that ends alike on both engines breaks nothing, and is counted", async () => {
  const io = new SocketsIo({ [file]: text });
  const code = await main(["swarm", file, "--sockets", "--threads", "1"], io);
  expect([code, io.stderr]).toEqual([0, ""]);
  expect(io.stdout).toContain("on sockets: 1 have a verdict\nnothing broke\n");
});

test("what ends otherwise on sockets is held against other seeds, and breaks engines if none ends so", async () => {
  const pool = new StudyPool({ threads: 1 });
  const crank = { io: new SocketsIo(), isStopped: () => false };
  const asked: StudyJob[] = [];
  const told = {
    runAll: (jobs: readonly StudyJob[]) => {
      asked.push(...jobs);
      return pool.runAll(jobs);
    },
  };
  const trial = { file, text, verdict: "wedged" } as const;
  const among = await tryOnSockets(trial, { pool: told, slowdown: 2, crank });
  expect(asked.map(({ seed }) => seed)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  // Its other seeds complete, as it does.
  expect([among.verdict, among.breach]).toEqual(["completes", null]);
  const none = { runAll: () => Promise.resolve([]) };
  const alone = await tryOnSockets(trial, { pool: none, slowdown: 2, crank });
  expect(alone.breach?.invariant).toBe("engines");
  await pool.close();
});

test("a stop ends its processes, and is an interruption", async () => {
  const crank = { io: new SocketsIo(), isStopped: () => true };
  const pool = { runAll: () => expect.fail("nothing is compared") };
  const asked = tryOnSockets({ file, text, verdict: "completes" }, { pool, slowdown: 2, crank });
  await expect(asked).rejects.toMatchObject({ code: "interrupted" });
});
