import { describe, expect, test } from "vitest";
import type { Era } from "#kernel/era.ts";
import { pattern, Rig, type RigSpec } from "./rig.ts";

describe("UDP", () => {
  test("a datagram arrives as it was sent, with its sender", () => {
    const rig = new Rig();
    const sock = rig.stack.udpBind(9);
    rig.stack.datagram("C", 5, 9, pattern(3000));
    rig.runMs(5);
    const got = sock === null ? null : rig.stack.udpRecv(sock);
    expect(got).toEqual({ peer: "C", fromPort: 5, bytes: pattern(3000) });
  });

  test("a full queue drops, under the kernel's counter", () => {
    const rig = new Rig();
    const sock = rig.stack.udpBind(9);
    for (let i = 0; i < 400; i++) rig.stack.datagram("B", 5, 9, pattern(1400));
    rig.runMs(50);
    expect(rig.stack.snmp.udp.RcvbufErrors).toBeGreaterThan(0);
    expect(rig.stack.snmp.udp.InErrors).toBe(rig.stack.snmp.udp.RcvbufErrors);
    // One more than the limit holds: it is checked before it is added.
    expect(sock?.rmemAllocBytes).toBeGreaterThan(212_992 - 2304);
    expect(sock?.rmemAllocBytes).toBeLessThanOrEqual(212_992 + 2304);
  });

  test("a port takes one socket, and is free again when that is closed", () => {
    const rig = new Rig();
    const sock = rig.stack.udpBind(9);
    expect(rig.stack.udpBind(9)).toBeNull();
    if (sock !== null) rig.stack.udpClose(sock);
    expect(rig.stack.udpBind(9)).not.toBeNull();
  });

  test("nobody's datagram is counted and gone", () => {
    const rig = new Rig();
    rig.stack.datagram("B", 5, 9, pattern(10));
    rig.runMs(5);
    expect(rig.stack.snmp.udp.NoPorts).toBe(1);
    expect(rig.stack.liveSkbs).toBe(0);
  });

  test("sending takes memory for as long as the packet takes to leave", () => {
    const rig = new Rig();
    const sock = rig.stack.udpBind(9);
    if (sock === null) return;
    const before = rig.memory.freePages;
    expect(rig.stack.udpSend(sock, { peer: "B", port: 7 }, pattern(100))).toBe(true);
    expect(rig.effects.at(-1)).toEqual({
      type: "datagram",
      peer: "B",
      fromPort: 9,
      port: 7,
      bytes: pattern(100),
    });
    expect(rig.memory.freePages).toBe(before);
    rig.memory.refuseObjects = true;
    expect(rig.stack.udpSend(sock, { peer: "B", port: 7 }, pattern(100))).toBe(false);
  });
});

describe("IP fragments", () => {
  /** `count` datagrams of which the second fragment is lost. */
  function halves(count: number, spec: RigSpec = {}): Rig {
    const rig = new Rig(spec);
    rig.stack.udpBind(9);
    for (let i = 0; i < count; i++) {
      rig.stack.datagram("B", 5, 9, pattern(2000));
      rig.run(rig.link.latencyNs + 13_000);
      rig.fault("B", "inbound", { cut: true });
      rig.runMs(1);
      rig.fault("B", "inbound", {});
    }
    return rig;
  }

  test("half a datagram waits for 30 s, charged to nobody, and is gone then", () => {
    const rig = halves(1);
    expect(rig.stack.fragments.memoryBytes).toBeGreaterThan(2000);
    expect(rig.stack.udpMemory.chargedPages).toBe(0);
    rig.runS(29);
    expect(rig.stack.fragments.memoryBytes).toBeGreaterThan(2000);
    rig.runS(2);
    expect(rig.stack.fragments.memoryBytes).toBe(0);
    expect(rig.stack.snmp.ip.ReasmTimeout).toBe(1);
    expect(rig.stack.liveSkbs).toBe(0);
  });

  test.each([
    ["2.6.12", true],
    ["3.x", true],
    ["6.1", false],
  ] as const)("a full reassembly in %s evicts the oldest: %s", (era: Era, evicts) => {
    const rig = halves(40, { era, net: { ipfragHighBytes: 40_000 } });
    expect(rig.stack.drops.of("frag-evicted") > 0).toBe(evicts);
    expect(rig.stack.drops.of("frag-limit") > 0).toBe(!evicts);
    expect(rig.stack.snmp.ip.ReasmFails).toBeGreaterThan(0);
    expect(rig.stack.fragments.memoryBytes).toBeLessThan(44_000);
  });

  test("without memory for its queue a fragment is dropped", () => {
    const rig = new Rig();
    rig.stack.udpBind(9);
    rig.stack.datagram("B", 5, 9, pattern(2000));
    rig.run(rig.link.latencyNs);
    rig.memory.refuseObjects = true;
    rig.runMs(5);
    expect(rig.stack.drops.of("frag-nomem")).toBeGreaterThan(0);
  });
});

describe("a neighbour nobody knows yet", () => {
  const cold = { net: { arp: "cold" as const } };

  test("is asked for, and the connection is made a round trip later", () => {
    const rig = new Rig(cold);
    const sock = rig.stack.connect("C", 10_809);
    const [link] = rig.stack.links();
    expect(link !== undefined && rig.stack.neighbours.stateOf(link)).toBe("none");
    rig.runMs(5);
    expect(sock?.state).toBe("established");
  });

  test("cannot be asked for without atomic memory, and is asked again in a second", () => {
    const rig = new Rig(cold);
    rig.fault("B", "inbound", { cut: true });
    const sock = rig.stack.connect("B", 10_809);
    rig.memory.refuseObjects = true;
    rig.runMs(500);
    rig.fault("B", "inbound", {});
    rig.runS(2);
    expect(sock?.state).toBe("syn-sent");
    rig.memory.refuseObjects = false;
    rig.runS(8);
    expect(sock?.state).toBe("established");
  });

  test("that does not answer fails after three requests, and what waited for it is dropped", () => {
    const rig = new Rig(cold);
    rig.fault("B", "inbound", { cut: true });
    rig.stack.connect("B", 10_809);
    rig.runS(4);
    expect(rig.stack.drops.of("neigh-failed")).toBeGreaterThan(0);
  });

  test("that is quiet for long is asked again, and the connection lives on", () => {
    const rig = new Rig(cold);
    const sock = rig.stack.connect("C", 10_809);
    rig.runS(40);
    if (sock !== null) rig.stack.send(sock, [pattern(100)], { takenBytes: 0, lack: null });
    rig.runS(10);
    expect(sock?.wmemQueuedBytes).toBe(0);
  });
});

test("in 2.6.12 a peer's first packet needs a route entry, and without memory for it is lost", () => {
  const rig = new Rig({ era: "2.6.12" });
  rig.stack.udpBind(9);
  rig.memory.refuseObjects = true;
  rig.stack.datagram("B", 5, 9, pattern(10));
  rig.runMs(5);
  expect(rig.stack.drops.of("route-nomem")).toBe(1);
  rig.memory.refuseObjects = false;
  rig.stack.datagram("B", 5, 9, pattern(10));
  rig.runMs(5);
  expect(rig.stack.snmp.udp.InDatagrams).toBe(1);
});
