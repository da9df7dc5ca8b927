// Where a host listens: what an engine with real sockets has to open for it.

import type { HostSpec } from "#kernel/index.ts";
import { NBD_PORT } from "#wire/nbd/constants.ts";

export function tcpPortsOf(host: HostSpec): readonly number[] {
  return host.role === "swap-server" ? [NBD_PORT] : servicePorts(host, "http");
}

export const udpPortsOf = (host: HostSpec): readonly number[] => servicePorts(host, "udp");

function servicePorts(host: HostSpec, protocol: "http" | "udp"): number[] {
  if (host.role !== "machine") return [];
  return host.tasks.flatMap((task) =>
    task.kind === "service" && task.protocol === protocol ? [task.port] : [],
  );
}
