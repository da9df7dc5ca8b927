// What every fault must hold, over the registry.

import { describe, expect, test } from "vitest";
import {
  balloonUnder,
  type Fault,
  type FaultArgs,
  type FaultTarget,
  faults,
  hogsUnder,
  isFaultName,
  isOffUnder,
  isPausedUnder,
  linkUnder,
  type OpenFault,
  RECEIPT_COUNTERS,
  rateUnder,
  storeUnder,
} from "#faults/index.ts";
import {
  LINK_DEFAULTS,
  type LinkState,
  STORE_STATE_DEFAULTS,
  type StoreState,
} from "#kernel/index.ts";

const link: LinkState = { ...LINK_DEFAULTS, lossPerMillion: 10 };
const store: StoreState = STORE_STATE_DEFAULTS;
const direction = { from: "A", to: "C" };

/** A value for each argument that changes something, in the units of its dimension. */
const argsOf = (fault: Fault): FaultArgs =>
  Object.fromEntries(Object.keys(fault.args).map((name) => [name, 1_000_000]));

const targets: Record<Fault["target"], FaultTarget> = {
  link: { kind: "link", from: "A", to: "C", both: false },
  "swap-server": { kind: "host", host: "C" },
  host: { kind: "host", host: "C" },
  group: { kind: "group", hosts: ["C"] },
  load: { kind: "load", machine: null, name: "flood" },
  traffic: { kind: "load", machine: null, name: "flood" },
};

function opened(name: string, fault: Fault): OpenFault {
  if (!isFaultName(name)) throw new Error(`${name} is in the registry`);
  return { id: "f", name, target: targets[fault.target], args: argsOf(fault) };
}

/** Everything a fault can change, as one value. */
const judged = (open: readonly OpenFault[]) => ({
  link: linkUnder(open, direction, link),
  store: storeUnder(open, "C", store),
  paused: isPausedUnder(open, "C"),
  rate: rateUnder(open, "flood"),
  balloon: balloonUnder(open, "C"),
  hogs: [...hogsUnder(open, "C")],
  isOff: isOffUnder(open, "C"),
});

describe.each(Object.entries(faults))("%s", (name, fault: Fault) => {
  test("is registered under its own name, which says what it strikes", () => {
    expect(fault.name).toBe(name);
    expect(name).toMatch(/^(swap|link|node|load|mem)\.[a-z]+$/);
  });

  test("changes what it is aimed at", () => {
    // What is done once, when it opens, changes no state: test/faults/standing.test.ts and the runs of test/sim have it.
    const isDeed =
      fault.effect.on === "load" || (fault.effect.on === "power" && fault.effect.off === "at-once");
    if (isDeed) expect(judged([opened(name, fault)])).toEqual(judged([]));
    else expect(judged([opened(name, fault)])).not.toEqual(judged([]));
  });

  test("leaves everything as it was once it has healed", () => {
    const before = judged([]);
    judged([opened(name, fault)]);
    expect(judged([])).toEqual(before);
  });

  test("judges alike when asked twice", () => {
    expect(judged([opened(name, fault)])).toEqual(judged([opened(name, fault)]));
  });

  test("leaves other hosts alone", () => {
    const open = [opened(name, fault)];
    expect(linkUnder(open, { from: "B", to: "A" }, link)).toEqual(link);
    expect(storeUnder(open, "C2", store)).toEqual(store);
    expect(isPausedUnder(open, "A")).toBe(false);
    expect(rateUnder(open, "drip")).toBe(null);
    expect(balloonUnder(open, "A")).toBe(0);
    expect([...hogsUnder(open, "A")]).toEqual([]);
    expect(isOffUnder(open, "A")).toBe(false);
  });

  test("has a receipt that an engine counts", () => {
    expect(Object.keys(RECEIPT_COUNTERS)).toContain(fault.receipt.counter);
    expect(fault.receipt.means).not.toBe("");
  });
});
