// What every fault must hold, over the registry.

import { describe, expect, test } from "vitest";
import {
  type Fault,
  type FaultArgs,
  type FaultTarget,
  faults,
  isFaultName,
  isPausedUnder,
  linkUnder,
  type OpenFault,
  RECEIPT_COUNTERS,
  storeUnder,
} from "#faults/index.ts";
import { LINK_DEFAULTS, type LinkState, type StoreState } from "#kernel/index.ts";

const link: LinkState = { ...LINK_DEFAULTS, lossPerMillion: 10 };
const store: StoreState = { latencyNs: 100_000, stalled: false };
const direction = { from: "A", to: "C" };

/** A value for each argument that changes something, in the units of its dimension. */
const argsOf = (fault: Fault): FaultArgs =>
  Object.fromEntries(Object.keys(fault.args).map((name) => [name, 1_000_000]));

const targets: Record<Fault["target"], FaultTarget> = {
  link: { kind: "link", from: "A", to: "C", both: false },
  "swap-server": { kind: "host", host: "C" },
  host: { kind: "host", host: "C" },
  load: { kind: "load", machine: null, name: "flood" },
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
});

describe.each(Object.entries(faults))("%s", (name, fault: Fault) => {
  test("is registered under its own name, which says what it strikes", () => {
    expect(fault.name).toBe(name);
    expect(name).toMatch(/^(swap|link|node|load|mem)\.[a-z]+$/);
  });

  test("changes what it is aimed at", () => {
    const changed =
      fault.effect.on === "load" ? fault.effect.action : judged([opened(name, fault)]);
    expect(changed).not.toEqual(judged([]));
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
  });

  test("has a receipt that an engine counts", () => {
    expect(Object.keys(RECEIPT_COUNTERS)).toContain(fault.receipt.counter);
    expect(fault.receipt.means).not.toBe("");
  });
});
