import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openScenario, parseSetting, toYaml } from "#coordinator/scenario/index.ts";
import { runCommand } from "#dashboard/model/orders.ts";
import {
  commandOf,
  isChanged,
  type Session,
  undone,
  withFault,
  withSetting,
  yamlOf,
} from "#dashboard/model/session.ts";

const session: Session = {
  scenario: "zijlstra-wedge",
  variant: "swapnbd-v9",
  seed: 7,
  policy: null,
  settings: [],
};
const stalled = withFault(session, {
  name: "swap.stall",
  target: "C",
  atNs: 2_000_000_000,
  forNs: 3_500_000_000,
  args: [],
});
const text = readFileSync(new URL("../../scenarios/zijlstra-wedge.yaml", import.meta.url), "utf8");

function resolved({ variant, settings }: Session) {
  const opened = openScenario(text, "zijlstra-wedge.yaml");
  if (!opened.ok) throw new Error("the scenario cannot be opened");
  const parsed = settings.map(parseSetting).filter((setting) => setting !== null);
  return opened.scenario.resolve({ variant, settings: parsed });
}

test("a command repeats a session", () => {
  expect(commandOf(withSetting(session, "params.flood=500/s"))).toBe(
    "./unwedge run zijlstra-wedge --variant swapnbd-v9 --seed 7 --set params.flood=500/s",
  );
});

test("a wish is the same run on the cluster that is up", () => {
  const { scenario, variant } = session;
  const wish = { scenario, variant, seed: null, policy: "mainline-6.1", set: ["a=1 s"] };
  expect(runCommand(wish)).toBe(
    "./unwedge run zijlstra-wedge --variant swapnbd-v9 --policy mainline-6.1 --set 'a=1 s' --engine cluster",
  );
});

test("what a shell would take apart is quoted", () => {
  expect(commandOf(withSetting(session, "a=it's"))).toContain(`--set 'a=it'\\''s'`);
});

test("a fault of the page is a step that the scenario language understands", () => {
  const found = resolved(stalled);
  if (!found.ok) throw new Error(found.diagnostics.map(({ message }) => message).join());
  const step = found.scenario.steps.find(({ id }) => id === "page-1");
  expect(step?.trigger).toEqual({ on: "time", atNs: 2_000_000_000 });
  expect(step?.action).toMatchObject({ type: "fault", forNs: 3_500_000_000 });
});

test("the scenario that is saved means what was run", () => {
  const found = resolved(stalled);
  if (!found.ok) throw new Error("not resolved");
  const again = openScenario(toYaml(found.scenario.document), "session.yaml");
  const kept = again.ok ? again.scenario.resolve() : again;
  if (!kept.ok || !("steps" in kept.scenario)) throw new Error("the saved scenario cannot be read");
  expect(kept.scenario.cluster).toEqual(found.scenario.cluster);
  expect(kept.scenario.steps.map(({ trigger, action }) => ({ trigger, action }))).toEqual(
    found.scenario.steps.map(({ trigger, action }) => ({ trigger, action })),
  );
});

test("changes are undone from the last to the first, the policy at the end", () => {
  const changed = { ...withSetting(stalled, "params.flood=0/s"), policy: "mainline-6.1" };
  const back = [changed, undone(changed), undone(undone(changed)), undone(undone(undone(changed)))];
  expect(back.map(({ settings, policy }) => [settings.length, policy])).toEqual([
    [2, "mainline-6.1"],
    [1, "mainline-6.1"],
    [0, "mainline-6.1"],
    [0, null],
  ]);
  expect(back.map(isChanged)).toEqual([true, true, true, false]);
});

test("a setting is shown as the lines it stands for", () => {
  expect(yamlOf("nodes.A.policy=swapnbd-v9")).toBe("nodes:\n  A:\n    policy: swapnbd-v9");
  expect(yamlOf("timeline.+={ at: 1 s }")).toBe("timeline:\n  - { at: 1 s }");
});
