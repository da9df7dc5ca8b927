// What is printed of claims on trial: a table of all, then each with its cases.

import type { CaseResult, ClaimResult } from "#coordinator/scenario/index.ts";
import { columnsOf } from "./figures.ts";

export function claimsText(
  results: readonly ClaimResult[],
  { seeds }: { readonly seeds: number },
): string {
  const counts = (["yes", "no", "open"] as const).map(
    (holds) => `${results.filter((result) => result.holds === holds).length} ${holds}`,
  );
  const lines = [
    ...results.flatMap((result) => [...claimLines(result), ""]),
    `${results.length} claims, ${seeds} seeds each: ${counts.join(", ")}`,
  ];
  return `${lines.join("\n")}\n`;
}

function claimLines({ id, who, thread, says, holds, finding, cases }: ClaimResult): string[] {
  return [
    `${id}  holds: ${holds}  ${who}, ${thread}`,
    `    ${says}`,
    ...columnsOf(cases.map(caseColumns)).map((line) => `    ${line}`),
    ...cases.flatMap(asideLines).map((line) => `      ${line}`),
    ...(finding === null ? [] : [`    ${finding}`]),
  ];
}

function caseColumns({ scenario, variant, runs, verdicts, expected, holds, ...each }: CaseResult) {
  const counts = verdicts.map(({ verdict, count }) => `${verdict} ${count}/${runs}`).join(", ");
  const control =
    each.without === null
      ? ""
      : `without ${each.without}: ${each.flips === true ? "flips" : "does not flip"}`;
  return [`${scenario}/${variant}`, counts, `argued: ${expected.join(" or ")}`, holds, control];
}

function asideLines({ variant, figures, against, same }: CaseResult): string[] {
  return [
    ...figures.map(({ about, least, most }) => `${variant}: ${about}: ${rangeText(least, most)}`),
    ...against.map((text) => `${variant}: ${text}`),
    ...(same === null ? [] : [`${variant}: the verdict stays: ${same}`]),
  ];
}

function rangeText(least: string | null, most: string | null): string {
  if (least === null || most === null) return "not measured";
  return least === most ? least : `${least} to ${most}`;
}
