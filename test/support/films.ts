// Films for tests: of the small scenario, and made up where only a shape matters.

import { readFileSync } from "node:fs";
import { openScenario } from "#coordinator/scenario/index.ts";
import { Reel } from "#dashboard/model/reel.ts";
import {
  Camera,
  FILM_SCHEMA,
  type Film,
  type FilmTitle,
  type Frame,
  Run,
  titleOf,
} from "#sim/index.ts";

const tiny = new URL("../fixtures/tiny.yaml", import.meta.url);

/** A whole run of a variant of test/fixtures/tiny.yaml. */
export function tinyFilm(variant: string): Film {
  const opened = openScenario(readFileSync(tiny, "utf8"), "tiny.yaml");
  const found = opened.ok ? opened.scenario.resolve({ variant }) : opened;
  if (!found.ok || !("cluster" in found.scenario)) throw new Error("tiny.yaml cannot be run");
  const run = new Run({ scenario: found.scenario, seed: 1 });
  const camera = new Camera(run);
  const frames: Frame[] = [];
  while (!run.isJudged) {
    run.step();
    camera.observe();
    frames.push(...camera.takeFrames());
  }
  camera.close();
  const title = titleOf(found.scenario, { seed: 1, policy: null, settings: [] });
  return { schema: FILM_SCHEMA, title, frames, closure: camera.closure, end: camera.end() };
}

export const emptyTitle: FilmTitle = {
  ...{ scenario: "made-up", title: "Made up", story: "", about: "", refs: [], variant: null },
  ...{ seed: 1, policy: null, settings: [], plannedNs: 10_000_000_000 },
  cast: [
    { name: "A", role: "machine", policy: "vanilla-2007", era: "2.6.12" },
    { name: "B", role: "client", policy: null, era: null },
    { name: "C", role: "swap-server", policy: null, era: null },
  ],
  links: [
    { from: "A", to: "B" },
    { from: "B", to: "A" },
    { from: "A", to: "C" },
    { from: "B", to: "C" },
  ],
};

export const emptyFrame = (atNs: number, changes: Partial<Frame> = {}): Frame => ({
  ...{ atNs, phase: null, stage: "running", faults: [], useful: 0, usefulAtNs: 0 },
  ...{ machines: [], messages: [], messagesLeftOut: 0 },
  ...changes,
});

export function emptyReel(instantsNs: readonly number[]): Reel {
  const reel = new Reel(emptyTitle);
  reel.append(instantsNs.map((atNs) => emptyFrame(atNs)));
  return reel;
}
