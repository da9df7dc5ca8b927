// What the hosts of a cluster are told when faults are opened and healed.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FaultName, type OpenFault, Standing, type Told } from "#faults/index.ts";
import { LINK_DEFAULTS, presets } from "#kernel/index.ts";
import { smallCluster } from "../support/small-world.ts";

const cluster = smallCluster({ policy: presets["mainline-6.1"] });

const OPENED = {
  cut: { name: "link.cut", target: { kind: "link", from: "A", to: "C", both: false } },
  reset: { name: "link.reset", target: { kind: "link", from: "A", to: "B", both: true } },
  partition: { name: "link.partition", target: { kind: "group", hosts: ["A", "B"] } },
  away: { name: "swap.unreachable", target: { kind: "host", host: "C" } },
  stall: { name: "swap.stall", target: { kind: "host", host: "C" } },
  frozen: { name: "node.pause", target: { kind: "host", host: "B" } },
  shrink: { name: "mem.shrink", target: { kind: "host", host: "A" } },
  shrinkMore: { name: "mem.shrink", target: { kind: "host", host: "A" } },
  hog: { name: "mem.hog", target: { kind: "host", host: "A" } },
  kill: { name: "node.kill", target: { kind: "host", host: "C" } },
  restart: { name: "node.restart", target: { kind: "host", host: "C" } },
  fade: { name: "load.change", target: { kind: "load", machine: null, name: "flood" } },
} as const satisfies Record<string, { name: FaultName; target: OpenFault["target"] }>;
type Id = keyof typeof OPENED;

const fault = (id: Id): OpenFault => ({
  id,
  args: { rate: 5, size: 8192, touch: 100 },
  ...OPENED[id],
});

/** Who was told that which direction is cut, or no longer. */
const cuts = (told: readonly Told[]): string[] =>
  told.flatMap(({ host, event }) =>
    event.type === "link" ? [`${host}: ${event.from}->${event.to} ${event.state.cut}`] : [],
  );

describe("opening", () => {
  test("a cut one way tells both ends of that way, and of no other", () => {
    expect(cuts(new Standing(cluster).open(fault("cut")))).toEqual([
      "A: A->C true",
      "C: A->C true",
    ]);
  });

  test("a partition cuts what crosses it, both ways, and leaves each half whole", () => {
    const told = cuts(new Standing(cluster).open(fault("partition")));
    expect(new Set(told.map((text) => text.slice(3)))).toEqual(
      new Set(["A->C true", "C->A true", "B->C true", "C->B true"]),
    );
  });

  test("the same fault twice tells nothing the second time", () => {
    const standing = new Standing(cluster);
    standing.open(fault("fade"));
    expect(standing.open(fault("fade"))).toEqual([]);
  });
});

test("a link under two faults is whole when both have healed, not before", () => {
  const standing = new Standing(cluster);
  standing.open(fault("cut"));
  standing.open(fault("away"));
  const healed = new Set(cuts(standing.heal("away")).map((text) => text.slice(3)));
  expect(healed).toEqual(new Set(["C->A false", "C->B false", "B->C false"]));
  expect(cuts(standing.heal("cut"))).toEqual(["A: A->C false", "C: A->C false"]);
});

test("a load that fades is told its rate, and when it heals, that it has its own", () => {
  const standing = new Standing(cluster);
  const rate = (ratePerSec: number | null) => ({
    host: "B",
    event: { type: "rate", name: "flood", ratePerSec },
  });
  expect(standing.open(fault("fade"))).toEqual([rate(5)]);
  expect(standing.heal("fade")).toEqual([rate(null)]);
});

describe("power", () => {
  const power = (on: boolean) => ({ host: "C", event: { type: "power", on } });
  const powerOf = (told: readonly Told[]) => told.filter(({ event }) => event.type === "power");

  test("goes when a host is killed, after its links; comes back last, when they are whole", () => {
    const standing = new Standing(cluster);
    const killed = standing.open(fault("kill"));
    expect(new Set(cuts(killed).map((text) => text.slice(3)))).toEqual(
      new Set(["A->C true", "C->A true", "B->C true", "C->B true"]),
    );
    expect(killed.at(-1)).toEqual(power(false));
    expect(standing.heal("kill").at(-1)).toEqual(power(true));
  });

  test("goes and comes at once when a host is restarted, once; healing does nothing", () => {
    const standing = new Standing(cluster);
    expect(standing.open(fault("restart"))).toEqual([power(false), power(true)]);
    expect(standing.open(fault("restart"))).toEqual([]);
    expect(standing.heal("restart")).toEqual([]);
  });

  test("is not to be had by the reset button", () => {
    const standing = new Standing(cluster);
    standing.open(fault("kill"));
    expect(powerOf(standing.open(fault("restart")))).toEqual([]);
  });
});

test("two faults that take memory take it together, and one that heals leaves the other's", () => {
  const standing = new Standing(cluster);
  const balloon = (pages: number) => ({ host: "A", event: { type: "balloon", pages } });
  expect(standing.open(fault("shrink"))).toEqual([balloon(2)]);
  expect(standing.open(fault("shrinkMore"))).toEqual([balloon(4)]);
  expect(standing.heal("shrink")).toEqual([balloon(2)]);
});

test("a hog is started once, by its fault's id, and killed by it", () => {
  const standing = new Standing(cluster);
  const hog = { pages: 2, touchPerSec: 100 };
  const told = (value: unknown) => ({ host: "A", event: { type: "hog", id: "hog", hog: value } });
  expect(standing.open(fault("hog"))).toEqual([told(hog)]);
  expect(standing.open(fault("shrink"))).toHaveLength(1);
  expect(standing.heal("hog")).toEqual([told(null)]);
});

/** What an event is about, what it says, and what it says when no fault is open. */
function statesOf(event: Told["event"]): readonly [string, unknown, unknown] {
  if (event.type === "link") return [`${event.from}->${event.to}`, event.state, LINK_DEFAULTS];
  if (event.type === "store") return ["store", event.state.stalled, false];
  if (event.type === "balloon") return ["balloon", event.pages, 0];
  if (event.type === "hog") return [`hog ${event.id}`, event.hog, null];
  if (event.type === "power") return ["power", event.on, true];
  if (event.type === "pause") return ["pause", event.paused, false];
  return ["rate", event.type === "rate" ? event.ratePerSec : event, null];
}

const ids = fc.uniqueArray(
  fc.constantFrom<Id>(
    ...(["cut", "reset", "partition", "away", "stall", "frozen", "fade"] as const),
    ...(["shrink", "shrinkMore", "hog", "kill", "restart"] as const),
  ),
);

test("however faults overlap, when the last has healed all is told to be as it was", () => {
  fc.assert(
    fc.property(ids, ids, (opened, healOrder) => {
      const standing = new Standing(cluster);
      const last = new Map<string, { readonly value: unknown; readonly calm: unknown }>();
      const note = (told: readonly Told[]): void => {
        for (const { host, event } of told) {
          const [what, value, calm] = statesOf(event);
          last.set(`${host} ${what}`, { value, calm });
        }
      };
      for (const id of opened) note(standing.open(fault(id)));
      for (const id of [...healOrder, ...opened]) note(standing.heal(id));
      for (const { value, calm } of last.values()) expect(value).toEqual(calm);
    }),
  );
});

test("saved and loaded, it tells what it would have told", () => {
  const one = new Standing(cluster);
  for (const id of ["cut", "fade", "frozen", "shrink", "hog"] as const) one.open(fault(id));
  const other = new Standing(cluster);
  other.load(structuredClone(one.save()));
  for (const id of ["frozen", "cut", "hog", "fade", "shrink"] as const)
    expect(other.heal(id)).toEqual(one.heal(id));
});
