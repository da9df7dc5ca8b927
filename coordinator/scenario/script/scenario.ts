// `scenario(…)`: a script's scenario, made into the same document that a file would hold. So there is one judge, one
// interpreter, and whatever can be done with a file can be done with a script.

import type { ScenarioSource } from "#coordinator/scenario/index.ts";
import type { Check, CheckSource } from "./check.ts";
import { documentText, type Lines } from "./document.ts";
import { type ScriptText, timelineOf } from "./timeline.ts";
import { World } from "./world.ts";

type Head = Partial<Pick<ScenarioSource, "story" | "refs" | "tags" | "seed" | "runs" | "engine">>;
export interface Options extends Head {
  readonly title: string;
}

export type Checks = Readonly<Record<string, Check>>;
type VariantSource = NonNullable<ScenarioSource["variants"]>[string];

/** The same scenario with something else: `set` writes to paths of the document, such as `nodes.A.policy`. */
export interface Variant extends Omit<VariantSource, "checks"> {
  readonly checks?: Checks;
}

/** What happens, and what must hold. */
export interface Plan extends Pick<ScenarioSource, "search" | "sweep"> {
  readonly script: ScriptText;
  readonly checks: Checks;
  readonly variants?: Readonly<Record<string, Variant>>;
}

/** A scenario as text, and what it is called. */
export interface Scripted {
  readonly id: string;
  readonly text: string;
}

/** Builds a scenario. Throws Error when the script is none that a timeline can follow. */
export function scenario(id: string, options: Options, build: (world: World) => Plan): Scripted {
  const world = new World();
  const { script, checks, variants = {}, search = [], sweep = [] } = build(world);
  const { sections, lines } = world.built();
  const steps = timelineOf(script);
  for (const [i, { line }] of steps.entries()) lines.set(`timeline.${i}`, line);
  // A variant is written where its first check is.
  for (const [name, { checks: own = {} }] of Object.entries(variants))
    lines.set(`variants.${name}`, Object.values(own)[0]?.line ?? null);
  const document: ScenarioSource = {
    schema: "unwedge/v1",
    id,
    ...options,
    ...sections,
    timeline: steps.map(({ source }) => source),
    checks: checksOf(checks, lines),
    search,
    sweep,
    variants: Object.fromEntries(
      Object.entries(variants).map(([name, of]) => [name, variantOf(of)]),
    ),
  };
  return { id, text: documentText(document, lines) };
}

function checksOf(checks: Checks, lines: Lines): CheckSource[] {
  for (const [i, { line }] of Object.values(checks).entries()) lines.set(`checks.${i}`, line);
  return sourcesOf(checks);
}

const sourcesOf = (checks: Checks): CheckSource[] =>
  Object.entries(checks).map(([id, { source }]) => ({ id, ...source }));

const variantOf = ({ checks, ...variant }: Variant): VariantSource =>
  checks === undefined ? variant : { ...variant, checks: sourcesOf(checks) };
