// A run on real sockets, as `unwedge run --engine sockets` makes it: processes started, watched to the verdict, ended.

import { UnwedgeError } from "#base/error.ts";
import { type ForeignHost, forkNode, makeNodeCode, SocketsRun } from "#coordinator/engine/index.ts";
import type { ResolvedScenario } from "#coordinator/scenario/index.ts";
import { timeText } from "./figures.ts";
import type { Io } from "./io.ts";
import { pictureOf } from "./machine-picture.ts";
import type { RunEnd } from "./run-report.ts";

export interface SocketsOptions {
  readonly slowdown: number;
  /** `NAME` or `NAME=ADDRESS:PORT`. */
  readonly foreign: readonly string[];
}

export interface SocketsCrank {
  readonly io: Pick<Io, "nowMs" | "rest" | "err">;
  readonly isStopped: () => boolean;
}

export async function runOnSockets(
  { resolved, seed }: { readonly resolved: ResolvedScenario; readonly seed: number },
  { slowdown, foreign }: SocketsOptions,
  crank: SocketsCrank,
): Promise<RunEnd> {
  const startMs = crank.io.nowMs();
  await makeNodeCode();
  const run = new SocketsRun({
    scenario: resolved,
    seed,
    slowdown,
    foreign: foreign.map(foreignOf),
    nodeFor: () => forkNode(),
  });
  try {
    await run.start();
    if (foreign.length > 0) crank.io.err(`${addressLines(run).join("\n")}\n`);
    const limitMs = startMs + (resolved.engine.wallLimitNs ?? Infinity) / 1e6;
    const ending = await turn(run, crank, limitMs);
    return await endOf(run, ending, crank.io.nowMs() - startMs);
  } finally {
    await run.close();
  }
}

async function turn(
  run: SocketsRun,
  { io, isStopped }: SocketsCrank,
  limitMs: number,
): Promise<RunEnd["ending"]> {
  while (!run.isJudged) {
    await io.rest(run.waitMs);
    if (isStopped()) return "interrupted";
    await run.step();
    if (run.broken !== null) return "node-lost";
    if (io.nowMs() >= limitMs && !run.isJudged) return "wall-limit";
  }
  return "judged";
}

async function endOf(run: SocketsRun, ending: RunEnd["ending"], wallMs: number): Promise<RunEnd> {
  const machines = run.broken === null ? await run.machines() : [];
  const result = run.isJudged ? run.result() : null;
  return {
    ending,
    result,
    digest: "-",
    events: run.fleet.samples.reduce((sum, { events }) => sum + events, 0),
    simNs: run.nowNs,
    wallMs,
    machines: machines
      .filter(({ spec }) => spec.role === "machine")
      .map((machine) => ({ picture: pictureOf(machine, machine.nowNs), chapters: [] })),
    certificate: result?.judged === "wedged" ? run.certificate : null,
    host: hostLines(run),
    samples: run.samples,
  };
}

/** What of the host bears on the verdict: how late each machine and the run were, and which semantics applied to whom. */
const hostLines = (run: SocketsRun): string[] => [
  ...run.punctuality.map(
    (each) => `${each.who}: ${isMachine(each.who, run) ? "a process; " : ""}${lateText(each)}`,
  ),
  ...run.addresses
    .filter(({ isForeign }) => isForeign)
    .map(
      ({ host }) =>
        `${host}: foreign; its own TCP, ACKs made at our edge of what its host took, no fault of its own, nothing seen of its state`,
    ),
  ...(run.broken === null ? [] : [run.broken]),
];

const isMachine = (who: string, { addresses }: SocketsRun): boolean =>
  addresses.some(({ host }) => host === who);

const addressLines = (run: SocketsRun): string[] =>
  run.addresses.flatMap(({ host, address, tcp, udp }) => [
    ...tcp.map(([own, real]) => `${host} port ${own}: ${address}:${real} (tcp)`),
    ...udp.map(([own, real]) => `${host} port ${own}: ${address}:${real} (udp)`),
  ]);

function foreignOf(text: string): ForeignHost {
  const [, host, address, port] = /^(\w[\w-]*)(?:=([\d.]+):(\d+))?$/.exec(text) ?? [];
  if (host === undefined)
    throw new UnwedgeError("usage", `--foreign ${text}: expected NAME or NAME=ADDRESS:PORT`);
  return { host, address: address ?? "127.0.0.1", port: port === undefined ? null : Number(port) };
}

const lateText = ({ late, budgetNs }: SocketsRun["punctuality"][number]): string =>
  `at worst ${timeText(late.latestNs)} late, ${late.overBudget} times over the budget of ${timeText(budgetNs)}`;
