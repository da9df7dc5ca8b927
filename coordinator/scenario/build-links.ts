// From the `links` section to one state for each ordered pair of hosts. A later entry wins over an earlier one.

import type { z } from "zod";
import { LINK_DEFAULTS, type LinkSpec, type LinkState } from "#kernel/index.ts";
import { amountOf, defined, durationNs, type Findings } from "./build-context.ts";
import type { linkSchema } from "./schema.ts";
import { entriesOf, type Tree } from "./tree.ts";

export type LinkSource = z.output<typeof linkSchema>;

/** `A->C`, `A<->C`, `*->C`, `*<->*`. */
const FORM = /^(\*|[A-Za-z][\w-]*?)(<->|->)(\*|[A-Za-z][\w-]*)$/;

export interface Direct {
  readonly from: string;
  readonly to: string;
  readonly both: boolean;
}

/** What a link's name means; null when it is none. */
export function parseLink(text: string): Direct | null {
  const [, from, arrow, to] = FORM.exec(text.replaceAll(" ", "")) ?? [];
  return from === undefined || to === undefined ? null : { from, to, both: arrow === "<->" };
}

/** Reports names that are no links, or name nodes that are not there. */
export function checkLinks(tree: Tree, hosts: readonly string[], findings: Findings): void {
  for (const [text] of entriesOf(tree["links"])) {
    const path = ["links", text];
    const link = parseLink(text);
    if (link === null) {
      findings.add(path, `"${text}" is no link; expected A->C, A<->C or *<->*`, { atKey: true });
      continue;
    }
    const stranger = [link.from, link.to].find((name) => name !== "*" && !hosts.includes(name));
    if (stranger !== undefined) findings.unknown(path, "node", stranger, hosts);
    else if (link.from === link.to && link.from !== "*")
      findings.add(path, `${link.from} has no link to itself`, { atKey: true });
  }
}

export function buildLinks(
  sources: ReadonlyMap<string, LinkSource>,
  hosts: readonly string[],
): LinkSpec[] {
  const pairs = hosts.flatMap((from) =>
    hosts.filter((to) => to !== from).map((to) => ({ from, to })),
  );
  return pairs.map((pair) => {
    let state = LINK_DEFAULTS;
    for (const [text, source] of sources) if (covers(text, pair)) state = changed(state, source);
    return { ...pair, state };
  });
}

function covers(text: string, pair: { readonly from: string; readonly to: string }): boolean {
  const link = parseLink(text);
  if (link === null) return false;
  const meets = (name: string, host: string) => name === "*" || name === host;
  if (meets(link.from, pair.from) && meets(link.to, pair.to)) return true;
  return link.both && meets(link.from, pair.to) && meets(link.to, pair.from);
}

function changed(state: LinkState, source: LinkSource): LinkState {
  return {
    ...state,
    ...defined({
      latencyNs: durationNs(source.latency) ?? undefined,
      jitterNs: durationNs(source.jitter) ?? undefined,
      bandwidthBytesPerSec: amountOf(source.bandwidth, "bandwidth") ?? undefined,
      lossPerMillion: amountOf(source.loss, "ratio") ?? undefined,
    }),
  };
}
