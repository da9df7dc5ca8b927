// The sentences of a certificate: the walk first, in its order, then who else cannot move. Parties that wait alike are told
// together; each sentence says which others it waits for.

import { NOTHING_TO_DO } from "./driver-parties.ts";
import type { Party } from "./graph.ts";
import type { Reduction } from "./reduce.ts";
import { closedWalk, type Edge, edgesOf } from "./walk.ts";

export interface Sentence {
  /** From 1. */
  readonly n: number;
  readonly text: string;
  /** The rule that refuses its step, by the name it has in the kernel; null: it is refused by others' standing still. */
  readonly rule: string | null;
  /** Since when, in ns; of several parties the first. */
  readonly sinceNs: number | null;
  /** Sentences of those it waits for. */
  readonly because: readonly number[];
  /** Parties it is about. */
  readonly parties: readonly string[];
}

export interface Told {
  readonly sentences: readonly Sentence[];
  /** Names of parties, each waiting for the next and the last for the first. */
  readonly cycle: readonly string[];
}

/** Sentences that name those they wait for: more are counted. */
const BECAUSE_MAX = 3;

export function tell(reduction: Reduction): Told {
  const edges = edgesOf(reduction);
  const walk = mainWalk(reduction.stuck, edges);
  const others = reduction.stuck.filter(isTold).sort((a, b) => rank(a) - rank(b));
  const order = [...walk.map(({ from }) => from), ...others];
  const groups = [...grouped(order, groupOf).values()].map((parties) => [...new Set(parties)]);
  const numberOf = new Map(groups.flatMap((parties, i) => parties.map((party) => [party, i + 1])));
  const sentences = groups.map((parties, i) =>
    sentence(parties, i + 1, { edges, numberOf, reduction }),
  );
  return { sentences, cycle: walk.map(({ from }) => from.name) };
}

/** The walk that tells most: through several machines, through packets that nobody reads and a swap-in, else through who holds the right to send. */
function mainWalk(stuck: readonly Party[], edges: readonly Edge[]): readonly Edge[] {
  const queues = stuck.filter(({ id }) => id.includes("/queue:"));
  const reads = stuck.filter(({ name }) => name.endsWith("swap-in"));
  const senders = stuck.filter(({ id, holds }) => id.includes("/task:") && holds.length > 0);
  const servers = stuck.filter(({ gives }) => gives.some((id) => id.endsWith("/serve")));
  // Machines that keep each other's pages, one after the other, whichever way round they do.
  const rings = servers.length > 1 ? [servers, servers.toReversed()] : [];
  const candidates = [
    ...rings,
    ...queues.flatMap((queue) => [...reads, ...senders].map((party) => [queue, party])),
    ...[...senders, ...queues, ...stuck].map((party) => [party]),
  ];
  for (const through of candidates) {
    const walk = closedWalk(edges, through);
    if (walk.length > 0 && isSimple(walk)) return turned(walk);
  }
  return [];
}

/** Comes by nobody twice. */
const isSimple = (walk: readonly Edge[]): boolean =>
  new Set(walk.map(({ from }) => from)).size === walk.length;

/** Beginning with the card, where a machine's memory meets the network. */
function turned(walk: readonly Edge[]): readonly Edge[] {
  const at = walk.findIndex(({ from }) => from.id.endsWith("/card"));
  return at <= 0 ? walk : [...walk.slice(at), ...walk.slice(0, at)];
}

/** Parties that hold nothing and only stand for what could come are not told. */
const isTold = ({ id, text, holds }: Party): boolean =>
  text !== NOTHING_TO_DO && (id.includes("/task:") || holds.some(({ units }) => units > 0));

/** Who holds something up comes before who waits for it, and that before what is merely held. */
function rank({ id, holds, wants }: Party): number {
  const isTask = id.includes("/task:");
  if (isTask && holds.length > 0) return 0;
  const isIdle = wants.every((needs) => needs.every(({ resource }) => IDLE.test(resource)));
  return isTask && !isIdle ? 1 : 2;
}

/** What a thread waits for that has nothing to do until somebody else has. */
const IDLE = /\/(scan|answer:\d+|packet(:\d+)?)$/;

const groupOf = ({ name, text }: Party): string => `${name}: ${text}`;

function sentence(
  parties: readonly Party[],
  n: number,
  {
    edges,
    numberOf,
    reduction,
  }: {
    readonly edges: readonly Edge[];
    readonly numberOf: ReadonlyMap<Party, number>;
    readonly reduction: Reduction;
  },
): Sentence {
  const own = new Set(parties);
  const because = edges
    .filter(({ from }) => own.has(from))
    .map(({ to }) => numberOf.get(to) ?? 0)
    .filter((number) => number > 0 && number !== n);
  const sinces = parties.flatMap(({ sinceNs }) => (sinceNs === null ? [] : [sinceNs]));
  const rules = parties.flatMap((party) =>
    reduction.lacks(party).flatMap(({ rule }) => rule ?? []),
  );
  return {
    n,
    text: textOf(parties),
    rule: rules[0] ?? null,
    sinceNs: sinces.length === 0 ? null : Math.min(...sinces),
    because: [...new Set(because)].sort((a, b) => a - b).slice(0, BECAUSE_MAX),
    parties: parties.map(({ id }) => id),
  };
}

function textOf(parties: readonly Party[]): string {
  const [first] = parties;
  const count = parties.length === 1 ? "" : `${parties.length} × `;
  return `${count}${first?.name ?? ""}: ${first?.text ?? ""}`;
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [item]);
    else known.push(item);
  }
  return groups;
}
