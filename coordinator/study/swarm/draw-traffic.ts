// Load of a drawn scenario: requests and datagrams, from clients and from one machine to another.

import { patterns } from "#traffic/patterns/index.ts";
import type { Cast, Document } from "./cast.ts";
import type { Dice } from "./dice.ts";

type Machines = readonly (readonly [name: string, machine: Document])[];

export function drawTraffic(dice: Dice, cast: Cast, machines: Machines): readonly Document[] {
  const targets = machines.map(([name]) => name);
  const senders = [...cast.clients, ...cast.machines.slice(1)];
  return Array.from({ length: dice.between(0, 3) }, (_, i) => {
    const to = dice.pick(targets);
    const from = dice.pick(senders.filter((name) => name !== to));
    return drawLoad(dice, { id: `load${i + 1}`, from, to });
  });
}

function drawLoad(
  dice: Dice,
  { id, from, to }: { readonly id: string; readonly from: string; readonly to: string },
): Document {
  const isUdp = dice.here("datagrams");
  return {
    id,
    from,
    to: `${to}/${isUdp ? "ear" : "svc"}`,
    ...(isUdp && { protocol: "udp" }),
    connections: dice.pick([1, 8, 50, 150]),
    payload: dice.pick(["200 B", "1 KiB", "4 KiB", "16 KiB"]),
    load: dice.here("closed-load")
      ? { model: "closed", think: dice.pick(["0 ms", "10 ms", "1 s"]) }
      : {
          model: "open",
          pattern: dice.pick(Object.keys(patterns)),
          rate: `${dice.pick([10, 100, 300, 1000])}/s`,
        },
    ...(isUdp && dice.here("critical") && { critical: true }),
    ...(dice.here("late-load") && { start: dice.pick(["manual", "1500 ms"]) }),
    ...(dice.here("late-load") && { onStop: dice.pick(["reset", "stay"]) }),
  };
}
