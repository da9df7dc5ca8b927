// What a run leaves behind: enough to repeat it, to tell whether the repetition is the same, and to look at it anywhere
// without running all of it. Plain data; how it becomes a file is the shell's business (cli/bundle-file.ts).
//
// A bundle is a head and a few keyframes. The head says by itself what became of the run; a keyframe names pieces that it,
// or one that stands before it, brings along.

import type { RunResult } from "#coordinator/scenario/index.ts";
import type { BlobPool } from "./blob-pool.ts";
import type { Keyframe, KeyframePlace } from "./keyframes.ts";
import { type Json, unpack } from "./pack.ts";
import type { MachineRecord } from "./recorder.ts";
import type { RunState } from "./run.ts";

export const BUNDLE_SCHEMA = "unwedge-bundle/v1";

export interface BundleHead {
  readonly schema: typeof BUNDLE_SCHEMA;
  readonly versions: { readonly tool: string; readonly model: string; readonly node: string };
  readonly scenario: BundledScenario;
  readonly variant: string | null;
  readonly seed: number;
  readonly policy: string | null;
  /** `--set` as given. */
  readonly settings: readonly string[];
  /** Where it went on otherwise; bundles of before there were forks do not say. */
  readonly forks?: readonly BundledFork[];
  readonly engine: "virtual";
  /** ISO 8601. */
  readonly startedAt: string;
  readonly wallMs: number;
  readonly ending: "judged" | "wall-limit" | "interrupted";
  readonly digest: string;
  readonly events: number;
  readonly simNs: number;
  /** Verdict, checks, faults; null: it was not judged. */
  readonly result: RunResult | null;
  /** Why it is wedged, as data; null: nobody has said. */
  readonly certificate: unknown;
  readonly machines: readonly MachineRecord[];
  /** In the order in which they follow. */
  readonly keyframes: readonly KeyframePlace[];
  /** There was no room for these. */
  readonly droppedKeyframes: readonly KeyframePlace[];
}

/** From an instant on other settings: all of them, those from the beginning too. */
export interface BundledFork {
  readonly atNs: number;
  readonly policy: string | null;
  readonly settings: readonly string[];
}

export interface BundledScenario {
  readonly id: string;
  /** As the command line named the file. */
  readonly file: string;
  /** Of the text. */
  readonly sha256: string;
  /** The file as it was. */
  readonly text: string;
  /** The document that was run: variant merged in, settings applied, parameters filled in. */
  readonly resolved: string;
}

export interface BundledKeyframe {
  readonly state: Json;
  /** Pieces that stand in no keyframe before this one. */
  readonly pieces: readonly (readonly [number, Uint8Array])[];
}

/** Puts keyframes in order, each piece into the first that needs it. */
export class KeyframeRow {
  readonly #pool: BlobPool;
  readonly #present = new Set<number>();

  constructor(pool: BlobPool) {
    this.#pool = pool;
  }

  /** How it would stand behind those that were taken. */
  next({ state, pieces }: Keyframe): BundledKeyframe {
    const fresh = pieces.filter((id) => !this.#present.has(id));
    return { state, pieces: fresh.map((id) => [id, this.#pool.planesOf(id)]) };
  }

  take({ pieces }: BundledKeyframe): void {
    for (const [id] of pieces) this.#present.add(id);
  }
}

export const placeOf = ({ atNs, phase, stage, events }: KeyframePlace): KeyframePlace => ({
  ...{ atNs, phase, stage, events },
});

/** The latest keyframe at or before an instant, by its index; null: there is none. */
export function keyframeBefore(places: readonly KeyframePlace[], atNs: number): number | null {
  let best: number | null = null;
  for (const [i, place] of places.entries()) {
    const isLater = best === null || place.events >= (places[best]?.events ?? 0);
    if (place.atNs <= atNs && isLater) best = i;
  }
  return best;
}

/** The state that a keyframe keeps, with the pieces of those before it; null: it is damaged. */
export function stateOf(row: readonly BundledKeyframe[], index: number): RunState | null {
  const pieces = new Map(row.slice(0, index + 1).flatMap((keyframe) => keyframe.pieces));
  const unpacked = unpack(row[index]?.state ?? null, (id) => pieces.get(id) ?? null);
  return unpacked !== null && isRunState(unpacked.value) ? unpacked.value : null;
}

/** Its inside is what the model's own save() gave, and checked by what is loaded. */
function isRunState(value: unknown): value is RunState {
  return (
    isRecord(value) &&
    isRecord(value["world"]) &&
    Array.isArray(value["world"]["machines"]) &&
    isRecord(value["interpreter"]) &&
    isRecord(value["injection"])
  );
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
