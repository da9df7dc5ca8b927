import { describe, expect, test } from "vitest";
import { type FaultTarget, linkUnder, type OpenFault, targetText } from "#faults/index.ts";
import { LINK_DEFAULTS } from "#kernel/index.ts";

const latency = (id: string, target: FaultTarget, extra: number): OpenFault => ({
  id,
  name: "link.latency",
  target,
  args: { extra, jitter: 0 },
});
const oneWay: FaultTarget = { kind: "link", from: "A", to: "C", both: false };
const bothWays: FaultTarget = { ...oneWay, both: true };

test("faults on one link add up, whichever came first", () => {
  const one = latency("one", oneWay, 1_000);
  const two = latency("two", oneWay, 20_000);
  const both = linkUnder([one, two], { from: "A", to: "C" }, LINK_DEFAULTS);
  expect(both.latencyNs).toBe(LINK_DEFAULTS.latencyNs + 21_000);
  expect(linkUnder([two, one], { from: "A", to: "C" }, LINK_DEFAULTS)).toEqual(both);
});

describe("the way back", () => {
  const back = { from: "C", to: "A" };
  test("is left alone by A->C", () => {
    expect(linkUnder([latency("f", oneWay, 1)], back, LINK_DEFAULTS)).toEqual(LINK_DEFAULTS);
  });
  test("is struck by A<->C", () => {
    expect(linkUnder([latency("f", bothWays, 1)], back, LINK_DEFAULTS)).not.toEqual(LINK_DEFAULTS);
  });
});

test("a narrower link stays narrow under a wider fault", () => {
  const narrow = { ...LINK_DEFAULTS, bandwidthBytesPerSec: 1_000 };
  const fault: OpenFault = {
    id: "f",
    name: "link.bandwidth",
    target: oneWay,
    args: { bandwidth: 50_000 },
  };
  expect(linkUnder([fault], { from: "A", to: "C" }, narrow)).toEqual(narrow);
});

test("targets are called what scenarios call them", () => {
  expect(targetText(oneWay)).toBe("A->C");
  expect(targetText(bothWays)).toBe("A<->C");
  expect(targetText({ kind: "load", machine: "A", name: "hog" })).toBe("A/hog");
});
