// The page of all arguments, docs/museum.md: each proposal with where it stands and where it falls, each argument with what
// was run for it and what the machines did. Read off the presets, the scenarios, the table of claims and the record of its
// last run (`npm run record`); nothing is run here.

import { readdirSync, readFileSync } from "node:fs";
import { diagnosticText, readClaims } from "#coordinator/scenario/index.ts";
import { presets } from "#kernel/index.ts";
import { variantsOf } from "./book-gallery.mjs";
import { headerOf, linkTo, table } from "./book-sources.mjs";

/** @typedef {import("#coordinator/scenario/index.ts").Claim} Claim */
/** @typedef {import("#coordinator/scenario/index.ts").ClaimCase} ClaimCase */
/** @typedef {import("#coordinator/scenario/index.ts").ClaimResult} ClaimResult */
/** @typedef {import("#coordinator/scenario/index.ts").CaseResult} CaseResult */
/** @typedef {import("#coordinator/scenario/index.ts").ResolvedScenario} ResolvedScenario */
/** @typedef {CaseResult & { proof: { seed: number, lines: string[] } | null }} RecordedCase */
/** @typedef {Omit<ClaimResult, "cases"> & { cases: RecordedCase[] }} Recorded */

const UP = "../";
const TABLE = "scenarios/claims/threads.yaml";
export const RECORD = "scenarios/claims/record.json";

/** @returns {readonly Claim[]} */
function claimsOf() {
  const read = readClaims(readFileSync(TABLE, "utf8"), TABLE);
  if (!read.ok) throw new Error(read.diagnostics.map(diagnosticText).join("\n"));
  return read.claims;
}

/** @returns {Recorded[]} */
export const recorded = () => JSON.parse(readFileSync(RECORD, "utf8"));

/**
 * What of the record is not of this table: claims and cases by name, with what is expected of them.
 * @param {readonly Claim[]} claims
 * @param {readonly Recorded[]} record
 */
export function staleness(claims, record) {
  const told = (/** @type {readonly Pick<ClaimCase, "scenario" | "variant">[]} */ cases) =>
    cases.map(({ scenario, variant }) => `${scenario}/${variant}`).join(" ");
  const wanted = claims.map(
    ({ id, cases }) => `${id}: ${told(cases.filter(({ full }) => full !== true))}`,
  );
  const had = new Set(record.map(({ id, cases }) => `${id}: ${told(cases)}`));
  return wanted.filter((each) => !had.has(each));
}

function current() {
  const claims = claimsOf();
  const record = recorded();
  const [stale] = staleness(claims, record);
  if (stale !== undefined) throw new Error(`${RECORD} has no run of ${stale}; npm run record`);
  return claims.flatMap((claim) => {
    const result = record.find(({ id }) => id === claim.id);
    return result === undefined ? [] : [{ claim, result }];
  });
}

/** Every preset: what it was, where it is enough and where it is not. */
export function proposals() {
  const shown = readdirSync("scenarios")
    .filter((name) => name.endsWith(".yaml"))
    .sort((a, b) => (a < b ? -1 : 1))
    .flatMap(variantsOf);
  const proofs = current().flatMap(({ result }) => result.cases);
  return Object.values(presets)
    .map(({ name }) => proposal(name, shown, proofs))
    .join("\n\n");
}

/**
 * @param {string} name
 * @param {readonly ResolvedScenario[]} shown
 * @param {readonly RecordedCase[]} proofs
 */
function proposal(name, shown, proofs) {
  const file = `kernel/policy/presets/${name.replaceAll(".", "-")}.ts`;
  const own = shown.filter(({ cluster }) =>
    cluster.hosts.some(
      (host) => host.role === "machine" && host.policy.name === name && host.swap.length > 0,
    ),
  );
  const rows = ["enough", "varies", "falls"].flatMap((word) =>
    own.filter((scenario) => wordFor(scenario) === word).map((scenario) => row(word, scenario)),
  );
  const falls = own.filter((scenario) => wordFor(scenario) !== "enough");
  const proof = falls.map((scenario) => proofOf(scenario, proofs)).find((text) => text !== "");
  return [
    `### ${name}`,
    `${headerOf(readFileSync(file, "utf8")).join(" ")} ${linkTo(file, UP, "The preset")}.`,
    own.length === 0 ? "No scenario has it." : "",
    own.length === 0 ? "" : table(["", "scenario", "why"], rows),
    proof ?? "",
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

const FALLS = ["wedged", "degraded"];

const endsOf = (/** @type {ResolvedScenario} */ { checks }) =>
  checks.flatMap((check) => (check.kind === "verdict" ? [...check.verdicts] : []));

/** By what its scenario expects: whether the machine comes through, by seed or always. */
function wordFor(/** @type {ResolvedScenario} */ scenario) {
  const ends = endsOf(scenario);
  if (!ends.some((end) => FALLS.includes(end))) return "enough";
  return ends.every((end) => FALLS.includes(end)) ? "falls" : "varies";
}

/**
 * @param {string} word
 * @param {ResolvedScenario} scenario
 */
const row = (word, scenario) => [
  `${word}: ${endsOf(scenario).join(" or ")}`,
  `\`${scenario.id}\` \`${scenario.variant}\``,
  scenario.about,
];

/**
 * @param {ResolvedScenario} scenario
 * @param {readonly RecordedCase[]} proofs
 */
function proofOf({ id, variant }, proofs) {
  const found = proofs.find((each) => each.scenario === id && each.variant === variant);
  return found === undefined ? "" : certificate(found);
}

/** One fold with the command that shows it again. */
function certificate(/** @type {RecordedCase} */ { scenario, variant, proof }) {
  if (proof === null) return "";
  const command = `./unwedge run ${scenario} --variant ${variant} --seed ${proof.seed}`;
  return `<details><summary>The certificate: <code>${command}</code></summary>\n\n\`\`\`\n${proof.lines.join("\n")}\n\`\`\`\n\n</details>`;
}

/** Every argument by its thread, in the order of the table. */
export function everyArgument() {
  const all = current();
  const threads = [...new Set(all.map(({ claim }) => claim.thread))];
  return [
    tally(all.map(({ result }) => result)),
    ...threads.flatMap((thread) => [
      `### ${thread}`,
      ...all.filter(({ claim }) => claim.thread === thread).map(({ result }) => argument(result)),
    ]),
  ].join("\n\n");
}

function tally(/** @type {readonly Recorded[]} */ results) {
  const names = (/** @type {string} */ holds) => {
    const ids = results.filter((each) => each.holds === holds).map(({ id }) => id);
    return [holds, String(ids.length), ids.join(", ")];
  };
  return table(["holds", "", "which"], [names("yes"), names("no"), names("open")]);
}

function argument(/** @type {Recorded} */ { id, who, says, holds, finding, cases }) {
  const proof = cases.map(certificate).find((text) => text !== "") ?? "";
  return [
    `#### ${id} · ${who}`,
    `> ${says}`,
    `Holds: **${holds}**.${finding === null ? "" : ` ${finding.charAt(0).toUpperCase()}${finding.slice(1)}`}`,
    cases.length === 0
      ? ""
      : table(["what is run", "argued", "came out", "without", "measured"], cases.map(caseRow)),
    proof,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function caseRow(/** @type {RecordedCase} */ each) {
  const { scenario, variant, expected, verdicts, runs, without, flips, same, figures } = each;
  const control =
    without === null
      ? ""
      : `${without}: ${flips === true ? "it flips" : `it does not flip${same === null ? "" : ` (${same})`}`}`;
  return [
    `\`${scenario}\` \`${variant}\``,
    expected.join(" or "),
    verdicts.map(({ verdict, count }) => `${verdict} ${count}/${runs}`).join(", "),
    control,
    figures
      .map(
        ({ about, least, most }) => `${about}: ${least === most ? least : `${least} to ${most}`}`,
      )
      .join("; "),
  ];
}
