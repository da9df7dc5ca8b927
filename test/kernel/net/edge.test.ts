import { describe, expect, test } from "vitest";
import { pattern, Rig, type RigSpec } from "./rig.ts";

/** When each of `count` datagrams is taken in, in ns. */
function instants(count: number, bytes: number, spec: RigSpec): number[] {
  const rig = new Rig(spec);
  rig.stack.udpBind(9);
  for (let i = 0; i < count; i++) rig.stack.datagram("B", 5, 9, pattern(bytes));
  const at: number[] = [];
  let seen = 0;
  while (rig.timers.nextAtNs < 1e9) {
    rig.timers.fire();
    for (; seen < rig.stack.snmp.ip.InReceives; seen++) at.push(rig.nowNs);
  }
  return at;
}

describe("a link", () => {
  test("takes bytes ÷ bandwidth, then its latency", () => {
    const [atNs] = instants(1, 958, {
      link: { bandwidthBytesPerSec: 1_000_000, latencyNs: 5_000_000 },
    });
    // 958 bytes, 42 of headers, 24 of preamble, checksum and gap.
    expect(atNs).toBe(5_000_000 + 1_024_000);
  });

  test("carries one frame after the other", () => {
    const at = instants(10, 958, { link: { bandwidthBytesPerSec: 1_000_000 } });
    expect((at[9] ?? 0) - (at[0] ?? 0)).toBe(9 * 1_024_000);
  });

  test("with jitter delays each differently and lets none overtake", () => {
    const at = instants(30, 958, {
      link: { bandwidthBytesPerSec: 1_000_000, jitterNs: 3_000_000 },
    });
    const gaps = at.slice(1).map((ns, i) => ns - (at[i] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
    expect(new Set(gaps).size).toBeGreaterThan(5);
  });

  test("with loss loses about as many as it says, by its seed", () => {
    const at = instants(1000, 10, { link: { lossPerMillion: 200_000 }, net: { ringSize: 4096 } });
    expect(at.length).toBeGreaterThan(740);
    expect(at.length).toBeLessThan(860);
  });

  test("that is cut loses what is in flight; one that is held keeps it", () => {
    for (const [fault, arrives] of [
      [{ cut: true }, 0],
      [{ held: true }, 5],
    ] as const) {
      const rig = new Rig();
      rig.stack.udpBind(9);
      for (let i = 0; i < 5; i++) rig.stack.datagram("B", 5, 9, pattern(10));
      rig.fault("B", "inbound", fault);
      rig.runMs(50);
      expect(rig.stack.snmp.ip.InReceives).toBe(0);
      rig.fault("B", "inbound", {});
      rig.runMs(50);
      expect(rig.stack.snmp.ip.InReceives).toBe(arrives);
    }
  });

  test("to one peer does not delay another's frames", () => {
    const rig = new Rig({ link: { bandwidthBytesPerSec: 100_000 } });
    rig.stack.udpBind(9);
    for (let i = 0; i < 20; i++) rig.stack.datagram("B", 5, 9, pattern(1000));
    rig.stack.datagram("C", 6, 9, pattern(1000));
    rig.runMs(15);
    expect(rig.stack.snmp.ip.InReceives).toBe(2);
  });
});

describe("a foreign peer", () => {
  test("gets what was sent during a cut only after our retransmission, and nothing twice", () => {
    const rig = new Rig({ foreign: true });
    const listener = rig.stack.listen(80);
    const far = rig.dial(80);
    rig.runMs(20);
    const sock = rig.stack.accept(listener);
    rig.fault("B", "outbound", { cut: true });
    if (sock !== null) rig.stack.send(sock, [pattern(500)], { takenBytes: 0, lack: null });
    rig.runMs(2000);
    expect(far.gotBytes).toBe(0);
    rig.fault("B", "outbound", {});
    rig.runS(5);
    expect(far.gotBytes).toBe(500);
    expect(sock?.wmemQueuedBytes).toBe(0);
  });
});

test("a flood that is stopped leaves what was taken in, and its unsent bytes vanish", () => {
  const rig = new Rig();
  const listener = rig.stack.listen(80);
  const far = rig.dial(80);
  rig.runMs(20);
  const sock = rig.stack.accept(listener);
  rig.write(far, pattern(200_000));
  rig.runS(1);
  const unread = sock?.availableBytes ?? 0;
  expect(unread).toBeGreaterThan(0);
  rig.hangUp(far, "ECONNRESET");
  rig.runS(1);
  expect(sock?.availableBytes).toBe(unread);
  expect(sock?.state).toBe("closed");
});

test("a reset that is lost is repeated as soon as we send anything", () => {
  const rig = new Rig();
  const listener = rig.stack.listen(80);
  const far = rig.dial(80);
  rig.runMs(20);
  const sock = rig.stack.accept(listener);
  rig.fault("B", "inbound", { cut: true });
  rig.hangUp(far, "ECONNRESET");
  rig.runMs(50);
  rig.fault("B", "inbound", {});
  expect(sock?.state).toBe("established");
  if (sock !== null) rig.stack.send(sock, [pattern(10)], { takenBytes: 0, lack: null });
  rig.runS(1);
  expect(sock?.errno).toBe("ECONNRESET");
});
