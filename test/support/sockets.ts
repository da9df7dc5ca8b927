// Runs on real sockets for tests: a fixture's scenario, the processes it started, and whether any of them is left.

import { readFileSync } from "node:fs";
import {
  type ForeignHost,
  type ForkedNode,
  forkNode,
  LATE_BUDGET_NS,
  SocketsRun,
} from "#coordinator/engine/index.ts";
import { openScenario, parseSetting, type ResolvedScenario } from "#coordinator/scenario/index.ts";

/** `settings`: as `--set` has them. */
export function scenarioOf(
  path: string,
  variant: string | null,
  settings: readonly string[] = [],
): ResolvedScenario {
  const opened = openScenario(readFileSync(path, "utf8"), path);
  const set = settings.map(parseSetting).filter((setting) => setting !== null);
  const result = opened.ok ? opened.scenario.resolve({ variant, settings: set }) : null;
  if (result?.ok !== true) throw new Error(`${path} ${variant ?? ""}: not sound`);
  return result.scenario;
}

export function variantsOf(path: string): string[] {
  const opened = openScenario(readFileSync(path, "utf8"), path);
  return opened.ok ? [...opened.scenario.variants] : [];
}

export interface Started {
  readonly run: SocketsRun;
  readonly nodes: readonly ForkedNode[];
  /** The hosts that were sent an order of that type, in the order they were. */
  orders(type: string): string[];
  /** When orders of that type were sent, by performance.now(), in the order they were. */
  orderedAtMs(type: string): number[];
}

export function socketsRun(
  scenario: ResolvedScenario,
  {
    slowdown = 1,
    foreign = [],
    lateBudgetNs = LATE_BUDGET_NS,
    rehearsalMs = 0,
  }: {
    readonly slowdown?: number;
    readonly foreign?: readonly ForeignHost[];
    readonly lateBudgetNs?: number;
    readonly rehearsalMs?: number;
  } = {},
): Started {
  const nodes: ForkedNode[] = [];
  const sent: { readonly type: string; readonly host: string; readonly atMs: number }[] = [];
  const run = new SocketsRun({
    scenario,
    seed: scenario.seed,
    slowdown,
    lateBudgetNs,
    rehearsalMs,
    foreign,
    nodeFor: (host) => {
      const node = forkNode();
      nodes.push(node);
      const send = (message: Parameters<ForkedNode["send"]>[0]): void => {
        sent.push({ type: message.command.type, host, atMs: performance.now() });
        node.send(message);
      };
      return {
        send,
        onMessage: (listener) => node.onMessage(listener),
        onGone: (listener) => node.onGone(listener),
        close: () => node.close(),
      };
    },
  });
  const ofType = (type: string): typeof sent => sent.filter((order) => order.type === type);
  const orders = (type: string): string[] => ofType(type).map(({ host }) => host);
  const orderedAtMs = (type: string): number[] => ofType(type).map(({ atMs }) => atMs);
  return { run, nodes, orders, orderedAtMs };
}

/** Until it is judged or broken, or `isEnough` says so. */
export const runOn = (run: SocketsRun, isEnough: () => boolean = () => false): Promise<void> =>
  run.turn(isEnough);

/** Whether a process is there and has not ended. */
export function isAlive(pid: number): boolean {
  try {
    // A zombie has ended; nobody has asked it how.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Children, theirs, and so on. */
export const descendantsOf = (pid: number): number[] =>
  childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);

/** Machines that a process has started: besides them it may have the compiler of its sources. */
export const machinesOf = (pid: number): number[] =>
  childrenOf(pid).filter((child) => commandOf(child).includes("nodes/main.ts"));

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    // It has just ended.
    return "";
  }
}

/** Processes that a process has started and that are still there. */
export function childrenOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    return text.split(" ").flatMap((each) => (each === "" ? [] : [Number(each)]));
  } catch {
    // It is gone, and whoever it had is somebody else's.
    return [];
  }
}
