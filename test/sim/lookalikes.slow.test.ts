// What a run says of the rules that it could not have told from its own, held against runs under those rules.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { runStudyJob, type StudyRun } from "#coordinator/study/index.ts";

const file = "test/fixtures/nbd-sender.yaml";
const text = readFileSync(file, "utf8");
const DECISIONS = ["reserve", "receive", "reclaim", "throttle", "limits", "criticality"];

function runOf(rules: readonly string[], watched?: string): StudyRun {
  const settings =
    rules.length === 0
      ? []
      : [`policies.other={ extends: vanilla-nbd, ${rules.join(", ")} }`, "nodes.A.policy=other"];
  const job = { file, text, variant: null, policy: null, settings, seed: 1 };
  return runStudyJob({ ...job, ...(watched === undefined ? {} : { watched }) });
}

const endOf = ({ result, digest, simNs, proof }: StudyRun) => ({ result, digest, simNs, proof });
const plain = runOf([]);
const watched = runOf([], "A");

test("who is watched does what it does alone", () => {
  expect(endOf(watched)).toEqual(endOf(plain));
  expect(plain.alike).toEqual([]);
});

test("a run under any rule that is named is the same run, and so is one under one of each decision", () => {
  expect(watched.alike.length).toBeGreaterThan(3);
  for (const rule of watched.alike) expect(endOf(runOf([rule]))).toEqual(endOf(plain));
  const first = DECISIONS.flatMap(
    (decision) => watched.alike.find((rule) => rule.startsWith(decision)) ?? [],
  );
  expect(first.length).toBeGreaterThan(1);
  expect(endOf(runOf(first))).toEqual(endOf(plain));
});

test("a rule that makes another run is not named", () => {
  const rule = "criticality: swap-socket";
  expect(runOf([rule]).digest).not.toBe(plain.digest);
  expect(watched.alike).not.toContain(rule);
});
