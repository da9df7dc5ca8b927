// Where in the page somebody is, as the part of its address behind `#`: a link to it leads there.
// `#/wedge?scenario=zijlstra-wedge&variant=vanilla-2007&seed=2007&t=3200ms`

import type { Session } from "./session.ts";

export interface Whereabouts {
  readonly view: string | null;
  readonly scenario: string | null;
  readonly variant: string | null;
  readonly seed: number | null;
  readonly atNs: number | null;
}

/** What cannot be read is left out; an address is written by anybody. */
export function readPlace(hash: string): Whereabouts {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?");
  const pairs = new Map(
    query.split("&").map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), decoded(pair.slice(at + 1))] as const;
    }),
  );
  return {
    view: path === "" ? null : path,
    scenario: pairs.get("scenario") ?? null,
    variant: pairs.get("variant") ?? null,
    seed: numberOf(pairs.get("seed"), 1),
    atNs: numberOf(pairs.get("t")?.replace(/ms$/, ""), 1e6),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

function numberOf(text: string | undefined, scale: number): number | null {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) * scale : null;
}

export function placeText(view: string, session: Session | null): string {
  if (session === null) return `#/${view}`;
  const { scenario, variant, seed } = session;
  const of = variant === null ? "" : `&variant=${encodeURIComponent(variant)}`;
  return `#/${view}?scenario=${encodeURIComponent(scenario)}${of}&seed=${seed}`;
}
