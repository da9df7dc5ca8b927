// From the `checks` section to what is judged, and what would make the judging empty.

import type { Anchors } from "./anchors.ts";
import { durationNs, type Findings } from "./build-context.ts";
import { checkAnchor } from "./build-timeline.ts";
import type { Path } from "./diagnostic.ts";
import type { Expressions } from "./expressions.ts";
import type { Check } from "./resolved.ts";
import type { CheckSource } from "./schema-steps.ts";

export interface CheckContext {
  readonly findings: Findings;
  readonly anchors: Anchors;
  readonly phases: readonly string[];
  readonly expressions: Expressions;
  readonly sampleNs: number;
  readonly lineOf: (path: Path) => number;
}

const KINDS = [
  "verdict",
  "always",
  "never",
  "sometimes",
  "eventually",
  "threshold",
  "cycle",
] as const;
type CheckKind = (typeof KINDS)[number];

/** Keys that belong to some kinds only. */
const BELONGS: readonly (readonly [keyof CheckSource, readonly CheckKind[]])[] = [
  ["during", ["always", "never", "sometimes", "threshold"]],
  ["after", ["verdict", "always", "never", "sometimes", "eventually", "threshold"]],
  ["within", ["eventually"]],
  ["stays", ["eventually"]],
  ["window", ["threshold"]],
  ["settle", ["verdict"]],
];

/** One check; null when it claims nothing that could be judged. */
export function buildCheck(
  source: CheckSource,
  index: number,
  context: CheckContext,
): Check | null {
  const path: Path = ["checks", index];
  const { findings } = context;
  const kinds = KINDS.filter((kind) => source[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1) {
    const said = kind === undefined ? "claims nothing" : `claims ${kinds.join(" and ")}`;
    findings.add(path, `${said}; expected one of ${KINDS.join(", ")}`);
    return null;
  }
  checkScope(source, kind, path, context);
  const claim = buildClaim(source, kind, path, context);
  if (claim === null) return null;
  return {
    id: source.id,
    about: source.about ?? "",
    severity: source.severity ?? "error",
    abortOnFail: source.abortOnFail ?? false,
    during: source.during ?? null,
    after: source.after ?? null,
    line: context.lineOf(path),
    ...claim,
  };
}

function checkScope(source: CheckSource, kind: CheckKind, path: Path, context: CheckContext): void {
  const { findings, phases, anchors } = context;
  for (const [key, kinds] of BELONGS)
    if (source[key] !== undefined && !kinds.includes(kind))
      findings.add([...path, key], `means nothing for ${kind}`, { atKey: true });
  if (source.during !== undefined && !phases.includes(source.during))
    findings.unknown([...path, "during"], "phase", source.during, phases);
  if (source.after !== undefined) checkAnchor(source.after, [...path, "after"], anchors, findings);
}

/** What is peculiar to each kind of check. */
type Claim = Check extends infer Kind
  ? Kind extends Check
    ? Omit<Kind, "id" | "about" | "severity" | "abortOnFail" | "during" | "after" | "line">
    : never
  : never;

function buildClaim(
  source: CheckSource,
  kind: CheckKind,
  path: Path,
  context: CheckContext,
): Claim | null {
  if (kind === "verdict")
    return source.verdict === undefined
      ? null
      : { kind, verdicts: [source.verdict].flat(), settleNs: durationNs(source.settle) };
  if (kind === "cycle") return { kind, cycle: source.cycle ?? [] };
  return buildExpressed(source, kind, path, context);
}

function buildExpressed(
  source: CheckSource,
  kind: Exclude<CheckKind, "verdict" | "cycle">,
  path: Path,
  { expressions, findings, sampleNs }: CheckContext,
): Claim | null {
  const overTime = kind === "threshold";
  const expression = expressions.claim(source[kind] ?? "", [...path, kind], { overTime });
  if (kind === "eventually" && source.within === undefined)
    findings.add(path, "eventually needs a bound; expected within: a duration");
  if (expression === null) return null;
  if (kind === "threshold") return { kind, expression, windowNs: durationNs(source.window) };
  if (kind !== "eventually") return { kind, expression };
  const withinNs = durationNs(source.within) ?? 0;
  return { kind, expression, withinNs, staysNs: durationNs(source.stays) ?? sampleNs };
}

/** What the checks must be as a whole. */
export function lintChecks(
  sources: readonly { readonly source: CheckSource; readonly index: number }[],
  findings: Findings,
): void {
  if (!sources.some(({ source }) => source.sometimes !== undefined))
    findings.add(
      ["checks"],
      "no `sometimes` says that the pressure was real; without one a quiet run would pass",
      { atKey: true },
    );
  const verdicts = sources.filter(({ source }) => source.verdict !== undefined);
  for (const { source, index } of verdicts.slice(1))
    findings.add(
      ["checks", index, "verdict"],
      `a run has one verdict, and "${verdicts[0]?.source.id ?? ""}" asks for it; "${source.id}" cannot`,
    );
}
