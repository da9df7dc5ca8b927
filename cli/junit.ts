// Runs as JUnit XML, for what shows tests: a suite for each scenario, a case for each check of each run.
//
// The format has no standard of its own; this is what Jenkins' and GitLab's readers take (testsuites, testsuite, properties,
// testcase, failure, skipped, error, system-out). What is inconclusive is skipped with its reason: it is never shown as green.

import type { CheckResult } from "#coordinator/scenario/index.ts";
import { certificateText } from "#explain/index.ts";
import { type RunReport, repeatCommand, verdictOf, whyOf } from "./run-report.ts";

const COLUMNS = 120;

export function junitText(reports: readonly RunReport[]): string {
  const scenarios = [...new Set(reports.map(({ scenario }) => scenario))];
  const suites = scenarios.map((scenario) =>
    suiteOf(
      scenario,
      reports.filter((report) => report.scenario === scenario),
    ),
  );
  return `${['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", ...suites.flat(), "</testsuites>"].join("\n")}\n`;
}

interface Case {
  readonly report: RunReport;
  /** null: the run was not judged. */
  readonly check: CheckResult | null;
  readonly outcome: "pass" | "failure" | "skipped" | "error";
}

function suiteOf(scenario: string, reports: readonly RunReport[]): string[] {
  const cases = reports.flatMap(casesOf);
  const [first] = reports;
  const count = (outcome: Case["outcome"]): number =>
    cases.filter((each) => each.outcome === outcome).length;
  const head = attributes({
    name: scenario,
    tests: cases.length,
    failures: count("failure"),
    errors: count("error"),
    skipped: count("skipped"),
    time: seconds(reports.reduce((sum, { wallMs }) => sum + wallMs, 0)),
    timestamp: first?.startedAt ?? "",
  });
  const properties = Object.entries({
    sha256: first?.sha256 ?? "",
    engine: first?.engine ?? "",
    model: first?.model ?? "",
  }).map(([name, value]) => `<property${attributes({ name, value })}/>`);
  return [
    `<testsuite${head}>`,
    `<properties>${properties.join("")}</properties>`,
    ...cases.map(caseText),
    "</testsuite>",
  ];
}

function casesOf(report: RunReport): Case[] {
  const { result } = report;
  if (result === null) return [{ report, check: null, outcome: "error" }];
  return result.checks.map((check) => ({ report, check, outcome: outcomeOf(check) }));
}

/** A check that is no error when it fails is told in the output of a case that passes. */
function outcomeOf({ severity, status }: CheckResult): Case["outcome"] {
  if (status === "pass" || severity !== "error") return "pass";
  return status === "fail" ? "failure" : "skipped";
}

function caseText({ report, check, outcome }: Case): string {
  const { scenario, variant, seed, file, wallMs } = report;
  const name = `${variant ?? "-"} › ${check?.id ?? "judged"} [seed ${seed}]`;
  // A run's time stands once, or it would be added up.
  const time = check === null || check.kind === "verdict" ? wallMs : 0;
  const head = attributes({
    classname: scenario,
    name,
    file,
    line: check?.line ?? 0,
    time: seconds(time),
  });
  return `<testcase${head}>${outcomeText(report, check, outcome)}${outText(report, check)}</testcase>`;
}

function outcomeText(
  report: RunReport,
  check: CheckResult | null,
  outcome: Case["outcome"],
): string {
  const [why = ""] = whyOf(report);
  const message = check === null || check.message === "" ? why : check.message;
  switch (outcome) {
    case "pass":
      return "";
    case "skipped":
      return `<skipped${attributes({ message })}/>`;
    case "error":
    case "failure": {
      const type = check === null ? report.ending : verdictOf(report);
      return `<${outcome}${attributes({ type, message })}>${escaped(reasonsOf(report).join("\n"))}</${outcome}>`;
    }
  }
}

/** Why, and what proves it. */
export function reasonsOf(report: RunReport): readonly string[] {
  const { certificate } = report;
  const proof = certificate === null ? [] : certificateText(certificate, { columns: COLUMNS });
  return [...whyOf(report), ...proof];
}

function outText(report: RunReport, check: CheckResult | null): string {
  const said = check?.severity !== "error" && check?.status === "fail" ? [check.message] : [];
  const kept = report.bundle === null ? [] : [report.bundle];
  const lines = [...said, repeatCommand(report), `digest ${report.digest}`, ...kept];
  return `<system-out>${escaped(lines.join("\n"))}</system-out>`;
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(3);

const attributes = (of: Readonly<Record<string, string | number>>): string =>
  Object.entries(of)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join("");

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Characters that XML 1.0 has no way to write are left out. */
const escaped = (text: string): string =>
  text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
