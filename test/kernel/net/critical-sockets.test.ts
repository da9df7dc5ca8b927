// Critical sockets of 2005: what is received for others is dropped in an emergency, and what a datagram needs to leave.

import { expect, test } from "vitest";
import { __GFP_MEMALLOC, type Gfp } from "#kernel/mm/gfp.ts";
import type { UdpSock } from "#kernel/net/udp.ts";
import { pattern, Rig, type RigSpec } from "./rig.ts";

const TO_B = { peer: "B", port: 5 };

function bench(spec: RigSpec): { rig: Rig; ordinary: UdpSock; critical: UdpSock } {
  const rig = new Rig({ era: "2.6.12", limits: "none", ...spec });
  const [ordinary, critical] = [rig.stack.udpBind(9), rig.stack.udpBind(10)];
  if (ordinary === null || critical === null) throw new Error("both ports are free");
  rig.stack.setMemalloc(critical, true);
  return { rig, ordinary, critical };
}

/** From now on only requests that are marked find memory, or none at all. */
function starve({ memory: { slab } }: Rig, who: "unmarked" | "all"): void {
  const { kmalloc } = slab;
  slab.kmalloc = (bytes, gfp: Gfp) =>
    who === "all" || (gfp & __GFP_MEMALLOC) === 0 ? null : kmalloc(bytes, gfp);
}

function receive(rig: Rig, port: number): void {
  rig.stack.datagram("B", 5, port, pattern(1000));
  rig.runMs(1);
}

test("others' packets are dropped from the first order to the last word that it is over", () => {
  const { rig, ordinary, critical } = bench({ receive: "critical-in-emergency" });
  const isLetIn = (sock: UdpSock): boolean => {
    receive(rig, sock.port);
    return rig.stack.udpRecv(sock) !== null;
  };
  expect(isLetIn(ordinary)).toBe(true);
  rig.stack.orderEmergency(1);
  rig.stack.orderEmergency(1);
  expect([isLetIn(ordinary), isLetIn(critical)]).toEqual([false, true]);
  rig.stack.orderEmergency(-1);
  expect(isLetIn(ordinary)).toBe(false);
  rig.stack.orderEmergency(-1);
  expect(isLetIn(ordinary)).toBe(true);
  expect(rig.stack.drops.of("pfmemalloc")).toBe(2);
});

test("a policy that knows no emergency drops nobody for it", () => {
  const { rig, ordinary } = bench({ receive: "plain-atomic" });
  rig.stack.orderEmergency(1);
  receive(rig, 9);
  expect(rig.stack.udpRecv(ordinary)).not.toBeNull();
});

test("every packet is received out of critical memory, whosever it is", () => {
  const { rig, ordinary } = bench({ receive: "critical-in-emergency" });
  receive(rig, 9);
  rig.stack.udpRecv(ordinary);
  starve(rig, "unmarked");
  for (let i = 0; i < 300; i++) receive(rig, 9);
  expect(rig.stack.reserveHeldBytes).toBeGreaterThan(0);
});

test("a critical socket's datagram asks as critical, an ordinary one's does not", () => {
  const { rig, ordinary, critical } = bench({ receive: "critical-in-emergency" });
  starve(rig, "unmarked");
  const isSent = (sock: UdpSock) => rig.stack.udpSend(sock, TO_B, pattern(64));
  expect([isSent(ordinary), isSent(critical)]).toEqual([false, true]);
});

test.each([
  ["none", true],
  ["plain", false],
  ["marked", true],
] as const)(
  "what is around a critical datagram asks in its own name unless it is marked too: %s",
  (encapsulation, isSent) => {
    const { rig, critical } = bench({ receive: "critical-in-emergency", net: { encapsulation } });
    starve(rig, "unmarked");
    expect(rig.stack.udpSend(critical, TO_B, pattern(64))).toBe(isSent);
    expect(rig.stack.drops.of("encap-nomem")).toBe(isSent ? 0 : 1);
  },
);

test.each([
  ["plain", true, false],
  ["plain", false, true],
  ["marked", true, true],
] as const)(
  "below a threshold a layer that is no critical socket gets no memory, though there is some: %s, short %s",
  (encapsulation, isShort, isSent) => {
    const receive_ = "critical-below-threshold";
    const { rig, critical } = bench({ receive: receive_, isShort, net: { encapsulation } });
    expect(rig.stack.udpSend(critical, TO_B, pattern(64))).toBe(isSent);
    receive(rig, 10);
    expect(rig.stack.udpRecv(critical) !== null).toBe(isSent);
  },
);

test("what is around a datagram is covered while receiving, by a policy that covers the ways there", () => {
  const heard = (receive_: "critical-in-emergency" | "plain-atomic") => {
    const { rig, critical } = bench({ receive: receive_, net: { encapsulation: "plain" } });
    starve(rig, "unmarked");
    receive(rig, 10);
    return rig.stack.udpRecv(critical) !== null;
  };
  expect([heard("critical-in-emergency"), heard("plain-atomic")]).toEqual([true, false]);
});

test("the kept packet serves critical datagrams when there is no memory at all, and nobody else", () => {
  const { rig, ordinary, critical } = bench({ criticality: "kept-skb" });
  // The way there is known: that takes memory, too.
  rig.stack.udpSend(critical, TO_B, pattern(64));
  starve(rig, "all");
  const isSent = (sock: UdpSock) => rig.stack.udpSend(sock, TO_B, pattern(64));
  expect([isSent(ordinary), isSent(critical), isSent(critical)]).toEqual([false, true, true]);
});

test("the kept packet does not leave for a peer whose address is not known", () => {
  const { rig, critical } = bench({ criticality: "kept-skb", net: { arp: "cold" } });
  starve(rig, "all");
  expect(rig.stack.udpSend(critical, TO_B, pattern(64))).toBe(false);
});
