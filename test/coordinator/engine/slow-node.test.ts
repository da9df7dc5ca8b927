import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LATE_BUDGET_NS, SocketsRun } from "#coordinator/engine/index.ts";
import { sampleOf } from "#kernel/index.ts";
import { machineOf } from "#ports/machine-of.ts";
import type { Answer, Command, Numbered } from "#wire/control/command.ts";
import type { NodeChannel } from "../../../nodes/forked/index.ts";
import { scenarioOf } from "../../support/sockets.ts";

const scenario = scenarioOf("test/fixtures/tiny.yaml", "fits");
const { cluster, seed } = scenario;
const IN_TIME = { wakes: 1, overBudget: 0, latestNs: 0, overBudgetNs: 0 };

let hostMs = 0;
beforeEach(() => {
  hostMs = 0;
  vi.spyOn(process.hrtime, "bigint").mockImplementation(() => BigInt(hostMs * 1e6));
});
afterEach(() => {
  vi.restoreAllMocks();
});

function answerTo({ type }: Command, name: string): Answer {
  const host = cluster.hosts.find((each) => each.name === name);
  if (host === undefined) throw new Error(`no host ${name}`);
  if (type === "prepare") {
    const address = { host: name, address: "127.0.0.2", isForeign: false, signalPort: null };
    return { type: "prepared", address: { ...address, tcp: [], udp: [] } };
  }
  if (type !== "sample") return { type: "done" };
  const machine = machineOf({ host, cluster, seed, foreign: new Set() });
  return { type: "sample", sample: sampleOf(machine), lateness: IN_TIME };
}

/** A node that obeys at once; C answers what it is asked for a sample so many ms of the host later. */
function channelOf(name: string, sampleTakesMs: number): NodeChannel {
  let hear: (message: unknown) => void = () => undefined;
  return {
    send: ({ n, command }: Numbered) => {
      if (command.type === "sample" && name === "C") hostMs += sampleTakesMs;
      hear({ type: "answer", n, answer: answerTo(command, name) });
    },
    onMessage: (listener) => {
      hear = listener;
    },
    onGone: () => undefined,
    close: () => Promise.resolve(),
  };
}

async function reasonsOf(spec: { sampleTakesMs: number; firstLookMs: number }): Promise<unknown> {
  const run = new SocketsRun({
    ...{ scenario, seed, slowdown: 2, lateBudgetNs: LATE_BUDGET_NS, foreign: [] },
    nodeFor: (name) => channelOf(name, spec.sampleTakesMs),
  });
  await run.start();
  hostMs = spec.firstLookMs;
  await run.step();
  await run.close();
  expect(run.broken).toBeNull();
  return run.tooLate;
}

test("a run whose node answers and that looks in time has nothing against it", async () => {
  expect(await reasonsOf({ sampleTakesMs: 390, firstLookMs: 0 })).toBeNull();
});

test("a node that takes long to answer, of whatever it says, makes the picture none of one instant: the run says so", async () => {
  expect(await reasonsOf({ sampleTakesMs: 3_000, firstLookMs: 0 })).toMatch(
    /^the run's look at its machines was 1500 ms late, more than 200 ms, 1 times/,
  );
});

test("a run that comes late to what its timeline wants says so", async () => {
  expect(await reasonsOf({ sampleTakesMs: 0, firstLookMs: 800 })).toMatch(/was 400 ms late/);
});
