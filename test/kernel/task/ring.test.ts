import { expect, test } from "vitest";
import { fromMs } from "#base/units.ts";
import {
  decodeRing,
  encodeRing,
  RING_TIMES,
  Ring,
  type RingMessage,
} from "../../../kernel/task/ring.ts";

// Rings without machines: what one says the other hears a tenth of a millisecond later.

const NAMES = ["P", "A", "C", "D"];
const LOCK = ["C", "D"];
const STEP_NS = fromMs(1) / 10;
const TIMES = RING_TIMES["openais-2004"];

interface Way {
  readonly from: string;
  readonly to: string;
  readonly message: RingMessage;
}

class Nodes {
  readonly rings = new Map(NAMES.map((name) => [name, new Ring(name, NAMES, TIMES)]));
  nowNs = 0;
  /** Nodes that neither hear nor do anything. */
  readonly still = new Set<string>();
  isLost: (way: Way) => boolean = () => false;

  constructor() {
    for (const ring of this.rings.values()) ring.start(0);
  }

  of(name: string): Ring {
    const ring = this.rings.get(name);
    if (ring === undefined) throw new Error(`no ${name}`);
    return ring;
  }

  counts(): number[] {
    return NAMES.map((name) => this.of(name).memberCount);
  }

  /** One step for each; `look` sees what came of it. */
  run(forMs: number, look: () => void = () => {}): void {
    const untilNs = this.nowNs + fromMs(forMs);
    for (; this.nowNs < untilNs; this.nowNs += STEP_NS) {
      const said = NAMES.filter((name) => !this.still.has(name)).flatMap((from) =>
        this.#said(from),
      );
      for (const { from, to, message } of said) {
        if (this.still.has(to) || this.isLost({ from, to, message })) continue;
        const heard = decodeRing(encodeRing(message));
        if (heard !== null) this.of(to).hear(from, heard, this.nowNs);
        look();
      }
    }
  }

  #said(from: string): Way[] {
    const ring = this.of(from);
    while (ring.work(this.nowNs));
    const ways: Way[] = [];
    for (let letter = ring.take(); letter !== undefined; letter = ring.take())
      ways.push({ from, to: letter.peer, message: letter.message });
    return ways;
  }
}

const formed = (): Nodes => {
  const nodes = new Nodes();
  nodes.run(20);
  return nodes;
};

test("nobody has the lock before a majority has agreed; then one has, and the token goes round", () => {
  const nodes = new Nodes();
  expect(NAMES.map((name) => nodes.of(name).holderOf(LOCK))).toEqual([null, null, null, null]);
  nodes.run(500);
  expect(NAMES.map((name) => nodes.of(name).holderOf(LOCK))).toEqual(["C", "C", "C", "C"]);
  const tokens = NAMES.map((name) => nodes.of(name).tokens);
  expect(Math.min(...tokens)).toBeGreaterThanOrEqual(5);
  expect(Math.max(...tokens) - Math.min(...tokens)).toBeLessThanOrEqual(1);
});

test("a message that says nothing is none", () => {
  expect(decodeRing(new Uint8Array(31))).toBeNull();
  expect(decodeRing(new Uint8Array(32).fill(9))).toBeNull();
});

test("who stands still longer than the token timeout is expelled, who does not is not", () => {
  const outcomes = [200, 900].map((forMs) => {
    const nodes = formed();
    nodes.still.add("C");
    nodes.run(forMs);
    nodes.still.delete("C");
    nodes.run(1000);
    return [nodes.of("P").memberCount, nodes.of("C").holderOf(LOCK)];
  });
  expect(outcomes).toEqual([
    [4, "C"],
    [3, null],
  ]);
});

test("a dead one is a member until the token is lost, and for no longer than its questions take", () => {
  const nodes = formed();
  const sinceNs = nodes.nowNs;
  nodes.still.add("C");
  let expelledNs = 0;
  nodes.run(1000, () => {
    if (expelledNs === 0 && nodes.of("P").memberCount === 3) expelledNs = nodes.nowNs - sinceNs;
  });
  // The token was last seen at most one holding time before.
  expect(expelledNs).toBeGreaterThan(TIMES.tokenNs - TIMES.holdNs + TIMES.gatherNs);
  expect(expelledNs).toBeLessThan(TIMES.tokenNs + TIMES.gatherNs + fromMs(5));
});

test("the standby has fenced the first server before anybody goes by the new membership", () => {
  const nodes = formed();
  nodes.still.add("C");
  let wentFirst = 0;
  nodes.run(1000, () => {
    const isFenced = nodes.of("D").fenced.includes("C");
    const goes = ["P", "A", "D"].some((name) => nodes.of(name).holderOf(LOCK) === "D");
    if (goes && !isFenced) wentFirst++;
  });
  expect(wentFirst).toBe(0);
  expect(nodes.of("A").holderOf(LOCK)).toBe("D");
});

test("a server that reaches nobody lets go of the lock before another has it", () => {
  const nodes = formed();
  nodes.isLost = ({ from, to }) => from === "C" || to === "C";
  let both = 0;
  nodes.run(1000, () => {
    if (nodes.of("C").holderOf(LOCK) === "C" && nodes.of("D").holderOf(LOCK) === "D") both++;
  });
  expect(both).toBe(0);
  expect(nodes.of("D").holderOf(LOCK)).toBe("D");
});

test("half of them is no majority", () => {
  const nodes = formed();
  const isHere = (name: string): boolean => name === "P" || name === "A";
  nodes.isLost = ({ from, to }) => isHere(from) !== isHere(to);
  nodes.run(2000);
  expect(NAMES.map((name) => nodes.of(name).holderOf(LOCK))).toEqual([null, null, null, null]);
  nodes.isLost = () => false;
  nodes.run(1000);
  expect(nodes.counts()).toEqual([4, 4, 4, 4]);
  expect(nodes.of("D").holderOf(LOCK)).toBe("C");
});

test("one lost token costs nobody anything", () => {
  const nodes = formed();
  let lost = 0;
  nodes.isLost = ({ from, message }) => from === "A" && message.kind === "token" && lost++ === 0;
  nodes.run(1000);
  expect(lost).toBeGreaterThan(1);
  expect(NAMES.map((name) => nodes.of(name).losses)).toEqual([0, 0, 0, 0]);
  expect(nodes.counts()).toEqual([4, 4, 4, 4]);
});

test("who was expelled stays out, also with its power back", () => {
  const nodes = formed();
  nodes.still.add("C");
  nodes.run(1000);
  nodes.still.delete("C");
  nodes.rings.set("C", new Ring("C", NAMES, TIMES));
  nodes.of("C").start(nodes.nowNs);
  nodes.run(1000);
  expect(nodes.of("P").memberCount).toBe(3);
  expect(nodes.of("C").holderOf(LOCK)).toBeNull();
});

test("a ring that was saved in the middle of a commitment goes on as it would have", () => {
  const nodes = formed();
  nodes.still.add("C");
  const twin = new Ring("D", NAMES, TIMES);
  let isLoaded = false;
  nodes.run(1000, () => {
    if (isLoaded || nodes.of("D").fenced.length === 0) return;
    twin.load(structuredClone(nodes.of("D").save()));
    nodes.rings.set("D", twin);
    isLoaded = true;
  });
  expect(isLoaded).toBe(true);
  expect(twin.holderOf(LOCK)).toBe("D");
  expect(nodes.counts()[3]).toBe(3);
});
