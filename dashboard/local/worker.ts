// The kernel in the browser: runs a scenario in virtual time and sends the film of it. The same files as on the command
// line, so the same digest.

import { type Scenario, sessionYaml } from "#coordinator/scenario/index.ts";
import { presets } from "#kernel/index.ts";
import { Camera, healedAfter, noReturn, Run, timedFaults, titleOf } from "#sim/index.ts";
import { type Session, withSetting } from "../model/session.ts";
import type { CatalogueEntry, LocalMessage, LocalOrder, NoReturnOrder } from "./messages.ts";
import { resolvedSession, shipped } from "./shipped.ts";

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
  try {
    obey(data);
  } catch (error) {
    say({ type: "refused", why: error instanceof Error ? error.message : String(error) });
  }
});

function obey(order: LocalOrder): void {
  switch (order.type) {
    case "catalogue":
      say(catalogue());
      return;
    case "run":
      shooting?.camera.close();
      shooting = null;
      shooting = begin(order.session);
      shoot();
      return;
    case "no-return":
      say({ type: "no-return", found: noReturnOf(order) });
      return;
  }
}

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

function begin(session: Session): Shooting {
  const scenario = resolvedSession(session);
  const { seed, policy, settings } = session;
  const title = titleOf(scenario, { seed, policy, settings });
  const yamlOf = (verdict: string | null): string =>
    sessionYaml({ scenario, seed, orders: [], verdict });
  say({ type: "title", title, document: yamlOf(null), healable: timedFaults(scenario) });
  const run = new Run({ scenario, seed });
  return { run, camera: new Camera(run), yamlOf };
}

/** As exactly as `unwedge no-return` asks, in ns. */
const STEP_NS = 10_000_000;

/** Runs to its end without looking up: in a worker of its own, which is ended when nobody wants to know any more. */
function noReturnOf({ session, fault }: NoReturnOrder) {
  const asItStands = resolvedSession(session);
  const resolve = (forNs: number | null) =>
    forNs === null ? asItStands : resolvedSession(withSetting(session, healedAfter(fault, forNs)));
  const spec = { resolve, seed: session.seed, fault, stepNs: STEP_NS };
  return noReturn(spec, (trial) => say({ type: "trial", trial }));
}

function catalogue(): LocalMessage {
  const entries = [...shipped()].map(([id, scenario]): CatalogueEntry => {
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
