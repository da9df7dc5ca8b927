// What is refused, and how a plan is shared out.

import { expect, test } from "vitest";
import { checkPlan, type FloodPlan, targetOf } from "#traffic/index.ts";
import { sharesOf } from "#traffic/plan.ts";

const plan: FloodPlan = {
  target: targetOf("http://127.0.0.1:7000/", []),
  model: "open",
  ratePerSec: 1000,
  pattern: "constant",
  connections: 10,
  payloadBytes: 256,
  shape: "request",
  slowReaders: 3,
  forMs: 1000,
  seed: 1,
  batch: 256,
};

test.each(["http://127.0.0.1:7000/", "http://localhost/", "http://[::1]:80/", "udp://127.1.2.3:9"])(
  "%s is this machine",
  (url) => {
    expect(targetOf(url, []).port).toBeGreaterThan(0);
  },
);

test.each([
  ["http://192.168.0.7:7000/", [], "is not this machine"],
  ["http://example.org/", [], "--allow-host example.org"],
  ["http://example.org/", ["example.org"], "only names without a dot"],
  ["http://8.8.8.8/", ["8.8.8.8"], "only names without a dot"],
  ["http://172.32.0.1/", ["172.32.0.1"], "only names without a dot"],
  ["https://127.0.0.1/", [], "expected http://"],
  ["udp://127.0.0.1", [], "names no port"],
  ["127.0.0.1:7000", [], "expected http://"],
])("%s with %j is refused: %s", (url, allowed, sentence) => {
  expect(() => targetOf(url, allowed)).toThrow(sentence);
});

test.each(["a", "10.1.2.3", "172.31.0.1", "192.168.0.7", "[fd00::1]"])(
  "%s may be allowed by name",
  (host) => {
    const bare = host.replace(/[[\]]/g, "");
    expect(targetOf(`http://${host}:7000/`, [bare]).host).toBe(bare);
  },
);

test.each([
  [{ connections: 100_000 }, "--connections"],
  [{ ratePerSec: 0 }, "--rate"],
  [{ ratePerSec: null }, "--rate"],
  [{ forMs: 1e9 }, "--for"],
  [{ slowReaders: 11 }, "--slow-readers"],
  [{ shape: "stream", payloadBytes: 0 }, "--stream"],
  [{ shape: "stream", model: "closed" }, "--stream"],
  [{ target: targetOf("udp://127.0.0.1:9", []), shape: "pipeline" }, "are about HTTP"],
  [{ target: targetOf("udp://127.0.0.1:9", []), payloadBytes: 65_508 }, "--payload"],
] as const)("%j is refused: %s", (part, sentence) => {
  expect(() => checkPlan({ ...plan, ...part })).toThrow(sentence);
});

test("shares add up to the plan, and none is without a connection", () => {
  for (const workers of [1, 3, 10, 32]) {
    const shares = sharesOf(plan, workers);
    expect(shares).toHaveLength(Math.min(workers, 10));
    const sum = (of: (share: (typeof shares)[number]) => number): number =>
      shares.reduce((total, share) => total + of(share), 0);
    expect([sum((s) => s.connections), sum((s) => s.slowReaders)]).toEqual([10, 3]);
    expect(sum((s) => s.ratePerSec ?? 0)).toBeCloseTo(1000);
    expect(Math.min(...shares.map((s) => s.connections))).toBeGreaterThan(0);
  }
});
