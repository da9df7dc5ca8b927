// The gallery of docs/scenarios/README.md: every shipped scenario with its story, its sources, and what each variant is
// expected to end in, read off the same files that are run.

import { readdirSync, readFileSync } from "node:fs";
import { diagnosticText, openScenario } from "#coordinator/scenario/index.ts";
import { table } from "./book-sources.mjs";

/** @typedef {import("#coordinator/scenario/index.ts").ResolvedScenario} ResolvedScenario */

/** All scenarios, in the order of their names. */
export function gallery() {
  return readdirSync("scenarios")
    .filter((name) => name.endsWith(".yaml"))
    .sort((a, b) => (a < b ? -1 : 1))
    .map(entryOf)
    .join("\n\n");
}

/** @param {string} file */
function entryOf(file) {
  const variants = variantsOf(file);
  const [first] = variants;
  if (first === undefined) throw new Error(`${file} has no variant`);
  const { id, title, story, refs, runs, seed, tags } = first;
  return [
    `## ${title}`,
    `[\`${id}\`](../../scenarios/${file}) · ${tags.join(", ")} · ${runs} seeds a variant, from ${seed} on`,
    story.trim().replace(/^/gm, "> ").replace(/ +$/gm, ""),
    refs.map((ref) => `- ${ref}`).join("\n"),
    table(
      ["variant", "policy", "ends in", "why"],
      variants.map((scenario) => [
        `\`${scenario.variant ?? "as it stands"}\``,
        policiesOf(scenario),
        expectedOf(scenario),
        scenario.about,
      ]),
    ),
    seenIn(variants),
    `\`./unwedge run ${id} --variant ${first.variant ?? ""}\``,
  ].join("\n\n");
}

/**
 * @param {string} file
 * @returns {ResolvedScenario[]}
 */
export function variantsOf(file) {
  const opened = openScenario(readFileSync(`scenarios/${file}`, "utf8"), file);
  if (!opened.ok) throw new Error(opened.diagnostics.map(diagnosticText).join("\n"));
  const { scenario } = opened;
  return scenario.variants.map((variant) => {
    const resolved = scenario.resolve({ variant });
    if (!resolved.ok) throw new Error(resolved.diagnostics.map(diagnosticText).join("\n"));
    return resolved.scenario;
  });
}

/** Policies of its machines, each once. */
export function policiesOf(/** @type {ResolvedScenario} */ { cluster }) {
  const names = cluster.hosts.flatMap((host) =>
    host.role === "machine" ? [`\`${host.policy.name}\``] : [],
  );
  return [...new Set(names)].join(", ");
}

export function expectedOf(/** @type {ResolvedScenario} */ { checks }) {
  const verdicts = checks.flatMap((check) =>
    check.kind === "verdict" ? [check.verdicts.join(" or ")] : [],
  );
  return verdicts.length === 0 ? "nothing is expected" : `**${verdicts.join(", ")}**`;
}

/** Every claim without which a run says nothing, once. */
function seenIn(/** @type {readonly ResolvedScenario[]} */ variants) {
  const claims = variants
    .flatMap(({ checks }) => checks)
    .filter(({ kind }) => kind === "sometimes" || kind === "threshold")
    .map(({ id, about }) => `\`${id}\`${about === "" ? "" : ` (${about})`}`);
  return `Must be seen, or the run is inconclusive: ${[...new Set(claims)].join("; ")}.`;
}
