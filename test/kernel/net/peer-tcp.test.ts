import { describe, expect, test } from "vitest";
import { EDGE_BUFFER_BYTES } from "#kernel/net/edge.ts";
import type { Sock } from "#kernel/net/sock.ts";
import { receiveWindow } from "#kernel/net/tcp-window.ts";
import vectors from "../../vectors/model-vectors.json" with { type: "json" };
import { type Far, fromMs, joined, pattern, Rig, type RigSpec, same } from "./rig.ts";

const timers = vectors.tcp_timers;

function connected(spec: RigSpec = {}): { rig: Rig; sock: Sock; far: Far } {
  const rig = new Rig(spec);
  const listener = rig.stack.listen(80);
  const far = rig.dial(80);
  rig.runMs(20);
  const sock = rig.stack.accept(listener);
  if (sock === null) throw new Error("the connection is made");
  return { rig, sock, far };
}

/** Instants, in ms since now, at which frames of the peer reach the card, for `ms` ms. */
function arrivals(rig: Rig, ms: number): number[] {
  const startNs = rig.nowNs;
  const at: number[] = [];
  const lost = (): number =>
    (rig.stack.links()[0]?.lostFrames ?? 0) + rig.stack.snmp.dev.rx_missed_errors;
  let before = lost();
  while (rig.timers.nextAtNs <= startNs + fromMs(ms)) {
    rig.timers.fire();
    if (lost() > before) at.push((rig.nowNs - startNs) / 1e6);
    before = lost();
  }
  rig.timers.nowNs = startNs + fromMs(ms);
  return at;
}

describe("a segment that is lost", () => {
  test("comes again after the RTO, then after twice that, up to 120 s", () => {
    const { rig, far } = connected({ link: { latencyNs: 1000 } });
    rig.fault("B", "inbound", { cut: true });
    rig.write(far, pattern(100));
    const seconds = arrivals(rig, 450_000).map((ms) => ms / 1000);
    const [first, ...again] = seconds;
    expect(first).toBeCloseTo(0, 2);
    const wanted = timers.retransmit_times_after_last_ack_rto200ms.slice(0, again.length);
    expect(again.length).toBeGreaterThan(9);
    again.forEach((s, i) => {
      expect(s).toBeCloseTo(wanted[i] ?? 0, 1);
    });
  });

  test("parks its own stream only", () => {
    const rig = new Rig({ peers: ["B", "C"] });
    const listener = rig.stack.listen(80);
    const parked = rig.dial(80, "B");
    const free = rig.dial(80, "C");
    rig.runMs(20);
    const socks = [rig.stack.accept(listener), rig.stack.accept(listener)];
    rig.fault("B", "inbound", { cut: true });
    rig.write(parked, pattern(5000));
    rig.write(free, pattern(5000));
    rig.runMs(50);
    const bytes = socks.map((sock) => sock?.availableBytes ?? -1).sort((x, y) => x - y);
    expect(bytes).toEqual([0, 5000]);
  });

  test("is sent again at once when three later ones got in, and they wait behind the hole", () => {
    const { rig, sock, far } = connected({ link: { lossPerMillion: 0 } });
    rig.write(far, pattern(60_000));
    rig.runMs(50);
    rig.stack.recv(sock, 1e6);
    // One frame of the next flight is lost: a cut that opens between two segments.
    rig.write(far, pattern(30_000));
    rig.fault("B", "inbound", { cut: true });
    rig.run(120_000);
    rig.fault("B", "inbound", {});
    rig.runMs(3);
    expect(rig.stack.snmp.tcpExt.TCPOFOQueue).toBeGreaterThan(0);
    rig.runMs(50);
    expect(sock.availableBytes).toBe(30_000);
    expect(sock.ofoQueue.length).toBe(0);
  });
});

test("a SYN without an answer comes again after 1, 3, 7, 15, 31 and 63 s, and then the peer gives up", () => {
  const rig = new Rig();
  rig.fault("B", "inbound", { cut: true });
  rig.stack.listen(80);
  const far = rig.dial(80);
  const seconds = arrivals(rig, 130_000).map((ms) => Math.round(ms / 1000));
  expect(seconds.slice(1)).toEqual(timers.syn_retransmit_times_s);
  expect(far.closed).toBe("reset");
});

test("the first timeout is 3 s in 2.6.12", () => {
  const rig = new Rig({ era: "2.6.12" });
  rig.fault("B", "inbound", { cut: true });
  rig.stack.listen(80);
  rig.dial(80);
  const seconds = arrivals(rig, 10_000).map((ms) => Math.round(ms / 1000));
  expect(seconds).toEqual([0, timers.rto_initial_s["2.6.12"], 9]);
});

describe("the window", () => {
  test("closes when a reader does not read, and grants stop with it", () => {
    const { rig, sock, far } = connected();
    for (let i = 0; i < 100; i++) rig.write(far, pattern(65_536));
    rig.runS(5);
    expect(sock.availableBytes).toBeLessThan(130_000);
    // The peer's host holds a send buffer's worth more, and no more is asked of it.
    expect(far.creditBytes).toBe(0);
    const handedOver = 100 * 65_536 - far.backlog.reduce((sum, chunk) => sum + chunk.length, 0);
    expect(handedOver - sock.availableBytes).toBeLessThanOrEqual(EDGE_BUFFER_BYTES);
  });

  test("opens again when it is read, and every byte arrives as it was written", () => {
    const { rig, sock, far } = connected();
    const sent = pattern(1_000_000);
    rig.write(far, sent);
    rig.runS(2);
    const got: Uint8Array[] = [];
    for (let i = 0; i < 2000; i++) {
      got.push(...rig.stack.recv(sock, 10_000));
      rig.run(200_000);
    }
    expect(same(joined(got), sent)).toBe(true);
  });

  test("is probed while it is closed, at doubling gaps, and a lost update does no harm", () => {
    const { rig, sock, far } = connected();
    rig.write(far, pattern(400_000));
    rig.runS(1);
    expect(receiveWindow(sock)).toBe(0);
    rig.fault("B", "outbound", { cut: true });
    while (rig.stack.recv(sock, 1e6).length > 0) rig.runMs(1);
    rig.fault("B", "outbound", {});
    expect(sock.availableBytes).toBe(0);
    rig.runS(4);
    expect(sock.availableBytes).toBeGreaterThan(0);
  });
});

test("a peer whose way back is cut acknowledges: the ACK is lost, and the next one says it all", () => {
  const { rig, sock } = connected();
  const link = rig.stack.links().find(({ peer }) => peer === "B");
  const lost = link?.lostFrames ?? 0;
  rig.fault("B", "inbound", { cut: true });
  rig.stack.send(sock, [pattern(100)], { takenBytes: 0, lack: null });
  rig.runMs(100);
  expect(link?.lostFrames).toBe(lost + 1);
  rig.fault("B", "inbound", {});
  rig.runMs(500);
  expect(sock.wmemQueuedBytes).toBe(0);
});

describe("acknowledging", () => {
  test("an ACK lost for want of a descriptor makes us send again", () => {
    const { rig, sock } = connected({ net: { driver: "e1000-like", ringSize: 16 } });
    const result = { takenBytes: 0, lack: null };
    rig.fault("B", "inbound", { cut: true });
    rig.stack.send(sock, [pattern(5000)], result);
    rig.runMs(150);
    expect(sock.wmemQueuedBytes).toBeGreaterThan(0);
    rig.fault("B", "inbound", {});
    rig.runMs(20);
    // The peer has the bytes, but says so again only when it is asked.
    expect(sock.wmemQueuedBytes).toBeGreaterThan(0);
    rig.runS(2);
    expect(rig.stack.snmp.tcp.RetransSegs).toBeGreaterThan(0);
    expect(sock.wmemQueuedBytes).toBe(0);
  });

  test("without memory for its own ACK it comes late, and the peer's duplicate costs a descriptor", () => {
    const { rig, sock, far } = connected({ net: { driver: "e1000-like" } });
    rig.write(far, pattern(100));
    rig.runMs(100);
    rig.memory.orderMax = -1;
    rig.memory.freePages = 0;
    const { dev } = rig.stack.snmp;
    const { rx_packets: packets, tx_packets: sent } = dev;
    rig.memory.refuseObjects = true;
    rig.write(far, pattern(5000));
    rig.runMs(900);
    // The sk_buffs that NAPI has kept let the bytes in, and then in again.
    expect(sock.rcvNxt).toBe(5100);
    expect(dev.rx_packets).toBeGreaterThan(packets + Math.ceil(5000 / 1448));
    expect(dev.tx_packets).toBe(sent);
    rig.memory.refuseObjects = false;
    rig.memory.orderMax = 10;
    rig.memory.freePages = 50_000;
    rig.runS(4);
    expect(dev.tx_packets).toBeGreaterThan(sent);
  });

  test("small amounts wait for 40 ms, however many of them follow each other", () => {
    const { rig, sock } = connected();
    const result = { takenBytes: 0, lack: null };
    let acked = 0;
    for (let i = 0; i < 40 && acked === 0; i++) {
      rig.stack.send(sock, [pattern(10)], result);
      rig.runMs(5);
      acked = sock.sndUna;
    }
    expect(acked).toBeGreaterThan(0);
    expect(acked).toBeLessThanOrEqual(100);
  });

  test("is withheld while a hold is open, and comes when the link is released", () => {
    const { rig, sock } = connected();
    const result = { takenBytes: 0, lack: null };
    rig.fault("B", "outbound", { held: true });
    rig.stack.send(sock, [pattern(5000)], result);
    rig.runMs(150);
    expect(sock.sndUna).toBe(0);
    rig.fault("B", "outbound", {});
    rig.runMs(2);
    expect(sock.sndUna).toBe(5000);
    expect(rig.stack.snmp.tcp.RetransSegs).toBe(0);
  });
});
