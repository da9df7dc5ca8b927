import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Era } from "#kernel/era.ts";
import { eras } from "#kernel/era.ts";
import { type DriverName, drivers } from "#kernel/net/drivers.ts";
import type { Sock } from "#kernel/net/sock.ts";
import type { SendResult } from "#kernel/net/tcp-output.ts";
import { type Far, joined, pattern, Rig, same } from "./rig.ts";

// Anything may happen to a stack, in any order. Whatever it was, every parked stream has a timer, every byte arrives as it
// was written, and in the end every page is back.

type Act =
  | { readonly do: "write" | "send" | "read"; readonly who: number; readonly bytes: number }
  | { readonly do: "pass"; readonly ms: number }
  | {
      readonly do: "fault";
      readonly kind: "cut" | "held" | "heal";
      readonly way: "inbound" | "outbound";
    }
  | { readonly do: "memory"; readonly floor: number; readonly objects: boolean }
  | { readonly do: "datagram"; readonly bytes: number };

const anyAct: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    do: fc.constantFrom("write" as const, "send" as const, "read" as const),
    who: fc.nat({ max: 2 }),
    bytes: fc.integer({ min: 1, max: 40_000 }),
  }),
  fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 700 }) }),
  fc.record({
    do: fc.constant("fault" as const),
    kind: fc.constantFrom("cut" as const, "held" as const, "heal" as const),
    way: fc.constantFrom("inbound" as const, "outbound" as const),
  }),
  fc.record({
    do: fc.constant("memory" as const),
    floor: fc.constantFrom(0, 0, 3000, 1 << 20),
    objects: fc.boolean(),
  }),
  fc.record({ do: fc.constant("datagram" as const), bytes: fc.integer({ min: 1, max: 20_000 }) }),
);

const names = Object.keys(drivers).filter((name): name is DriverName => name in drivers);
const anySetup = fc.record({
  era: fc.constantFrom<Era>(...eras),
  driver: fc.constantFrom(...names),
  arp: fc.constantFrom("warm" as const, "cold" as const),
  perWriteSegments: fc.boolean(),
  lossPerMillion: fc.constantFrom(0, 0, 20_000),
  seed: fc.nat({ max: 1000 }),
});

interface Pair {
  readonly sock: Sock;
  readonly far: Far;
  written: number;
  sent: number;
  readonly read: Uint8Array[];
}

class Trial {
  readonly rig: Rig;
  readonly pairs: Pair[] = [];

  constructor(setup: typeof anySetup extends fc.Arbitrary<infer T> ? T : never) {
    const { era, driver, arp, perWriteSegments, lossPerMillion, seed } = setup;
    const net = { driver, arp, perWriteSegments, ringSize: 48 };
    this.rig = new Rig({ era, net, seed, pages: 6000, link: { lossPerMillion, jitterNs: 50_000 } });
    const listener = this.rig.stack.listen(80);
    const fars = [this.rig.dial(80, "B"), this.rig.dial(80, "C")];
    const swap = this.rig.stack.connect("C", 10_809);
    this.rig.runS(30);
    for (let i = 0; i < fars.length; i++) {
      const sock = this.rig.stack.accept(listener);
      if (sock !== null) this.#add(sock);
    }
    if (swap !== null) {
      this.rig.stack.setMemalloc(swap, true);
      this.#add(swap);
    }
    this.rig.stack.udpBind(9);
  }

  #add(sock: Sock): void {
    this.pairs.push({ sock, far: this.rig.farOf(sock.wire.id), written: 0, sent: 0, read: [] });
  }

  /** Stand where `other` stands. */
  copyFrom(other: Trial): void {
    this.rig.copyFrom(other.rig);
    this.pairs.splice(0, this.pairs.length);
    for (const pair of other.pairs) {
      const sock = this.rig.stack.sockById(pair.sock.id);
      const far = this.rig.farOf(pair.far.id);
      if (sock !== null) this.pairs.push({ ...pair, sock, far, read: [...pair.read] });
    }
  }

  act(act: Act): void {
    const { rig } = this;
    switch (act.do) {
      case "pass":
        rig.runMs(act.ms);
        break;
      case "fault":
        rig.fault("C", act.way, act.kind === "heal" ? {} : { [act.kind]: true });
        break;
      case "memory":
        rig.memory.floorPages = act.floor;
        rig.memory.refuseObjects = act.objects;
        break;
      case "datagram":
        rig.stack.datagram("B", 1, 9, pattern(act.bytes));
        break;
      case "write":
      case "send":
      case "read":
        this.#move(act.do, act.who, act.bytes);
        break;
    }
    rig.stack.assertAlive();
  }

  #move(what: "write" | "send" | "read", who: number, bytes: number): void {
    const pair = this.pairs[who];
    if (pair === undefined) return;
    if (what === "read") pair.read.push(...this.rig.stack.recv(pair.sock, bytes));
    else if (what === "write") {
      this.rig.write(pair.far, pattern(bytes, pair.written));
      pair.written += bytes;
    } else {
      const result: SendResult = { takenBytes: 0, lack: null };
      this.rig.stack.send(pair.sock, [pattern(bytes, pair.sent)], result);
      pair.sent += result.takenBytes;
    }
  }

  /** Heal everything, read everything, and wait. */
  settle(): void {
    const { rig } = this;
    rig.memory.floorPages = 0;
    rig.memory.refuseObjects = false;
    rig.fault("C", "inbound", {});
    rig.fault("C", "outbound", {});
    for (let i = 0; i < 400; i++) {
      for (const pair of this.pairs) pair.read.push(...rig.stack.recv(pair.sock, 1e9));
      rig.runS(1);
    }
  }
}

test("whatever happens, all bytes arrive as they were written and all memory comes back", async () => {
  const property = fc.property(anySetup, fc.array(anyAct, { maxLength: 40 }), (setup, acts) => {
    const trial = new Trial(setup);
    for (const act of acts) trial.act(act);
    expect(trial.pairs.length).toBe(3);
    trial.settle();
    for (const { sock, far, written, sent, read } of trial.pairs) {
      expect(sock.errno).toBeNull();
      expect(same(joined(read), pattern(written))).toBe(true);
      expect(same(joined(far.got), pattern(sent))).toBe(true);
      expect(sock.isAllAcked).toBe(true);
    }
    const { stack, memory } = trial.rig;
    expect(stack.tcpMemory.chargedPages).toBeLessThan(stack.socks().length * 2);
    stack.shutDown();
    expect(memory.pagesInUse).toBe(0);
    expect(memory.objects).toBe(0);
    expect(stack.liveSkbs).toBe(0);
    expect(stack.tcpMemory.chargedPages).toBe(0);
  });
  await fc.assert(property, { seed: 1, numRuns: 30 });
});

describe("a saved stack", () => {
  test("goes on as the first one does, to the last digit of the digest", async () => {
    const property = fc.property(
      anySetup,
      fc.array(anyAct, { maxLength: 25 }),
      fc.array(anyAct, { minLength: 5, maxLength: 15 }),
      (setup, before, after) => {
        const first = new Trial(setup);
        for (const act of before) first.act(act);
        const second = new Trial(setup);
        second.copyFrom(first);
        for (const act of after) {
          first.act(act);
          second.act(act);
          expect(second.rig.trace.digest.hex()).toBe(first.rig.trace.digest.hex());
        }
        const [ours, theirs] = [second, first].map(({ rig }) => rig.stack.save());
        expect(ours?.socks).toEqual(theirs?.socks);
        expect(ours?.cards).toEqual(theirs?.cards);
        expect(ours?.memory).toEqual(theirs?.memory);
        expect(ours?.context).toEqual(theirs?.context);
      },
    );
    await fc.assert(property, { seed: 1, numRuns: 15 });
  });
});

test("the same seed gives the same run, another one does not", () => {
  const digest = (seed: number): string => {
    const rig = new Rig({ seed, link: { lossPerMillion: 10_000, jitterNs: 100_000 } });
    rig.stack.listen(80);
    const far = rig.dial(80);
    rig.write(far, pattern(200_000));
    rig.runS(5);
    return rig.trace.digest.hex();
  };
  expect(digest(1)).toBe(digest(1));
  expect(digest(1)).not.toBe(digest(2));
});
