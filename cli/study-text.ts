// What studies print of several runs of one setting, and how one study of a scenario's is chosen.

import { UnwedgeError } from "#base/error.ts";
import { type RunResult, toYaml } from "#coordinator/scenario/index.ts";

/** The study that `--id` names, or the only one there is. Throws UnwedgeError when it is neither. */
export function chosenStudy<T extends { readonly id: string }>(
  all: readonly T[],
  id: string | null,
): T {
  const found = id === null && all.length === 1 ? all[0] : all.find((each) => each.id === id);
  if (found !== undefined) return found;
  const names = all.map((each) => each.id).join(", ");
  throw new UnwedgeError(
    "usage",
    names === "" ? "the scenario has none" : `--id: expected one of ${names}`,
  );
}

/** A value of an axis as it is written in a scenario. */
export const valueText = (value: unknown): string =>
  typeof value === "string" ? value : toYaml(value).trim();

/** `wedged 3/5, recovers 2/5`, the most frequent first. */
export function verdictsText(runs: readonly Pick<RunResult, "verdict">[]): string {
  const counts = new Map<string, number>();
  for (const { verdict } of runs) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([verdict, count]) => `${verdict} ${count}/${runs.length}`)
    .join(", ");
}

/** What the checks measured that expect nothing: least and most of all runs. */
export function figuresText(runs: readonly Pick<RunResult, "checks">[]): string {
  const ids = runs.flatMap(({ checks }) =>
    checks
      .filter(({ severity, value }) => severity === "info" && value !== null)
      .map(({ id }) => id),
  );
  return [...new Set(ids)].map((id) => `${id} ${rangeOf(runs, id)}`).join("; ");
}

/** `12 pages to 40 pages` of the check `id`; empty when no run measured it. */
export function rangeOf(runs: readonly Pick<RunResult, "checks">[], id: string): string {
  const measured = runs
    .flatMap(({ checks }) => checks.filter((check) => check.id === id && check.value !== null))
    .sort((a, b) => (a.value ?? 0) - (b.value ?? 0));
  const [least = "", most = ""] = [measured[0]?.valueText, measured.at(-1)?.valueText];
  return least === most ? least : `${least} to ${most}`;
}
