// Where a host listens: what an engine with real sockets has to open for it.

import {
  AGENT_PORT,
  type HostSpec,
  MANAGER_PORT,
  MEMBER_PORT,
  storeOf,
  TAKE_OVER_PORT,
} from "#kernel/index.ts";
import { NBD_PORT } from "#wire/nbd/constants.ts";

export function tcpPortsOf(host: HostSpec): readonly number[] {
  return [...(storeOf(host) === null ? [] : [NBD_PORT]), ...servicePorts(host, "http")];
}

export function udpPortsOf(host: HostSpec): readonly number[] {
  if (host.role === "manager") return [MANAGER_PORT];
  const rings = "member" in host && host.member !== null ? [MEMBER_PORT] : [];
  if (host.role === "swap-server") return [TAKE_OVER_PORT, ...rings];
  const hasAgent = host.role === "machine" && host.tasks.some(({ kind }) => kind === "agent");
  return [...servicePorts(host, "udp"), ...(hasAgent ? [AGENT_PORT] : []), ...rings];
}

function servicePorts(host: HostSpec, protocol: "http" | "udp"): number[] {
  if (host.role !== "machine") return [];
  return host.tasks.flatMap((task) =>
    task.kind === "service" && task.protocol === protocol ? [task.port] : [],
  );
}
