// What a worker is asked for: some seeds of one cell, a cell being a scenario, its variant and its settings.
//
// A run's result is found by the hash of all that decides it: the scenario as it is run, line numbers included (results
// name them), the seed, and the core. What the scenario's text says besides changes no hash: a sweep that gets more values
// keeps the results that it has.

import { createHash } from "node:crypto";
import type { ResolvedScenario } from "#coordinator/scenario/index.ts";
import { resolveStudyJob, type StudyJob } from "#coordinator/study/index.ts";

export type Cell = Omit<StudyJob, "seed">;

/** What is on the queue, under its id. Plain data. */
export interface BatchData {
  readonly cell: Cell;
  readonly seeds: readonly number[];
  /** Of the results, in the order of the seeds. */
  readonly hashes: readonly string[];
}

export interface Batch extends BatchData {
  /** The same for whoever asks for the same results. */
  readonly id: string;
  /** Of its runs among all that were asked for, in the order of the seeds. */
  readonly places: readonly number[];
}

/** So many that a worker is not asked for every run, so few that the last ones of a campaign keep many workers busy. */
const SEEDS_MAX = 5;

/** The batches of `jobs`, in their order. Throws UnwedgeError with every mistake of a scenario. */
export function batchesOf(jobs: readonly StudyJob[], core: string): Batch[] {
  const cells = new Map<string, { readonly cell: Cell; readonly places: number[] }>();
  for (const [place, { seed: _, ...cell }] of jobs.entries()) {
    const key = JSON.stringify(cell);
    const found = cells.get(key) ?? { cell, places: [] };
    found.places.push(place);
    cells.set(key, found);
  }
  return [...cells.values()].flatMap(({ cell, places }) => {
    const decided = decidingText(resolveStudyJob(cell));
    return chunksOf(places).map((chunk) => {
      const seeds = chunk.map((place) => jobs[place]?.seed ?? 0);
      const hashes = seeds.map((seed) => hashOf(JSON.stringify([core, seed, decided])));
      return { id: hashOf(hashes.join()), cell, seeds, hashes, places: chunk };
    });
  });
}

/** `scenarios/x.yaml min-free-20 params.outage=2 s, seeds 1 to 5`. */
export function batchText({ cell: { file, variant, policy, settings }, seeds }: BatchData): string {
  const [first, last] = [seeds[0], seeds.at(-1)];
  const parts = [file, variant, policy, ...settings].filter((part) => part !== null);
  return `${parts.join(" ")}, ${first === last ? `seed ${first}` : `seeds ${first} to ${last}`}`;
}

/** What a run is made of, but its seed. Studies are about runs, and in none of them; closures are in it as their text. */
function decidingText({ document, ...decided }: ResolvedScenario): string {
  const { sweep: _, search: __, ...rest } = document;
  return JSON.stringify({ ...decided, document: rest });
}

const chunksOf = (places: readonly number[]): number[][] =>
  Array.from({ length: Math.ceil(places.length / SEEDS_MAX) }, (_, i) =>
    places.slice(i * SEEDS_MAX, (i + 1) * SEEDS_MAX),
  );

const HEX_DIGITS = 32;
const hashOf = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, HEX_DIGITS);
