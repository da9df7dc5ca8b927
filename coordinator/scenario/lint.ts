// Mistakes that no single part shows: two things of one name, two that swap to one place, and studies over things that are not
// there.

import type { Findings } from "./build-context.ts";
import type { Path } from "./diagnostic.ts";
import { placesOf } from "./merge.ts";
import { entriesOf, isRecord, itemsOf, type Tree, textOf } from "./tree.ts";

/** Lists whose entries have an id that must be theirs alone. */
const LISTS = ["traffic", "timeline", "checks", "sweep", "search", "compare"];

export function lintNames(tree: Tree, findings: Findings): void {
  for (const list of LISTS) lintIds(itemsOf(tree[list]), [list], findings);
  for (const [name, variant] of entriesOf(tree["variants"]))
    lintIds(
      itemsOf(isRecord(variant) ? variant["checks"] : []),
      ["variants", name, "checks"],
      findings,
    );
  const phases = itemsOf(tree["timeline"]).map((step) => textOf(step, "phase"));
  phases.forEach((phase, i) => {
    if (phase !== null && phases.indexOf(phase) < i)
      findings.add(["timeline", i, "phase"], `a phase is called "${phase}" already`);
  });
}

function lintIds(items: readonly unknown[], path: Path, findings: Findings): void {
  const ids = items.map((item) => textOf(item, "id"));
  ids.forEach((id, i) => {
    const first = ids.indexOf(id);
    if (id !== null && first < i)
      findings.add([...path, i, "id"], `"${id}" is the id of entry ${first + 1} already`);
  });
}

/** Two that swap to one export write over each other's pages, and each is given the other's. */
export function lintSwap(tree: Tree, findings: Findings): void {
  const swaps = entriesOf(tree["nodes"]).flatMap(([name, node]) =>
    itemsOf(isRecord(node) ? node["swap"] : []).map((swap, i) => {
      const [server, given] = [textOf(swap, "server"), textOf(swap, "export")];
      return { name, i, server, given };
    }),
  );
  const owners = new Map<string, string>();
  for (const { name, i, server, given } of swaps) {
    const key = JSON.stringify([server, given ?? ""]);
    const owner = owners.get(key);
    owners.set(key, owner ?? name);
    if (owner === undefined) continue;
    const what = given === null ? "the default export" : `export "${given}"`;
    findings.add(
      ["nodes", name, "swap", i, given === null ? "server" : "export"],
      `${owner} swaps to ${what} of ${server} already, and each would write over the other's pages; give each an export of its own, as "export: swap-${name}"`,
    );
  }
}

/** Sweeps and searches are kept for later issues of the tool; that what they vary exists is known now. */
export function lintStudies(tree: Tree, variant: string | null, findings: Findings): void {
  for (const list of ["sweep", "search"])
    itemsOf(tree[list]).forEach((study, i) => {
      lintStudy(tree, study, { path: [list, i], variant, findings });
      for (const axis of ["x", "y", "minimise"]) lintAxis(tree, study, [list, i, axis], findings);
    });
}

function lintStudy(
  tree: Tree,
  study: unknown,
  at: { readonly path: Path; readonly variant: string | null; readonly findings: Findings },
): void {
  const { path, findings } = at;
  const variants = entriesOf(tree["variants"]).map(([name]) => name);
  const own = textOf(study, "variant");
  if (own !== null && !variants.includes(own))
    findings.unknown([...path, "variant"], "variant", own, variants);
  // Checks differ by variant: what is searched for is looked up where it is searched.
  const until = own === null || own === at.variant ? textOf(study, "until") : null;
  const checks = itemsOf(tree["checks"]).map((check) => textOf(check, "id") ?? "");
  if (until !== null && !checks.includes(until))
    findings.unknown([...path, "until"], "check", until, checks);
}

function lintAxis(tree: Tree, study: unknown, path: Path, findings: Findings): void {
  const [, , axis] = path;
  const varied = isRecord(study) ? textOf(study[String(axis)], "path") : null;
  if (varied !== null && placesOf(tree, varied).length === 0)
    findings.add([...path, "path"], `"${varied}" names nothing in this scenario`);
}
