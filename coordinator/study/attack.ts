// The cheapest attack: of all outages and loads in a range, the pair that costs least and still wedges.
//
// For each load the shortest outage that wedges is found by halving, all loads at once; then the cheapest of them is looked at
// more closely. Halving supposes that a longer outage is no better, so both ends and two more are tried; and a larger load
// should need no longer an outage. What contradicts is named.

import { Bisection } from "#coordinator/scenario/index.ts";

/** As parts of what the scenario has: 1 and 1 is the scenario as it stands. */
export interface Attack {
  readonly outage: number;
  readonly load: number;
}

/** What an attack costs: outage times load, where the scenario's own costs 1. */
export const costOf = ({ outage, load }: Attack): number => outage * load;

export interface AttackSpec {
  /** Rising. */
  readonly outages: readonly number[];
  readonly loads: readonly number[];
  /** Whether each of them wedges, in their order. */
  readonly wedges: (attacks: readonly Attack[]) => Promise<readonly boolean[]>;
}

export interface Attacked {
  /** null: none in the range wedges. */
  readonly cheapest: Attack | null;
  /** The longest outage under the same load that does not; null: none is known. */
  readonly survived: Attack | null;
  /** The shortest outage that wedges under each load. */
  readonly front: readonly Attack[];
  /** Wedges, though a longer outage or a larger load does not. */
  readonly contradictions: readonly Attack[];
}

/** How often the step around the answer is halved. */
const CLOSER = 3;

export async function attack(spec: AttackSpec): Promise<Attacked> {
  const { outages, loads } = spec;
  const searches = await halved(spec);
  const front = searches.flatMap(({ smallest }, i) => pointAt(spec, smallest, i));
  const first = front.toSorted((one, other) => costOf(one) - costOf(other))[0];
  const inRow = searches.flatMap(({ contradictions }, i) =>
    contradictions.flatMap((at) => pointAt(spec, at, i)),
  );
  const across = front.filter(({ load, outage }) =>
    loads.some((larger) => larger > load && !holdsAt(front, { load: larger, outage })),
  );
  const contradictions = [...inRow, ...across];
  if (first === undefined) return { cheapest: null, survived: null, front, contradictions };
  const below = outages.filter((outage) => outage < first.outage).at(-1) ?? null;
  return { ...(await closer(spec, first, below)), front, contradictions };
}

const pointAt = ({ outages, loads }: AttackSpec, at: number | null, i: number): Attack[] => {
  const [outage, load] = [outages[at ?? -1], loads[i]];
  return outage === undefined || load === undefined ? [] : [{ outage, load }];
};

/** Whether the front says that this one wedges too. */
const holdsAt = (front: readonly Attack[], { load, outage }: Attack): boolean =>
  front.some((each) => each.load === load && each.outage <= outage);

async function halved({ outages, loads, wedges }: AttackSpec): Promise<readonly Bisection[]> {
  const searches = loads.map(() => new Bisection({ count: outages.length, checksOrder: true }));
  for (;;) {
    const asked = searches.flatMap((search, i) => {
      const at = search.next();
      const [outage, load] = [outages[at ?? -1], loads[i]];
      return at === null || outage === undefined || load === undefined
        ? []
        : [{ search, at, attack: { outage, load } }];
    });
    if (asked.length === 0) return searches;
    const answers = await wedges(asked.map((each) => each.attack));
    for (const [i, { search, at }] of asked.entries()) search.tell(at, answers[i] === true);
  }
}

/** The shortest outage that wedges, between one that does and the one below it. */
async function closer(
  { wedges }: AttackSpec,
  found: Attack,
  below: number | null,
): Promise<Pick<Attacked, "cheapest" | "survived">> {
  if (below === null) return { cheapest: found, survived: null };
  let [low, high] = [below, found.outage];
  for (let i = 0; i < CLOSER; i++) {
    const outage = (low + high) / 2;
    const [isWedged] = await wedges([{ ...found, outage }]);
    if (isWedged === true) high = outage;
    else low = outage;
  }
  return { cheapest: { ...found, outage: high }, survived: { ...found, outage: low } };
}
