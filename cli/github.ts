// What GitHub Actions shows of runs: an annotation at the line of each check that did not pass, and a summary in Markdown.
//
// Follows: docs.github.com, Workflow commands for GitHub Actions: ten annotations of a level for each step, the summary at
// most 1 MiB, %, CR, LF, and in properties also : and , escaped.

import type { CheckResult } from "#coordinator/scenario/index.ts";
import { reasonsOf } from "./junit.ts";
import { type RunReport, repeatCommand, statusOf, verdictText, whyOf } from "./run-report.ts";
import { tallies, tallyText } from "./tally.ts";

const ANNOTATIONS_MAX = 10;
const SUMMARY_CHARS_MAX = 900_000;
/** Certificates and commands of so many runs that did not pass. */
const TOLD_MAX = 10;

/** Workflow commands, one a line: the seeds at which a check did not pass are one annotation. */
export function annotations(reports: readonly RunReport[]): string[] {
  const unjudged = reports.filter(({ result }) => result === null).map(unjudgedLine);
  return [
    ...capped("error", [...unjudged, ...levelLines(reports, "error", "fail")]),
    ...capped("warning", levelLines(reports, "warning", "inconclusive")),
  ];
}

interface Finding {
  readonly report: RunReport;
  readonly check: CheckResult;
}

function levelLines(
  reports: readonly RunReport[],
  level: "error" | "warning",
  status: CheckResult["status"],
): string[] {
  const groups = new Map<string, Finding[]>();
  for (const report of reports)
    for (const check of report.result?.checks ?? []) {
      if (check.status !== status || check.severity !== "error") continue;
      const key = `${report.file} ${report.variant} ${check.id}`;
      groups.set(key, [...(groups.get(key) ?? []), { report, check }]);
    }
  return [...groups.values()].map((group) => annotation(level, group));
}

function capped(level: "error" | "warning", lines: readonly string[]): readonly string[] {
  const left = lines.length - ANNOTATIONS_MAX;
  if (left <= 0) return lines;
  return [...lines.slice(0, ANNOTATIONS_MAX - 1), `::${level}::${left + 1} more did not pass`];
}

function unjudgedLine(report: RunReport): string {
  const title = property(`${report.scenario} › ${report.variant ?? "-"}`);
  const message = data(
    `seed ${report.seed}: ${whyOf(report).join("; ")}; ${repeatCommand(report)}`,
  );
  return `::error file=${property(report.file)},title=${title}::${message}`;
}

function annotation(level: string, [first, ...others]: readonly Finding[]): string {
  if (first === undefined) return "";
  const { report, check } = first;
  const where = check.line > 0 ? `,line=${check.line}` : "";
  const title = property(`${report.scenario} › ${report.variant ?? "-"} › ${check.id}`);
  const seeds = [first, ...others].map((each) => each.report.seed).join(", ");
  const message = data(`seed ${seeds}: ${check.message}; ${repeatCommand(report)}`);
  return `::${level} file=${property(report.file)}${where},title=${title}::${message}`;
}

const data = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** Markdown: a row for each run, then why and how to repeat what did not pass. */
export function summary(reports: readonly RunReport[]): string {
  const rows = reports.map(
    (report) =>
      `| ${report.variant ?? "-"} | ${report.seed} | ${verdictText(report)} | ${statusOf(report)} | \`${report.digest}\` |`,
  );
  const told = reports.filter((report) => statusOf(report) !== "pass").slice(0, TOLD_MAX);
  const text = [
    `## ${reports[0]?.scenario ?? "nothing was run"}`,
    "",
    "| variant | seed | verdict | status | digest |",
    "|---|---|---|---|---|",
    ...rows,
    "",
    ...tallies(reports).map((tally) => `- ${tallyText(tally).join(" ")}`),
    ...told.flatMap(toldLines),
    "",
  ].join("\n");
  return text.slice(0, SUMMARY_CHARS_MAX);
}

function toldLines(report: RunReport): string[] {
  const title = `### ${report.variant ?? "-"} ${report.seed}`;
  return ["", title, "", "```", ...reasonsOf(report), repeatCommand(report), "```"];
}
