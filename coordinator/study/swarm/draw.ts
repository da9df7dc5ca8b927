// A scenario drawn from a seed: machines, policies, load and what goes wrong, small enough to run in seconds.
//
// It is a document of the scenario language and goes through its door like any other; what the language has is looked up in its
// registries, so that a policy, a driver or a fault that is added is drawn from then on. Any verdict is as good as another here:
// what must hold is said in trial.ts.

import { Random } from "#base/random.ts";
import { SCHEMA_NAME } from "#coordinator/scenario/index.ts";
import type { Cast, Document } from "./cast.ts";
import { Dice } from "./dice.ts";
import { drawMachine, drawPolicies } from "./draw-machine.ts";
import { drawTimeline } from "./draw-timeline.ts";
import { drawTraffic } from "./draw-traffic.ts";

const VERDICTS = ["recovers", "completes", "degraded", "wedged", "oom"];

/** The same for the same seed. */
export function drawScenario(seed: number): Document {
  const dice = new Dice(new Random(seed).fork("swarm"));
  const cast = castOf(dice);
  const policies = drawPolicies(dice);
  const machines = cast.machines.map(
    (name) => [name, drawMachine(name, { dice, cast, policies })] as const,
  );
  const traffic = drawTraffic(dice, cast, machines);
  const { timeline, endMs } = drawTimeline(dice, cast, { machines, traffic });
  return {
    schema: SCHEMA_NAME,
    id: `swarm-${seed}`,
    title: `drawn from seed ${seed}`,
    seed,
    runs: 1,
    engine: { default: "virtual", allow: ["virtual", "sockets"], maxTime: `${endMs + 120_000} ms` },
    ...(Object.keys(policies).length > 0 && { policies }),
    nodes: {
      ...Object.fromEntries(machines),
      ...Object.fromEntries(cast.clients.map((name) => [name, { role: "client" }])),
      ...Object.fromEntries(cast.servers.map((name) => [name, drawServer(dice)])),
    },
    links: { "*<->*": { latency: "100 us", bandwidth: "1 Gbit/s" }, ...drawLinks(dice, cast) },
    ...(traffic.length > 0 && { traffic }),
    timeline,
    checks: [
      { id: "ran", sometimes: "elapsed() > 0 s" },
      ...cast.machines.map((name) => ({
        id: `accounting-${name}`,
        always: `${name}.mem.free + ${name}.mem.used == ${name}.mem.total`,
      })),
      { id: "judged", verdict: VERDICTS, after: "over", settle: `${dice.between(5, 30)} s` },
    ],
  };
}

const castOf = (dice: Dice): Cast => ({
  machines: ["A", ...(dice.has("second-machine") ? ["D"] : [])],
  clients: ["B", ...(dice.has("second-client") ? ["F"] : [])],
  servers: ["C", ...(dice.has("second-server") ? ["E"] : [])],
});

function drawServer(dice: Dice): Document {
  return {
    role: "swap-server",
    ...(dice.here("slow-cpu") && { cpuSpeed: `${dice.between(5, 90)} %` }),
    store: {
      latency: dice.pick(["20 us", "100 us", "1 ms", "8 ms"]),
      queue: dice.pick([1, 16, 128]),
    },
  };
}

function drawLinks(dice: Dice, { machines, clients, servers }: Cast): Document {
  if (!dice.has("links")) return {};
  const ends = machines.flatMap((machine) =>
    [...clients, ...servers].map((other) => `${machine}<->${other}`),
  );
  const slow = ends.filter(() => dice.random.chance(1, 2));
  return Object.fromEntries(
    slow.map((name) => [
      name,
      {
        latency: dice.pick(["10 us", "500 us", "5 ms"]),
        jitter: dice.pick(["0 us", "200 us"]),
        bandwidth: dice.pick(["10 Mbit/s", "100 Mbit/s", "1 Gbit/s"]),
        loss: dice.pick(["0 %", "0.1 %", "2 %"]),
      },
    ]),
  );
}
