// Each thing that must hold of a run's end is found broken when it is: asked of runs that are made up.

import { describe, expect, test } from "vitest";
import type { RunResult } from "#coordinator/scenario/index.ts";
import {
  type Breach,
  brokenAtEnd,
  brokenByCopies,
  brokenByEngines,
  brokenProof,
  type End,
} from "#coordinator/study/swarm/breach.ts";
import type { RunOutcome } from "#sim/index.ts";

const check = (id: string, status: "pass" | "fail", message = ""): RunResult["checks"][number] =>
  ({ id, status, message }) as RunResult["checks"][number];

interface Said {
  readonly checks?: RunResult["checks"];
  readonly why?: readonly string[];
}

function endOf({ checks = [], why = ["all of them go on"] }: Said, end: Partial<End> = {}): End {
  const result = { judged: "recovers", checks, why } as unknown as RunResult;
  return { result, simNs: 10, untilNs: 20, isSpoilt: false, lost: [], ...end };
}

const invariantOf = (breach: Breach | null): string | null => breach?.invariant ?? null;

describe("the end of a run", () => {
  test("of which nothing is wrong breaks nothing", () => {
    const checks = [check("accounting-A", "pass"), check("ran", "fail")];
    expect(brokenAtEnd(endOf({ checks }))).toBeNull();
  });

  test("a page that came back as another breaks integrity, unless a fault spoils pages", () => {
    const said = { checks: [check("integrity", "fail", "another page")] };
    expect(brokenAtEnd(endOf(said))).toEqual({ invariant: "integrity", message: "another page" });
    expect(brokenAtEnd(endOf(said, { isSpoilt: true }))).toBeNull();
  });

  test("an acknowledged page that is gone breaks kept, and the first one is told", () => {
    const breach = brokenAtEnd(endOf({}, { lost: ["page 7 of hog", "page 8 of hog"] }));
    expect(breach).toEqual({ invariant: "kept", message: "page 7 of hog" });
  });

  test("pages that do not add up break accounting", () => {
    const checks = [check("accounting-A", "pass"), check("accounting-D", "fail", "3 too many")];
    const breach = brokenAtEnd(endOf({ checks }));
    expect(breach).toEqual({ invariant: "accounting", message: "3 too many" });
  });

  test("a verdict that comes too late, or without a reason, breaks judged", () => {
    expect(brokenAtEnd(endOf({}, { simNs: 20 }))).toBeNull();
    expect(invariantOf(brokenAtEnd(endOf({}, { simNs: 21 })))).toBe("judged");
    expect(invariantOf(brokenAtEnd(endOf({ why: [""] })))).toBe("judged");
  });
});

test("a machine that does anything after its proof breaks it", () => {
  const proven = { name: "A", useful: 5, atNs: 1, nowNs: 9 };
  expect(brokenProof({ ...proven, usefulNow: 5 })).toBeNull();
  const breach = brokenProof({ ...proven, usefulNow: 8 });
  expect(breach).toMatchObject({
    invariant: "proof",
    message: expect.stringContaining("3 useful"),
  });
});

describe("three runs of one seed", () => {
  const outcome = (digest: string): RunOutcome =>
    ({ result: { judged: "wedged" }, digest, simNs: 1 }) as RunOutcome;
  const broken = (first: string, loaded: string, second: string): string | null =>
    invariantOf(
      brokenByCopies({
        ...{ first: outcome(first), loaded: outcome(loaded), fromNs: 1 },
        again: () => outcome(second),
      }),
    );

  test("that are alike break nothing, and the third is not run", () => {
    expect(broken("x", "x", "not run")).toBeNull();
  });

  test("of which the loaded one alone differs break saved", () => {
    expect(broken("x", "y", "x")).toBe("saved");
  });

  test("of which the repeated one differs too break repeats, whatever was saved", () => {
    expect(broken("x", "y", "y")).toBe("repeats");
  });
});

test("a verdict on sockets that virtual time never has, for none of the seeds, breaks engines", () => {
  const others = ["recovers", "degraded"] as const;
  const of = (sockets: "wedged" | "degraded" | "recovers") =>
    invariantOf(brokenByEngines({ sockets, virtual: "recovers", others }));
  expect([of("wedged"), of("degraded"), of("recovers")]).toEqual(["engines", null, null]);
});
