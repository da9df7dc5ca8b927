// The last line of continuous integration: `N passed, N failed`, from vitest's JSON report and the exit codes of other stages.
//
// A skipped test is a failure there: a machine that lacks what a test needs has not shown that it passes.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * @typedef {{ fullName: string, status: string }} TestResult
 * @typedef {{ name: string, status: string, message?: string, assertionResults: TestResult[] }} FileResult
 * @typedef {{ testResults: FileResult[] }} Report
 * @typedef {{ passed: number, failures: string[] }} Tally
 */

/**
 * @param {Report | null} report null: the tests wrote none
 * @param {string[]} stages `NAME=EXIT`; `none` for a stage that has nothing to do yet
 * @returns {Tally}
 */
export function tally(report, stages) {
  const files = report?.testResults ?? [];
  const results = files.flatMap((file) => file.assertionResults);
  const failures = results
    .filter(({ status }) => status !== "passed")
    .map(({ fullName, status }) => `${status}: ${fullName}`);
  // A file that does not load has no results, only a status.
  for (const { name, status, assertionResults } of files) {
    const told = assertionResults.some((result) => result.status !== "passed");
    if (status !== "passed" && !told) failures.push(`failed: ${name}`);
  }
  if (report === null) failures.push("failed: the tests wrote no report");
  else if (results.length === 0) failures.push("failed: no test ran");
  const done = stages.map(stageOf).filter(({ exit }) => exit !== "none");
  for (const { name, exit } of done) {
    // An exit code that the failed tests explain is not counted again.
    if (exit !== "0" && (name !== TESTS || failures.length === 0))
      failures.push(`failed: ${name}, exit ${exit}`);
  }
  const passed = results.length - results.filter(({ status }) => status !== "passed").length;
  return {
    passed: passed + done.filter(({ name, exit }) => name !== TESTS && exit === "0").length,
    failures,
  };
}

/** The stage whose tests the report lists. */
const TESTS = "npm test";

/** @param {string} stage */
function stageOf(stage) {
  const [name = "", exit = ""] = stage.split("=");
  return { name, exit };
}

/**
 * @param {string} path
 * @returns {Report | null}
 */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (_error) {
    return null;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [path = "", ...stages] = process.argv.slice(2);
  const { passed, failures } = tally(readReport(path), stages);
  for (const failure of failures) process.stdout.write(`${failure}\n`);
  process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}
