// A scenario file, opened: checked with every variant, or sent back with everything that is wrong with it.

import { type Diagnostic, type Finding, inFileOrder, pathText } from "./diagnostic.ts";
import { type MergeOptions, merge, type Setting } from "./merge.ts";
import { nearest } from "./nearest.ts";
import { type Resolution, resolve } from "./resolve.ts";
import type { ResolvedScenario } from "./resolved.ts";
import { oversized } from "./size.ts";
import { readSource, type Source } from "./source.ts";
import { entriesOf, isRecord, type Tree } from "./tree.ts";

export type Opened =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export type Resolved =
  | { readonly ok: true; readonly scenario: ResolvedScenario }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** What a caller may change of a scenario. */
export interface ResolveOptions {
  /** null: the first variant, or the scenario as it stands when it has none. */
  readonly variant?: string | null;
  /** `--set path=value`, in order. */
  readonly settings?: readonly Setting[];
  /** `--policy`: of every machine, instead of what scenario and variant say. */
  readonly policy?: string | null;
}

/** Reads `text` of `file` and checks it with every variant. Nothing is run or opened. */
export function openScenario(text: string, file: string): Opened {
  const source = readSource(text, file);
  if (source.diagnostics.length > 0) return { ok: false, diagnostics: source.diagnostics };
  if (!isRecord(source.tree)) {
    const finding: Finding = {
      path: [],
      message: "expected a map with schema, id, title, nodes, …",
    };
    return { ok: false, diagnostics: [source.locate(finding)] };
  }
  const tooLarge = oversized(source.tree);
  if (tooLarge.length > 0) return { ok: false, diagnostics: tooLarge.map(source.locate) };
  const scenario = new Scenario(source, source.tree);
  const diagnostics = scenario.diagnostics();
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, scenario };
}

export class Scenario {
  /** In the order of the file. */
  readonly variants: readonly string[];
  /** As it stands in the file, with all variants and whatever is searched for or swept of any of them. */
  readonly document: Tree;
  readonly #source: Source;

  constructor(source: Source, tree: Tree) {
    this.#source = source;
    this.document = tree;
    this.variants = entriesOf(tree["variants"]).map(([name]) => name);
  }

  /** Everything that is wrong, with any variant. */
  diagnostics(): Diagnostic[] {
    const runs = this.variants.length === 0 ? [null] : this.variants;
    const diagnostics = runs.flatMap((variant) => {
      const resolved = this.#resolve({ variant, settings: [], policy: null });
      return resolved.ok ? [] : resolved.diagnostics;
    });
    return inFileOrder(diagnostics);
  }

  /** One variant, decided. */
  resolve(options: ResolveOptions = {}): Resolved {
    const variant = options.variant ?? this.variants[0] ?? null;
    if (variant !== null && !this.variants.includes(variant)) return this.#unknownVariant(variant);
    return this.#resolve({
      variant,
      settings: options.settings ?? [],
      policy: options.policy ?? null,
    });
  }

  #resolve(options: MergeOptions): Resolved {
    const merged = merge(this.document, options);
    const lineOf = (path: Finding["path"]): number => {
      const origin = merged.originOf(path);
      return origin === null ? 0 : this.#source.lineOf(origin);
    };
    const { scenario, findings }: Resolution = resolve(merged.tree, options.variant, lineOf);
    const moved = findings.map((finding) => this.#locate(finding, merged.originOf(finding.path)));
    const diagnostics = [
      ...merged.unplaced.map(({ finding, origin }) => this.#locate(finding, origin)),
      ...moved,
    ];
    if (scenario !== null && diagnostics.length === 0) return { ok: true, scenario };
    return { ok: false, diagnostics: inFileOrder(diagnostics) };
  }

  /** A finding of the merged tree on the line where its value is written. */
  #locate(finding: Finding, origin: Finding["path"] | null): Diagnostic {
    const path = pathText(finding.path);
    if (origin !== null) return { ...this.#source.locate({ ...finding, path: origin }), path };
    const { message, nearest: suggestion = null } = finding;
    return {
      file: "--set",
      line: 0,
      column: 0,
      path,
      message,
      nearest: suggestion,
    };
  }

  #unknownVariant(variant: string): Resolved {
    const list = this.variants.length === 0 ? "it has none" : `it has ${this.variants.join(", ")}`;
    return {
      ok: false,
      diagnostics: [
        {
          file: this.#source.file,
          line: 0,
          column: 0,
          path: "variants",
          message: `no variant is called "${variant}"; ${list}`,
          nearest: nearest(variant, this.variants),
        },
      ],
    };
  }
}
