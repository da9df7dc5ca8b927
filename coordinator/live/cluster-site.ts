// Runs on nodes that outlive them: each host of a scenario is played by the agent of its name, with a machine of its own for
// the run. Machines find each other by the addresses that agents have on the data network.

import type { ResolvedScenario } from "#coordinator/scenario/index.ts";
import { matchAgents } from "../plane/matching.ts";
import { type AgentSeen, NodePlane, type PlaneParts } from "../plane/node-plane.ts";
import { ProcessRun } from "./process-run.ts";
import { callerOf, type Lack, type Site } from "./site.ts";

export function clusterSite(parts: PlaneParts): Site {
  const plane = new NodePlane(parts);
  const nodes = (): string[] => plane.agents().map(({ name }) => name);
  return {
    kind: "cluster",
    publishesSamples: true,
    lacks: (scenario, foreign) => lackOf(scenario, plane.agents(), foreign),
    missing: () => (nodes().length === 0 ? ["no node is connected"] : []),
    nodes: () => plane.agents(),
    lostWrites: () => plane.lostWrites,
    close: () => plane.close(),
    makeRun: ({ scenario, seed, slowdown, foreign }) => {
      const agents = plane.agents();
      const played = matchAgents(hostsOf(scenario, foreign), nodes());
      const agentOf = (host: string): string => played.get(host) ?? host;
      return new ProcessRun({
        scenario,
        seed,
        slowdown,
        foreign: foreign.map(callerOf),
        nodeFor: (host) => plane.machineOn(agentOf(host)),
        addressFor: (host) =>
          agents.find(({ name }) => name === agentOf(host))?.address ?? "127.0.0.1",
      });
    },
  };
}

/** Those that nodes play. */
const hostsOf = ({ cluster }: ResolvedScenario, foreign: readonly string[]): string[] =>
  cluster.hosts.map(({ name }) => name).filter((name) => !foreign.includes(name));

export function lackOf(
  scenario: ResolvedScenario,
  agents: readonly Pick<AgentSeen, "name" | "address">[],
  foreign: readonly string[],
): Lack | null {
  const nodes = agents.map(({ name }) => name);
  const hosts = hostsOf(scenario, foreign);
  const played = matchAgents(hosts, nodes);
  const missing = hosts.filter((host) => !played.has(host));
  const there = nodes.length === 0 ? "no node is connected" : `connected: ${nodes.join(", ")}`;
  if (missing.length > 0)
    return { sentence: `no node for ${missing.join(", ")} (${there})`, missing, nodes };
  // Who calls is told by the address alone.
  const addresses = [...played.values()].map(
    (agent) => agents.find(({ name }) => name === agent)?.address,
  );
  const twice = addresses.find((address, i) => addresses.indexOf(address) !== i);
  if (twice === undefined) return null;
  return { sentence: `two nodes have the address ${twice}`, missing: [], nodes };
}
