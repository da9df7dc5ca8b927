// What goes wrong in a drawn scenario, and when: each fault opens after the machines have begun to work and heals by itself.

import { type ArgSpec, type Fault, faults, isFaultName } from "#faults/index.ts";
import type { Cast, Document } from "./cast.ts";
import type { Dice } from "./dice.ts";

const FAULTS_MAX = 4;
/** From the last healing until the run is judged. */
const AFTER_MS = 500;

interface Struck {
  readonly machines: readonly (readonly [name: string, machine: Document])[];
  readonly traffic: readonly Document[];
}

export function drawTimeline(
  dice: Dice,
  cast: Cast,
  struck: Struck,
): { readonly timeline: readonly Document[]; readonly endMs: number } {
  const drawn = Array.from({ length: dice.between(0, FAULTS_MAX) }, (_, i) => {
    const name = dice.word("fault");
    const on = isFaultName(name) ? targetOf(faults[name], dice, { cast, ...struck }) : null;
    const atMs = dice.between(20, 500) * 10;
    const forMs = dice.pick([dice.between(1, 50) * 10, dice.between(50, 600) * 10]);
    return { id: `f${i + 1}`, name, on, atMs, forMs };
  }).flatMap(({ on, ...rest }) => (on === null ? [] : [{ ...rest, on }]));
  const steps = drawn.map(({ id, name, on, atMs, forMs }) => ({
    ...{ id, at: `${atMs} ms`, fault: name, on, ...argsOf(name, dice), for: `${forMs} ms` },
  }));
  const endMs = Math.max(2000, ...drawn.map(({ atMs, forMs }) => atMs + forMs)) + AFTER_MS;
  const timeline = [
    { phase: "work", at: "0 s" },
    ...steps,
    { phase: "after", id: "over", at: `${endMs} ms`, do: "mark" },
  ];
  return { timeline, endMs };
}

/** null: this run has nothing of its kind. */
function targetOf(
  fault: Fault,
  dice: Dice,
  { cast, machines, traffic }: Struck & { readonly cast: Cast },
): string | null {
  const loads = traffic.map(({ id }) => String(id));
  switch (fault.target) {
    case "swap-server":
      return dice.pick(cast.servers);
    case "host":
      return fault.name.startsWith("mem.")
        ? dice.pick(cast.machines)
        : dice.pick([...cast.machines, ...cast.clients, ...cast.servers]);
    case "link": {
      const [machine, other] = [
        dice.pick(cast.machines),
        dice.pick([...cast.servers, ...cast.clients]),
      ];
      return dice.pick([`${machine}->${other}`, `${other}->${machine}`, `${machine}<->${other}`]);
    }
    case "group":
      return dice.pick([
        ...cast.machines,
        ...cast.servers,
        `${cast.machines[0]}, ${cast.clients[0]}`,
      ]);
    case "load":
      return dice.pick([...loads, ...machines.map(([name]) => `${name}/hog`)]);
    case "traffic":
      return loads.length === 0 ? null : dice.pick(loads);
  }
}

function argsOf(name: string, dice: Dice): Document {
  if (!isFaultName(name)) return {};
  const { args }: Fault = faults[name];
  const given = Object.entries(args)
    .filter(([, spec]) => spec.default === null || dice.random.chance(1, 2))
    .map(([arg, spec]) => [arg, argOf(spec, dice)]);
  return given.length === 0 ? {} : { with: Object.fromEntries(given) };
}

function argOf({ dimension }: ArgSpec, dice: Dice): string {
  switch (dimension) {
    case "duration":
      return dice.pick(["200 us", "5 ms", "100 ms", "1 s"]);
    case "size":
      return dice.pick(["1 MiB", "4 MiB", "12 MiB"]);
    case "ratio":
      return dice.pick(["0.5 %", "5 %", "50 %", "100 %"]);
    case "bandwidth":
      return dice.pick(["100 Kbit/s", "10 Mbit/s"]);
    case "rate":
      return dice.pick(["1/s", "100/s", "3000/s"]);
  }
}
