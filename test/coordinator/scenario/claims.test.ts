// The table of claims: what is refused of it, how a claim is judged, and that the shipped one names what there is.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  type Claim,
  type ClaimCase,
  judgeClaim,
  openScenario,
  type RunResult,
  readClaims,
} from "#coordinator/scenario/index.ts";

const table = (cases: string): string =>
  `claims:\n  - id: A1\n    who: w\n    thread: t\n    says: s\n    cases:\n${cases}`;

const messagesOf = (text: string): string[] => {
  const read = readClaims(text, "claims.yaml");
  return read.ok ? [] : read.diagnostics.map(({ line, message }) => `${line}: ${message}`);
};

function claimOf(cases: string): Claim {
  const read = readClaims(table(cases), "claims.yaml");
  const claim = read.ok ? read.claims[0] : undefined;
  if (claim === undefined) throw new Error(messagesOf(table(cases)).join("\n"));
  return claim;
}

const CASE = "      - { scenario: a, variant: v, ends: [wedged] }\n";
const CONTROL = "      - { scenario: a, variant: w, ends: [recovers], without: the flood }\n";

const runOf = (parts: Partial<RunResult>): RunResult => ({
  scenario: "a",
  variant: "v",
  seed: 1,
  status: "pass",
  verdict: "wedged",
  certainty: "certain",
  judged: "wedged",
  why: [],
  pagesPerSec: 0,
  unfinished: [],
  endedNs: 0,
  checks: [],
  faults: [],
  ...parts,
});

const checkOf = (id: string, status: "pass" | "fail", value: number) => ({
  id,
  kind: "threshold" as const,
  status,
  severity: "error" as const,
  atNs: 0,
  value,
  valueText: `${value} pages`,
  expected: "",
  anchor: null,
  line: 1,
  message: "",
});

/** Runs by variant. */
const judged = (claim: Claim, runs: Readonly<Record<string, readonly RunResult[]>>) =>
  judgeClaim(claim, ({ variant }: ClaimCase) => runs[variant] ?? []);

test("what is wrong with a table is said with its line", () => {
  expect(messagesOf(table("      - { scenario: a, variant: v, ends: [wedge] }\n"))).toEqual([
    expect.stringMatching(/^7: "wedge" is not known; expected one of recovers/),
  ]);
  expect(messagesOf(table(CONTROL))).toEqual([
    "7: a control stands behind the case it is a control of",
  ]);
  const same = '      - { scenario: a, variant: v, ends: [wedged], same: "because" }\n';
  expect(messagesOf(table(same))).toEqual([
    "7: only a control, which says what is taken away in `without`, has `same`",
  ]);
  const empty = "claims:\n  - { id: A1, who: w, thread: t, says: s, cases: [] }\n";
  expect(messagesOf(empty)).toEqual([
    "2: nothing is run and nothing says why; expected a case, or `open`",
  ]);
  const twice = `${table(CASE)}  - { id: A1, who: w, thread: t, says: s, cases: [], open: later }\n`;
  expect(messagesOf(twice)).toEqual(['8: "A1" is a claim already']);
});

test("it holds when every run of every case does what was argued", () => {
  const claim = claimOf(CASE + CONTROL);
  const runs = { v: [runOf({}), runOf({ seed: 2 })], w: [runOf({ verdict: "recovers" })] };
  const result = judged(claim, runs);
  expect(result.holds).toBe("yes");
  expect(result.cases.map(({ flips }) => flips)).toEqual([null, true]);
});

test("one run against it is enough, and is named", () => {
  const runs = { v: [runOf({}), runOf({ seed: 2, verdict: "degraded" })] };
  const result = judged(claimOf(CASE), runs);
  expect(result.holds).toBe("no");
  expect(result.cases[0]?.against).toEqual(["seed 2 degraded"]);
  expect(result.cases[0]?.verdicts).toEqual([
    { verdict: "wedged", count: 1 },
    { verdict: "degraded", count: 1 },
  ]);
});

test("a run that proves nothing leaves it open, and so does one that was not run", () => {
  expect(judged(claimOf(CASE), { v: [runOf({ verdict: "inconclusive" })] }).holds).toBe("open");
  expect(judged(claimOf(CASE), {}).holds).toBe("open");
});

test("a control whose verdict stays counts against it, unless the table says why it stays", () => {
  const stays = CONTROL.replace("recovers", "wedged");
  const runs = { v: [runOf({})], w: [runOf({})] };
  const result = judged(claimOf(CASE + stays), runs);
  expect([result.holds, result.cases[1]?.flips]).toEqual(["no", false]);
  const told = stays.replace("the flood", "the flood, same: it binds sooner");
  expect(judged(claimOf(CASE + told), runs).holds).toBe("yes");
});

test("checks that a case asks for must pass, and figures are the least and most of all seeds", () => {
  const asked =
    "      - { scenario: a, variant: v, ends: [wedged], shows: [floor], figures: [{ check: floor, about: free }] }\n";
  const runs = [9, 10, 8].map((pages) => runOf({ checks: [checkOf("floor", "pass", pages)] }));
  const result = judged(claimOf(asked), { v: runs });
  expect(result.holds).toBe("yes");
  expect(result.cases[0]?.figures).toEqual([{ about: "free", least: "8 pages", most: "10 pages" }]);
  const failing = [...runs, runOf({ seed: 4, checks: [checkOf("floor", "fail", 3)] })];
  expect(judged(claimOf(asked), { v: failing }).cases[0]?.against).toEqual([
    "seed 4 wedged, floor fail (3 pages)",
  ]);
  expect(judged(claimOf(asked), { v: [runOf({})] }).holds).toBe("open");
});

const path = "scenarios/claims/threads.yaml";
const shipped = readClaims(readFileSync(path, "utf8"), path);
const claims = shipped.ok ? shipped.claims : [];

test("the shipped table has no mistake", () => {
  expect(messagesOf(readFileSync(path, "utf8"))).toEqual([]);
  expect(claims.length).toBeGreaterThan(2);
});

test.each(claims.flatMap(({ id, cases }) => cases.map((each) => ({ id, ...each }))))(
  "$id: $scenario/$variant is there, with the checks it asks for",
  ({ scenario, variant, shows = [], figures = [] }) => {
    const file = `scenarios/${scenario}.yaml`;
    const opened = openScenario(readFileSync(file, "utf8"), file);
    const resolved = opened.ok ? opened.scenario.resolve({ variant }) : opened;
    const checks = resolved.ok ? resolved.scenario.checks.map(({ id }) => id) : [];
    expect(checks).toEqual(
      expect.arrayContaining([...shows, ...figures.map(({ check }) => check)]),
    );
    expect(resolved.ok).toBe(true);
  },
);

test("no source knows a claim by its id", () => {
  const ids = new RegExp(`["'\`](${claims.map(({ id }) => id).join("|")})["'\`]`);
  const folders = ["kernel", "explain", "faults", "sim", "coordinator", "cli"];
  const sources = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => `${folder}/${file}`),
  );
  expect(sources.length).toBeGreaterThan(200);
  expect(sources.filter((file) => ids.test(readFileSync(file, "utf8")))).toEqual([]);
  expect(ids.test(`if (id === "${claims[0]?.id}")`)).toBe(true);
});
