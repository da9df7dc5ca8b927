// The table of claims: what somebody argued, and which runs would show it. A file of its own, that names variants of
// scenarios; nothing else knows a claim by its id.
//
// What a case expects is what was argued, not what comes out: a scenario says what its runs do, and where the two differ the
// claim does not hold, which is a finding.

import type { z } from "zod";
import { type Diagnostic, type Finding, inFileOrder } from "./diagnostic.ts";
import { checkShape } from "./schema-findings.ts";
import { flag, listOf, name, oneOf, strict, text } from "./schema-parts.ts";
import { VERDICTS } from "./schema-steps.ts";
import { readSource } from "./source.ts";

const figure = strict(
  {
    check: text("the check that measures it"),
    about: text("what it is, in words"),
  },
  "a figure with check and about",
);

const claimCase = strict(
  {
    scenario: text("a shipped scenario's name"),
    variant: name("which variant"),
    ends: listOf(oneOf(VERDICTS, "a verdict"), "any of these"),
    shows: listOf(name("a check"), "checks that must pass besides").optional(),
    without: text("a negative control: what is taken away").optional(),
    same: text("a negative control in which the verdict stays: why").optional(),
    full: flag("so long that only --full runs it").optional(),
    figures: listOf(figure, "what is measured of it").optional(),
  },
  "a case with scenario, variant and ends",
);

const claim = strict(
  {
    id: name("as it is referred to"),
    who: text("whose argument it is"),
    thread: text("where it was made"),
    says: text("the argument in our words"),
    cases: listOf(claimCase, "the runs that show it"),
    finding: text("what the runs say of it, where it needs saying").optional(),
    open: text("why it cannot be judged yet").optional(),
  },
  "a claim with id, who, thread, says and cases",
);

const claimsSchema = strict({ claims: listOf(claim, "the table") }, "a map with claims");

export type Claim = z.output<typeof claim>;
export type ClaimCase = z.output<typeof claimCase>;

export type ReadClaims =
  | { readonly ok: true; readonly claims: readonly Claim[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Reads the table of `file` from its text, and says everything that is wrong with it. */
export function readClaims(content: string, file: string): ReadClaims {
  const source = readSource(content, file);
  if (source.diagnostics.length > 0) return { ok: false, diagnostics: source.diagnostics };
  const { value, findings } = checkShape(claimsSchema, source.tree);
  const all = [...findings, ...(value === null ? [] : lintClaims(value.claims))];
  if (value !== null && all.length === 0) return { ok: true, claims: value.claims };
  return { ok: false, diagnostics: inFileOrder(all.map((finding) => source.locate(finding))) };
}

function lintClaims(claims: readonly Claim[]): Finding[] {
  return claims.flatMap(({ id, cases, open }, i) => {
    const findings = lintCases(cases, i);
    if (claims.findIndex((other) => other.id === id) < i)
      findings.push({ path: ["claims", i, "id"], message: `"${id}" is a claim already` });
    if (cases.length === 0 && open === undefined)
      findings.push({
        path: ["claims", i, "cases"],
        message: "nothing is run and nothing says why; expected a case, or `open`",
      });
    return findings;
  });
}

function lintCases(cases: readonly ClaimCase[], claim: number): Finding[] {
  return cases.flatMap(({ same, without }, i) => {
    const at = (key: string): Finding["path"] => ["claims", claim, "cases", i, key];
    const findings: Finding[] = [];
    if (i === 0 && without !== undefined)
      findings.push({
        path: at("without"),
        message: "a control stands behind the case it is a control of",
      });
    if (same !== undefined && without === undefined)
      findings.push({
        path: at("same"),
        message: "only a control, which says what is taken away in `without`, has `same`",
      });
    return findings;
  });
}
