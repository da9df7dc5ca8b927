// From the `traffic` section to what each host sends.

import { PAYLOAD_DEFAULT_BYTES, type TrafficSpec } from "#kernel/index.ts";
import { type PatternName, patterns } from "#traffic/patterns/index.ts";
import { amountOf, bytesOf, durationNs, type Findings } from "./build-context.ts";
import type { Path } from "./diagnostic.ts";
import type { TrafficSource } from "./schema-steps.ts";
import { isRecord, type Tree } from "./tree.ts";
import type { Host } from "./vocabulary.ts";

export interface Sent {
  readonly from: string;
  readonly spec: TrafficSpec;
}

/** One entry of `traffic`; null when it goes to no service. */
export function buildTraffic(
  source: TrafficSource,
  path: Path,
  context: { readonly findings: Findings; readonly hosts: readonly Host[]; readonly tree: Tree },
): Sent | null {
  const { findings, hosts, tree } = context;
  const senders = hosts.filter(({ role }) => role !== "swap-server" && role !== "manager");
  if (!senders.some(({ name }) => name === source.from))
    findings.unknown(
      [...path, "from"],
      "machine or client",
      source.from,
      senders.map(({ name }) => name),
    );
  const services = servicesOf(hosts);
  if (!services.includes(source.to)) {
    findings.unknown([...path, "to"], "service", source.to, services);
    return null;
  }
  const [machine = "", service = ""] = source.to.split("/");
  const listener = listenerOf(tree, machine, service);
  const protocol = source.protocol ?? listener.protocol;
  if (source.critical === true && protocol !== "udp")
    findings.add([...path, "critical"], "only datagrams are sent over critical sockets yet");
  return {
    from: source.from,
    spec: {
      id: source.id,
      to: { machine, service, port: listener.port },
      protocol,
      connections: source.connections ?? 1,
      payloadBytes: bytesOf(source.payload, 0) ?? PAYLOAD_DEFAULT_BYTES,
      load: buildLoad(source.load),
      isCritical: source.critical ?? false,
      startNs: source.start === "manual" ? null : (durationNs(source.start) ?? 0),
      forNs: durationNs(source.for),
      onStop: source.onStop ?? "reset",
    },
  };
}

const servicesOf = (hosts: readonly Host[]): string[] =>
  hosts.flatMap((host) =>
    host.tasks.filter((task) => task.isService).map((task) => `${host.name}/${task.name}`),
  );

/** Where a service listens, as far as the document says so rightly. */
function listenerOf(
  tree: Tree,
  machine: string,
  service: string,
): { port: number; protocol: "http" | "udp" } {
  const port = at(tree, ["nodes", machine, "run", service, "port"]);
  const protocol = at(tree, ["nodes", machine, "run", service, "protocol"]);
  return {
    port: typeof port === "number" ? port : 0,
    protocol: protocol === "udp" ? "udp" : "http",
  };
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((node: unknown, step) => (isRecord(node) ? node[step] : undefined), value);
}

function buildLoad(source: TrafficSource["load"]): TrafficSpec["load"] {
  if (source.model === "closed") return { model: "closed", thinkNs: durationNs(source.think) ?? 0 };
  return {
    model: "open",
    pattern: patternOf(source.pattern ?? "constant"),
    ratePerSec: amountOf(source.rate, "rate") ?? 0,
    ramp: (source.ramp ?? []).map(({ to, over }) => ({
      toPerSec: amountOf(to, "rate") ?? 0,
      overNs: durationNs(over) ?? 0,
    })),
  };
}

function patternOf(name: string): PatternName {
  return isPatternName(name) ? name : "constant";
}

function isPatternName(name: string): name is PatternName {
  return Object.hasOwn(patterns, name);
}
