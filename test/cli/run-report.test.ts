import { expect, test } from "vitest";
import { type RunReport, repeatCommand, whyOf } from "#cli/run-report.ts";
import { runDetails } from "#cli/run-text.ts";

const stopped: RunReport = {
  ...{ scenario: "s", file: "s.yaml", sha256: "", variant: "v", seed: 7, model: "", policy: null },
  ...{ settings: [], engine: "sockets", engineWords: ["--slowdown", "4", "--foreign", "B"] },
  ...{ ending: "node-lost", result: null, digest: "-", events: 0, simNs: 0, wallMs: 0 },
  ...{ machines: [], certificate: null, host: [], startedAt: "", bundle: null },
};
const late: RunReport = {
  ...stopped,
  ending: "judged",
  result: {
    ...{ scenario: "s", variant: "v", seed: 7, status: "inconclusive", verdict: "inconclusive" },
    ...{ certainty: null, judged: "wedged", why: ["it is proven", "A was 300 ms late"] },
    ...{ pagesPerSec: 0, unfinished: [], endedNs: 0, checks: [], faults: [] },
  },
  certificate: {
    ...{ schema: "unwedge-certificate/v1", machine: "A", atNs: 0, certainty: "certain" },
    ...{ sentences: [], cycle: [], owners: [], marks: [], resources: [], stuck: [], moved: [] },
  },
};

test("the command that repeats a run on sockets says how slow it was, and who was foreign", () => {
  expect(repeatCommand(stopped)).toBe(
    "unwedge run s.yaml --variant v --seed 7 --engine sockets --slowdown 4 --foreign B",
  );
});

test("a run that was not judged says what kept it from that", () => {
  expect(whyOf(stopped)).toEqual([expect.stringContaining("process was lost")]);
});

test("a run that was late says so, though its wedge is proven", () => {
  expect(runDetails(late, 80)).toContain("A was 300 ms late");
});
