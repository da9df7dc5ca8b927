import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SocketsRun } from "#coordinator/engine/index.ts";
import { sampleOf } from "#kernel/index.ts";
import { machineOf } from "#ports/machine-of.ts";
import type { Answer, Numbered, Report } from "#wire/control/command.ts";
import { writtenSample } from "#wire/telemetry/written-sample.ts";
import type { NodeChannel } from "../../../nodes/forked/index.ts";
import { scenarioOf } from "../../support/sockets.ts";

const SLOWDOWN = 2;
const scenario = scenarioOf("test/fixtures/tiny.yaml", "fits");
const { cluster, seed } = scenario;
const IN_TIME = { wakes: 1, overBudget: 0, latestNs: 0, overBudgetNs: 0 };

let hostMs = 0;
beforeEach(() => {
  vi.spyOn(process.hrtime, "bigint").mockImplementation(() => BigInt(hostMs * 1e6));
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A node that obeys at once, and says how it is when it is made to. */
class StandIn implements NodeChannel {
  readonly #name: string;
  #hear: (report: Report) => void = () => undefined;

  constructor(name: string) {
    this.#name = name;
  }

  send({ n, command }: Numbered): void {
    const address = { host: this.#name, address: "127.0.0.2", isForeign: false, signalPort: null };
    const answer: Answer =
      command.type === "prepare"
        ? { type: "prepared", address: { ...address, tcp: [], udp: [] } }
        : { type: "done" };
    this.#hear({ type: "answer", n, answer });
  }

  sayHowItIs(): void {
    const host = cluster.hosts.find(({ name }) => name === this.#name);
    if (host === undefined) throw new Error(`no host ${this.#name}`);
    const sample = sampleOf(machineOf({ host, cluster, seed, foreign: new Set() }));
    const said = { atNs: (hostMs * 1e6) / SLOWDOWN, lateness: IN_TIME };
    this.#hear({ type: "sample", sample: writtenSample(sample, said) });
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#hear = listener;
  }

  onGone(): void {
    // It never is.
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

interface Look {
  /** When A and C say how they are, in ms of the host. */
  readonly aMs: number;
  readonly cMs: number;
  readonly lookMs: number;
}

/** Why not to believe a run that was looked at so. */
async function tooLate(...looks: readonly Look[]): Promise<string | null> {
  hostMs = 0;
  const nodes = new Map<string, StandIn>();
  const run = new SocketsRun({
    ...{ scenario, seed, slowdown: SLOWDOWN, rehearsalMs: 0, foreign: [] },
    nodeFor: (name) => {
      const node = new StandIn(name);
      nodes.set(name, node);
      return node;
    },
  });
  await run.start();
  for (const { aMs, cMs, lookMs } of looks) {
    hostMs = aMs;
    nodes.get("A")?.sayHowItIs();
    hostMs = cMs;
    nodes.get("C")?.sayHowItIs();
    hostMs = lookMs;
    await run.step();
  }
  await run.close();
  expect(run.broken).toBeNull();
  return run.tooLate;
}

const at = (ms: number): Look => ({ aMs: ms, cMs: ms, lookMs: ms });

test("a run whose nodes are heard and that looks in time has nothing against it", async () => {
  expect(await tooLate(at(0), { aMs: 0, cMs: 490, lookMs: 490 })).toBeNull();
});

test("a picture of machines that are not of one instant says so", async () => {
  expect(await tooLate(at(0), { aMs: 0, cMs: 3_000, lookMs: 3_000 })).toMatch(
    /^the run's look at its machines was 1450 ms late, more than 200 ms, 1 times/,
  );
});

test("a run that comes late to what its timeline wants says so, and not where it wants nothing", async () => {
  // Its next step is at a second of the machines.
  expect(await tooLate(at(0), at(1_990))).toBeNull();
  expect(await tooLate(at(0), at(2_800))).toMatch(/was 400 ms late/);
});
