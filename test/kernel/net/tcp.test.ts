import { describe, expect, test } from "vitest";
import { __GFP_MEMALLOC } from "#kernel/mm/gfp.ts";
import type { Sock } from "#kernel/net/sock.ts";
import type { SendResult } from "#kernel/net/tcp-output.ts";
import { type Far, joined, pattern, Rig, type RigSpec } from "./rig.ts";

function connected(spec: RigSpec = {}, count = 1): { rig: Rig; socks: Sock[]; fars: Far[] } {
  const rig = new Rig(spec);
  const listener = rig.stack.listen(80);
  const fars = Array.from({ length: count }, () => rig.dial(80));
  rig.runMs(50);
  const socks = fars.map(() => rig.stack.accept(listener)).filter((sock) => sock !== null);
  expect(socks.length).toBe(count);
  return { rig, socks, fars };
}

function only(spec: RigSpec = {}): { rig: Rig; sock: Sock; far: Far } {
  const { rig, socks, fars } = connected(spec);
  const [sock] = socks;
  const [far] = fars;
  if (sock === undefined || far === undefined) throw new Error("one connection is made");
  return { rig, sock, far };
}

const nothing = (): SendResult => ({ takenBytes: 0, lack: null });

describe("the global limit", () => {
  const small = { net: { tcpMemPages: [48, 64, 96] as const } };

  test("stops an unread flood by pages, whatever each socket's buffer would hold", () => {
    const { rig, fars } = connected({ ...small, limits: "none", era: "3.x" }, 20);
    for (const far of fars) rig.write(far, pattern(60_000));
    rig.runS(3);
    expect(rig.stack.tcpMemory.chargedPages).toBeLessThanOrEqual(96);
    expect(rig.stack.snmp.tcpExt.TCPRcvQDrop).toBeGreaterThan(0);
    expect(rig.stack.snmp.tcpExt.TCPMemoryPressures).toBeGreaterThan(0);
  });

  test.each([
    ["none", 0],
    ["emergency-skb", 0],
    ["memalloc-socket", 1],
    ["first-skb-forced", 1],
    ["emergency-or-first-skb", 1],
  ] as const)("over it, under %s, a marked socket's first packet passes: %i", (limits, passes) => {
    const { rig, socks, fars } = connected({ ...small, limits, era: "3.x" }, 21);
    const [swap] = socks;
    const [swapFar, ...flood] = fars;
    if (swap === undefined || swapFar === undefined) return;
    rig.stack.setMemalloc(swap, true);
    for (const far of flood) rig.write(far, pattern(60_000));
    rig.runS(3);
    rig.write(swapFar, pattern(1000));
    rig.runMs(100);
    expect(Math.sign(swap.availableBytes)).toBe(passes);
  });

  test("is free again once the sockets are read", () => {
    const { rig, socks, fars } = connected(small, 20);
    for (const far of fars) rig.write(far, pattern(60_000));
    rig.runS(2);
    for (let i = 0; i < 4000; i++) {
      for (const sock of socks) rig.stack.recv(sock, 1e6);
      rig.runMs(50);
    }
    expect(socks.map((sock) => sock.copiedSeq)).toEqual(socks.map(() => 60_000));
    expect(rig.stack.tcpMemory.chargedPages).toBeLessThanOrEqual(20);
  });

  test("is told in steps of 256 pages a CPU in 6.1", () => {
    const { rig, fars } = connected({}, 30);
    for (const far of fars) rig.write(far, pattern(90_000));
    rig.runS(2);
    const { allocatedPages, chargedPages } = rig.stack.tcpMemory;
    expect(allocatedPages).toBeGreaterThanOrEqual(256);
    expect(chargedPages - allocatedPages).toBeGreaterThan(0);
    expect(chargedPages - allocatedPages).toBeLessThan(256);
  });
});

describe("a receive buffer of fixed size", () => {
  test("packs small segments into full pages when it is over, and drops what does not fit", () => {
    const { rig, sock, far } = only({
      net: { rcvbufBytes: 32_768, perWriteSegments: true, driver: "8139cp-like" },
    });
    rig.write(far, ...Array.from({ length: 200 }, (_, i) => pattern(100, i * 100)));
    rig.runS(1);
    expect(rig.stack.snmp.tcpExt.PruneCalled).toBeGreaterThan(0);
    expect(rig.stack.snmp.tcpExt.TCPRcvCollapsed).toBeGreaterThan(0);
    expect(joined(rig.stack.recv(sock, 1e6))).toEqual(pattern(sock.copiedSeq));
  });

  test("without memory for the packed pages it drops instead, and the bytes come again", () => {
    const { rig, sock, far } = only({
      net: { rcvbufBytes: 16_384, perWriteSegments: true, driver: "8139cp-like" },
    });
    rig.write(far, ...Array.from({ length: 100 }, (_, i) => pattern(100, i * 100)));
    rig.run(300_000);
    rig.memory.refuseObjects = true;
    rig.runMs(300);
    rig.memory.refuseObjects = false;
    const got: Uint8Array[] = [];
    for (let i = 0; i < 500; i++) {
      got.push(...rig.stack.recv(sock, 1e6));
      rig.runMs(10);
    }
    expect(joined(got)).toEqual(pattern(10_000));
  });
});

describe("sending", () => {
  test("holds an skb and its pages until the peer has acknowledged them", () => {
    const { rig, sock, far } = only();
    const before = rig.memory.freePages;
    const result = nothing();
    rig.stack.send(sock, [pattern(40_000)], result);
    expect(result).toEqual({ takenBytes: 40_000, lack: null });
    expect(before - rig.memory.freePages).toBeGreaterThan(9);
    expect(sock.wmemQueuedBytes).toBeGreaterThan(40_000);
    rig.runMs(100);
    expect(sock.wmemQueuedBytes).toBe(0);
    expect(joined(far.got)).toEqual(pattern(40_000));
  });

  test("says that the send buffer is full, and wakes the writer when a third is free", () => {
    const { rig, sock, far } = only();
    far.takes = false;
    const result = nothing();
    rig.stack.send(sock, [pattern(1_000_000)], result);
    expect(result.lack).toBe("sndbuf");
    rig.runS(1);
    const more = nothing();
    rig.stack.send(sock, [pattern(1000)], more);
    expect(more).toEqual({ takenBytes: 0, lack: "sndbuf" });
    expect(sock.hasNoSpace).toBe(true);
    far.takes = true;
    rig.stack.sent(far.id, far.unsaidBytes);
    rig.runS(2);
    expect(sock.hasNoSpace).toBe(false);
  });

  test("says that memory is short, and gets through with the right to the reserve", () => {
    const { rig, sock } = only();
    rig.memory.floorPages = 1 << 20;
    // What is left of the last slab page and of the last block.
    const filled = nothing();
    for (let i = 0; i < 60; i++) rig.stack.send(sock, [pattern(4096)], filled);
    expect(filled.lack).toBe("memory");
    rig.stack.setMemalloc(sock, true);
    expect(sock.allocation & __GFP_MEMALLOC).not.toBe(0);
    const marked = nothing();
    rig.stack.send(sock, [pattern(4096)], marked);
    expect(marked).toEqual({ takenBytes: 4096, lack: null });
  });
});

describe("our own retransmission", () => {
  test("of one segment takes no memory: its clone lies beside it", () => {
    const { rig, sock } = only();
    rig.fault("B", "inbound", { cut: true });
    rig.stack.send(sock, [pattern(1000)], nothing());
    rig.memory.refuseObjects = true;
    rig.runMs(2300);
    expect(rig.stack.snmp.tcpExt.TCPRetransFail).toBe(0);
    expect(rig.stack.snmp.tcp.RetransSegs).toBeGreaterThan(0);
  });

  test("without memory to cut a longer one is tried again in half a second, without backing off", () => {
    const { rig, sock } = only();
    rig.fault("B", "inbound", { cut: true });
    rig.stack.send(sock, [pattern(4000)], nothing());
    rig.memory.refuseObjects = true;
    rig.runMs(2300);
    // At 0.2 s the first, then every 0.5 s.
    expect(rig.stack.snmp.tcpExt.TCPRetransFail).toBe(5);
    expect(rig.stack.snmp.tcp.RetransSegs).toBe(0);
    rig.memory.refuseObjects = false;
    rig.fault("B", "inbound", {});
    rig.runS(2);
    expect(sock.wmemQueuedBytes).toBe(0);
  });

  test("gives up after fifteen retransmissions into a cut, with an error, and frees everything", () => {
    const { rig, sock } = only();
    rig.stack.send(sock, [pattern(1000)], nothing());
    rig.runMs(100);
    rig.fault("B", "inbound", { cut: true });
    rig.stack.send(sock, [pattern(1000)], nothing());
    rig.runS(900);
    expect(sock.errno).toBeNull();
    rig.runS(30);
    expect(sock.errno).toBe("ETIMEDOUT");
    expect(sock.wmemQueuedBytes).toBe(0);
  });
});

describe("the end of a connection", () => {
  test("is orderly when both sides have said FIN, and nothing is left", () => {
    const { rig, sock, far } = only();
    rig.write(far, pattern(100));
    rig.hangUp(far, null);
    rig.runMs(100);
    expect(rig.stack.isAtEnd(sock)).toBe(false);
    rig.stack.recv(sock, 1000);
    expect(rig.stack.isAtEnd(sock)).toBe(true);
    rig.stack.close(sock);
    rig.runS(1);
    expect(far.closed).toBe("fin");
    expect(rig.stack.socks()).toEqual([]);
  });

  test("is a reset when unread data is thrown away", () => {
    const { rig, sock, far } = only();
    rig.write(far, pattern(100));
    rig.runMs(100);
    rig.stack.close(sock);
    rig.runS(1);
    expect(far.closed).toBe("reset");
    expect(rig.stack.liveSkbs).toBe(0);
  });

  test("after a reset of the peer what was received can be read, then there is the error", () => {
    const { rig, sock, far } = only();
    rig.write(far, pattern(5000));
    rig.hangUp(far, "ECONNRESET");
    rig.runMs(100);
    expect(joined(rig.stack.recv(sock, 1e6))).toEqual(pattern(5000));
    expect(sock.errno).toBe("ECONNRESET");
    expect(rig.stack.isAtEnd(sock)).toBe(true);
    rig.stack.close(sock);
    expect(rig.stack.socks()).toEqual([]);
  });

  test("a FIN without memory is sent later, and is sent", () => {
    const { rig, sock, far } = only();
    rig.memory.refuseObjects = true;
    rig.stack.close(sock);
    rig.runMs(100);
    expect(far.closed).toBe("no");
    rig.memory.refuseObjects = false;
    rig.runS(1);
    expect(far.closed).toBe("fin");
  });

  test("an orphan whose peer never says FIN goes after a minute", () => {
    const { rig, sock } = only();
    rig.stack.close(sock);
    rig.runS(59);
    expect(rig.stack.socks().length).toBe(1);
    rig.runS(3);
    expect(rig.stack.socks().length).toBe(0);
  });
});

describe("listening", () => {
  test("a full accept queue drops SYNs, and the peer gets in when there is room", () => {
    const rig = new Rig();
    const listener = rig.stack.listen(80, 2);
    for (let i = 0; i < 5; i++) rig.dial(80);
    rig.runMs(500);
    expect(listener.ready.length).toBe(3);
    expect(rig.stack.snmp.tcpExt.ListenOverflows).toBeGreaterThan(0);
    for (let i = 0; i < 3; i++) rig.stack.accept(listener);
    rig.runS(10);
    expect(listener.ready.length).toBe(2);
  });

  test("without memory for a request the SYN is dropped, and comes again", () => {
    const rig = new Rig();
    const listener = rig.stack.listen(80);
    rig.memory.refuseObjects = true;
    rig.dial(80);
    rig.runMs(500);
    expect(listener.ready.length).toBe(0);
    rig.memory.refuseObjects = false;
    rig.runS(4);
    expect(listener.ready.length).toBe(1);
  });

  test("nobody listens: the peer is reset", () => {
    const rig = new Rig();
    const far = rig.dial(81);
    rig.runMs(50);
    expect(far.closed).toBe("reset");
    expect(rig.stack.drops.of("no-socket")).toBe(1);
  });
});

test("our own connection to a port that refuses ends with ECONNREFUSED", () => {
  const rig = new Rig();
  const sock = rig.stack.connect("C", 1);
  rig.runMs(50);
  expect(sock?.errno).toBe("ECONNREFUSED");
});

test("there is no connection to a peer without a link", () => {
  expect(new Rig().stack.connect("Z", 1)).toBeNull();
});
