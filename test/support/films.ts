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
export const tinyFilm = (variant: string): Film =>
  filmOf(readFileSync(tiny, "utf8"), "tiny.yaml", variant);

/** Of a scenario that is shipped. */
export const shippedFilm = (scenario: string, variant: string, seed: number): Film => {
  const file = new URL(`../../scenarios/${scenario}.yaml`, import.meta.url);
  return filmOf(readFileSync(file, "utf8"), `${scenario}.yaml`, variant, seed);
};

/** So many machines that swap to C, each with a program of another size: from one that fits to one that does not. */
export function fleetFilm(machines: number): Film {
  const names = Array.from({ length: machines }, (_, i) => `M${String(i + 1).padStart(2, "0")}`);
  const nodes = names.map((name, i) => {
    const hog = `{ kind: anon, size: ${8 + Math.round((10 * i) / machines)} MiB, pattern: linear, populate: write, access: write, touch: 12000/s }`;
    return `  ${name}: { role: machine, policy: vanilla-2007, memory: { ram: 16 MiB, kernel: 4 MiB }, swap: [{ server: C, export: ${name}, size: 16 MiB }], run: { hog: ${hog} } }`;
  });
  const links = names.map((name) => `  "${name}<->C": { latency: 100 us }`);
  const last = names.at(-1) ?? "";
  const text = `schema: unwedge/v1
id: fleet
title: "Machines that swap to one server"
seed: 1
engine: { default: virtual, allow: [virtual] }
nodes:
${nodes.join("\n")}
  C: { role: swap-server }
links:
${links.join("\n")}
timeline:
  - { phase: work, at: 0 s }
  - { phase: judged, id: over, at: 400 ms, do: mark }
checks:
  - { id: worked, sometimes: "${last}/hog.progress > 0" }
  - { id: ends, verdict: [recovers, degraded], after: over, settle: 200 ms }
`;
  return filmOf(text, "fleet.yaml", null);
}

function filmOf(text: string, file: string, variant: string | null, seed = 1): Film {
  const opened = openScenario(text, file);
  const found = opened.ok ? opened.scenario.resolve({ variant }) : opened;
  if (!found.ok) throw new Error(found.diagnostics.map(({ message }) => message).join("\n"));
  if (!("cluster" in found.scenario)) throw new Error(`${file}: not resolved`);
  const run = new Run({ scenario: found.scenario, seed });
  const camera = new Camera(run);
  const frames: Frame[] = [];
  while (!run.isJudged) {
    run.step();
    camera.observe();
    frames.push(...camera.takeFrames());
  }
  camera.close();
  const title = titleOf(found.scenario, { seed, policy: null, settings: [] });
  return { schema: FILM_SCHEMA, title, frames, closure: camera.closure, end: camera.end() };
}

export const emptyTitle: FilmTitle = {
  ...{ scenario: "made-up", title: "Made up", story: "", about: "", refs: [], variant: null },
  ...{ seed: 1, policy: null, settings: [], plannedNs: 10_000_000_000 },
  cast: [
    {
      name: "A",
      role: "machine",
      policy: "vanilla-2007",
      era: "2.6.12",
      serves: false,
      uses: ["C"],
    },
    { name: "B", role: "client", policy: null, era: null, serves: false, uses: [] },
    { name: "C", role: "swap-server", policy: null, era: null, serves: true, uses: [] },
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
