// What could have been otherwise on a machine: each decision of each preset, and what an administrator or a buyer may size.
//
// Not tried: another kernel's era, more RAM, faster links, fewer requests. They change the question.

import { KIB, PAGE_BYTES } from "#base/units.ts";
import type { ResolvedScenario } from "#coordinator/scenario/index.ts";
import type { Change } from "#coordinator/study/index.ts";
import { type MachineSpec, presets } from "#kernel/index.ts";
import { reservesOf } from "./matrix.ts";

const DECISIONS = ["reserve", "receive", "reclaim", "throttle", "limits", "criticality"] as const;
type Decision = (typeof DECISIONS)[number];

/** A decision of the machine's policy, or the value at a path of the machine. */
export interface NodeChange extends Change {
  readonly value: string;
}

/** Every decision that some preset makes otherwise, once. */
export function decisionChanges({ policy, memory }: MachineSpec): readonly NodeChange[] {
  const decisions = DECISIONS.flatMap((decision) => {
    const values = new Set(Object.values(presets).map((preset) => preset[decision]));
    values.delete(policy[decision]);
    return [...values].map((value) => changeOf(decision, value));
  });
  const hasBlocks = policy.era === "6.1" && memory.highatomic;
  return hasBlocks ? [...decisions, changeOf("memory.highatomic", "false")] : decisions;
}

const changeOf = (of: string, value: string): NodeChange => ({
  name: `${of}: ${value}`,
  of,
  value,
});

/** What can be turned, the mildest value first. */
export function knobsOf(
  machine: MachineSpec,
  scenario: ResolvedScenario,
): readonly (readonly NodeChange[])[] {
  const { net, memory } = machine;
  const { rcvbufBytes, tcpMem, ringDescriptors } = net;
  const ramPages = memory.ramBytes / PAGE_BYTES;
  const rcvbufKiB = Math.floor((rcvbufBytes ?? RCVBUF_BYTES) / KIB);
  const knobs: Readonly<Record<string, readonly string[]>> = {
    "memory.reserve": reservesOf(machine.name, scenario).map(String),
    "net.rcvbuf": halvesOf(rcvbufKiB, RCVBUF_KIB_MIN).map((kib) => `${kib} KiB`),
    "net.tcpMem": halvesOf(tcpMem?.maxPages ?? Math.floor(ramPages / 8), TCP_PAGES_MIN).map(
      (pages) => `${pages} pages`,
    ),
    "net.ring": doublesOf(ringDescriptors ?? RING, RING_MAX).map(String),
  };
  return Object.entries(knobs)
    .filter(([, values]) => values.length > 0)
    .map(([of, values]) => values.map((value) => changeOf(of, value)));
}

/** tcp_rmem[1] of Linux. */
const RCVBUF_BYTES = 87_380;
/** A packet of a card fits. */
const RCVBUF_KIB_MIN = 4;
const TCP_PAGES_MIN = 16;
/** e1000e: E1000_DEFAULT_RXD and E1000_MAX_RXD. */
const RING = 256;
const RING_MAX = 4096;

function halvesOf(from: number, least: number): number[] {
  const values: number[] = [];
  for (let value = Math.floor(from / 2); value >= least; value = Math.floor(value / 2))
    values.push(value);
  return values;
}

function doublesOf(from: number, most: number): number[] {
  const values: number[] = [];
  for (let value = from * 2; value <= most; value *= 2) values.push(value);
  return values;
}

/** Whether some preset makes both decisions. */
export function isOfOnePreset(one: Change, other: Change): boolean {
  return Object.values(presets).some((preset) =>
    [one, other].every((change) =>
      DECISIONS.some((decision) => change.name === `${decision}: ${preset[decision]}`),
    ),
  );
}

const isDecision = (of: string): of is Decision => DECISIONS.some((decision) => decision === of);

/** The changes as settings: decisions together make a policy of the machine's own. */
export function settingsOfChanges(
  changes: readonly NodeChange[],
  { name, policy }: MachineSpec,
): readonly string[] {
  const decisions = changes.filter(({ of }) => isDecision(of));
  const others = changes.filter(({ of }) => !isDecision(of));
  const own = decisions.map(({ of, value }) => `${of}: ${value}`).join(", ");
  return [
    ...(decisions.length === 0
      ? []
      : [`policies.rescued={ extends: ${policy.name}, ${own} }`, `nodes.${name}.policy=rescued`]),
    ...others.map(({ of, value }) => `nodes.${name}.${of}=${value}`),
  ];
}
