// /proc/net/netstat, /proc/net/snmp and /proc/net/sockstat of an emulated machine. Linux: net/ipv4/proc.c (6.1).
//
// Columns are those the model counts, in the kernel's spelling; readers go by the names of the header line, as Linux adds
// columns too.
//
// Not modelled: time-wait sockets (0), orphans counted apart (they are among "alloc"), raw and UDP-Lite sockets (0).

import type { Machine } from "../machine.ts";

export function netstat({ net }: Machine): string {
  return table("TcpExt", Object.entries(net.snmp.tcpExt));
}

export function snmp({ net }: Machine): string {
  const established = net.socks().filter(({ state }) => state === "established").length;
  const { ip, tcp, udp } = net.snmp;
  return [
    table("Ip", Object.entries(ip)),
    table("Tcp", [...Object.entries(tcp), ["CurrEstab", established]]),
    table("Udp", Object.entries(udp)),
  ].join("");
}

function table(group: string, counters: readonly (readonly [string, number])[]): string {
  const names = counters.map(([name]) => name).join(" ");
  const values = counters.map(([, value]) => value).join(" ");
  return `${group}: ${names}\n${group}: ${values}\n`;
}

export function sockstat({ net }: Machine): string {
  const socks = net.socks();
  const inUse = socks.filter(({ isDead }) => !isDead).length + net.listeners().length;
  const udp = net.udpSocks().length;
  const { memoryBytes, queueCount } = net.fragments;
  return [
    `sockets: used ${inUse + udp}`,
    `TCP: inuse ${inUse} orphan ${socks.length + net.listeners().length - inUse} tw 0 alloc ${socks.length + net.listeners().length} mem ${net.tcpMemory.allocatedPages}`,
    `UDP: inuse ${udp} mem ${net.udpMemory.allocatedPages}`,
    "UDPLITE: inuse 0",
    "RAW: inuse 0",
    `FRAG: inuse ${queueCount} memory ${memoryBytes}`,
    "",
  ].join("\n");
}
