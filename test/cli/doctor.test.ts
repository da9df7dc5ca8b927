import { expect, test } from "vitest";
import { EXIT } from "#base/error.ts";
import { doctorExit, findingsOf, findingText, type HostFacts } from "#cli/doctor-findings.ts";

const WELL: HostFacts = {
  node: "24.1.0",
  cores: 8,
  load: 0.5,
  lateMs: 1,
  redis: { kind: "server", path: "/usr/bin/redis-server" },
  addressesMissing: [],
  url: "http://127.0.0.1:8080",
  port: "free",
  docker: "28.0.0",
  compose: "2.30.0",
};

const lame = (facts: Partial<HostFacts>) =>
  findingsOf({ ...WELL, ...facts }).filter(({ level }) => level !== "ok");

test("a host that has everything has nothing to mend", () => {
  expect(lame({})).toEqual([]);
  expect(findingsOf(WELL).every(({ fix }) => fix === null)).toBe(true);
  expect(doctorExit(findingsOf(WELL))).toBe(EXIT.ok);
});

const failing: readonly (readonly [string, Partial<HostFacts>])[] = [
  ["node", { node: "20.18.9" }],
  ["node", { node: "18.20.0" }],
  ["redis", { redis: { kind: "given-away" } }],
  ["redis", { redis: { kind: "given", complaint: "it evicts" } }],
  ["addresses", { addressesMissing: ["127.0.0.2", "127.0.0.3"] }],
];
test.each(failing)("%s %o: no cluster can be started, and what to do is said", (about, facts) => {
  const [only, ...others] = lame(facts);
  expect([only?.about, only?.level, others]).toEqual([about, "fail", []]);
  expect(findingText(only ?? failed())).toMatch(/\n +→ \S/);
  expect(doctorExit(lame(facts))).toBe(EXIT.skipped);
});

const slow: readonly (readonly [string, Partial<HostFacts>])[] = [
  ["cores", { cores: 2 }],
  ["cores", { load: 9 }],
  ["clock", { lateMs: 40 }],
  ["redis", { redis: { kind: "none" } }],
  ["port", { port: "taken" }],
  ["docker", { docker: null }],
  ["docker", { compose: null }],
];
test.each(slow)("%s %o: it works, worse", (about, facts) => {
  expect(lame(facts).map((each) => [each.about, each.level])).toEqual([[about, "warn"]]);
  expect(doctorExit(lame(facts))).toBe(EXIT.ok);
});

test.each(["20.19.0", "21.0.0", "26.3.1"])("Node %s is enough", (node) => {
  expect(lame({ node })).toEqual([]);
});

function failed(): never {
  throw new Error("there is a finding");
}
