// `unwedge run --check-determinism`: two runs of one seed side by side, compared after every step. If they differ, the first
// event in which they do is named.

import type { Run } from "#sim/index.ts";

export interface Divergence {
  readonly machine: string;
  readonly atNs: number;
  /** The event in either run; null: there is none. */
  readonly one: string | null;
  readonly other: string | null;
}

/** Where the two begin to differ, so far; null: nowhere. */
export function divergenceOf(one: Run, other: Run): Divergence | null {
  if (one.world.digest() === other.world.digest()) return null;
  for (const [i, machine] of one.world.machines.entries()) {
    const twin = other.world.machines[i];
    if (twin === undefined || machine.trace.digest.hex() === twin.trace.digest.hex()) continue;
    const [ours, theirs] = [machine.trace.recent(), twin.trace.recent()];
    // From the first event that both still keep.
    const from = Math.max(ours[0]?.n ?? 0, theirs[0]?.n ?? 0);
    const [left, right] = [
      ours.filter(({ n }) => n >= from).map(eventText),
      theirs.filter(({ n }) => n >= from).map(eventText),
    ];
    const first = left.findIndex((text, at) => text !== right[at]);
    const at = first < 0 ? left.length : first;
    return {
      machine: machine.spec.name,
      atNs: one.world.nowNs,
      one: left[at] ?? null,
      other: right[at] ?? null,
    };
  }
  return { machine: "", atNs: one.world.nowNs, one: null, other: null };
}

type Event = ReturnType<Run["world"]["machines"][number]["trace"]["recent"]>[number];

const eventText = ({ n, atNs, name, a, b }: Event): string =>
  `event ${n} at ${atNs} ns: ${name} ${a} ${b}`;

export function divergenceText({ machine, atNs, one, other }: Divergence): string {
  const of = machine === "" ? "" : ` on ${machine}`;
  return [
    `the two runs differ${of}, before ${atNs} ns`,
    `  first run:  ${one ?? "no such event"}`,
    `  second run: ${other ?? "no such event"}`,
  ].join("\n");
}
