// Parameters: `${name}` in any text is replaced by the parameter's value; a text that is nothing else takes the value itself.

import type { Finding, Path } from "./diagnostic.ts";
import { nearest } from "./nearest.ts";
import { isRecord, type Tree } from "./tree.ts";

const WHOLE = /^\$\{(\w+)\}$/;
const ANYWHERE = /\$\{(\w*)\}/g;

/** Sections whose texts are kept as they are written. */
const KEPT: readonly string[] = ["params", "variants", "sweep", "search", "compare"];

/** The tree with every parameter filled in, and what was wrong with their names. */
export function substitute(tree: Tree): { readonly tree: Tree; readonly findings: Finding[] } {
  const params = tree["params"];
  const filler = new Filler(isRecord(params) ? params : {});
  const filled = Object.entries(tree).map(([key, value]) => [
    key,
    KEPT.includes(key) ? value : filler.fill(value, [key]),
  ]);
  return { tree: Object.fromEntries(filled), findings: filler.findings };
}

class Filler {
  readonly findings: Finding[] = [];
  readonly #params: Tree;

  constructor(params: Tree) {
    this.#params = params;
  }

  fill(value: unknown, path: Path): unknown {
    if (typeof value === "string") return this.#fillText(value, path);
    if (Array.isArray(value)) return value.map((item: unknown, i) => this.fill(item, [...path, i]));
    if (!isRecord(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, this.fill(child, [...path, key])]),
    );
  }

  #fillText(text: string, path: Path): unknown {
    const whole = WHOLE.exec(text)?.[1];
    if (whole !== undefined) return this.#valueOf(whole, path, text.indexOf("$"));
    return text.replaceAll(ANYWHERE, (_, name: string, offset: number) =>
      String(this.#valueOf(name, path, offset)),
    );
  }

  #valueOf(name: string, path: Path, offset: number): unknown {
    if (Object.hasOwn(this.#params, name)) return this.#params[name];
    this.findings.push({
      path,
      offset,
      message: `no parameter is called "${name}"`,
      nearest: nearest(name, Object.keys(this.#params)),
    });
    return `\${${name}}`;
  }
}
