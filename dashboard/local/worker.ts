// The kernel in the browser: runs a scenario in virtual time and sends the film of it. The same files as on the command
// line, so the same digest.

import {
  diagnosticText,
  openScenario,
  parseSetting,
  type ResolvedScenario,
  type Scenario,
  sessionYaml,
} from "#coordinator/scenario/index.ts";
import { presets } from "#kernel/index.ts";
import { Camera, Run, titleOf } from "#sim/index.ts";
import type { Session } from "../model/session.ts";
import type { CatalogueEntry, LocalMessage, LocalOrder } from "./messages.ts";

const texts = import.meta.glob("../../scenarios/*.yaml", {
  query: "?raw",
  import: "default",
  eager: true,
});

const say = (message: LocalMessage): void => self.postMessage(message);

/** Longest time that an order has to wait. */
const REST_EVERY_MS = 40;

interface Shooting {
  readonly run: Run;
  readonly camera: Camera;
  /** The session as a scenario that expects a verdict; null: it is not known yet. */
  readonly yamlOf: (verdict: string | null) => string;
}
let shooting: Shooting | null = null;

self.addEventListener("message", ({ data }: MessageEvent<LocalOrder>) => {
  shooting?.camera.close();
  shooting = begin(data.session);
  shoot();
});
say(catalogue());

function shoot(): void {
  if (shooting === null) return;
  const { run, camera, yamlOf } = shooting;
  const untilMs = performance.now() + REST_EVERY_MS;
  while (!run.isJudged && performance.now() < untilMs) {
    run.step();
    camera.observe();
  }
  const frames = camera.takeFrames();
  if (frames.length > 0) say({ type: "frames", frames, closure: camera.closure });
  if (!run.isJudged) {
    setTimeout(shoot, 0);
    return;
  }
  const end = camera.end();
  say({ type: "end", end, closure: camera.closure, document: yamlOf(end.result.verdict) });
  camera.close();
  shooting = null;
}

function begin(session: Session): Shooting | null {
  const scenario = resolved(session);
  if (scenario === null) return null;
  const { seed, policy, settings } = session;
  const title = titleOf(scenario, { seed, policy, settings });
  const yamlOf = (verdict: string | null): string =>
    sessionYaml({ scenario, seed, orders: [], verdict });
  say({ type: "title", title, document: yamlOf(null) });
  const run = new Run({ scenario, seed });
  return { run, camera: new Camera(run), yamlOf };
}

function resolved({ scenario: id, variant, policy, settings }: Session): ResolvedScenario | null {
  const scenario = scenarios().get(id);
  if (scenario === undefined) return refused(`no scenario is called ${id}`);
  const parsed = settings.map((text) => parseSetting(text));
  const known = parsed.filter((setting) => setting !== null);
  if (known.length < parsed.length) return refused("a setting is not path=value");
  const found = scenario.resolve({ variant, policy, settings: known });
  return found.ok ? found.scenario : refused(found.diagnostics.map(diagnosticText).join("\n"));
}

function refused(why: string): null {
  say({ type: "refused", why });
  return null;
}

function scenarios(): ReadonlyMap<string, Scenario> {
  const found = new Map<string, Scenario>();
  for (const [file, text] of Object.entries(texts)) {
    const opened = openScenario(text, file);
    const id = file.slice(file.lastIndexOf("/") + 1, -".yaml".length);
    if (opened.ok) found.set(id, opened.scenario);
  }
  return found;
}

function catalogue(): LocalMessage {
  const entries = [...scenarios()].map(([id, scenario]): CatalogueEntry => {
    const variants = scenario.variants.map((name) => ({ name, about: aboutOf(scenario, name) }));
    const first = scenario.resolve();
    return {
      id,
      title: first.ok ? first.scenario.title : id,
      variants,
      seed: first.ok ? first.scenario.seed : 1,
    };
  });
  return { type: "catalogue", scenarios: entries, policies: Object.keys(presets) };
}

function aboutOf(scenario: Scenario, variant: string): string {
  const found = scenario.resolve({ variant });
  return found.ok ? found.scenario.about : "";
}
