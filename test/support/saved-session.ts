// A session that a page saves as a scenario, run as a command line would run it.

import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { openScenario } from "#coordinator/scenario/index.ts";
import { Run, type RunOutcome } from "#sim/index.ts";

/** From the view that has the button. */
export async function runSaved(page: Page): Promise<RunOutcome> {
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "save session as scenario" }).click();
  const text = readFileSync(await (await saved).path(), "utf8");
  const opened = openScenario(text, "session.yaml");
  const found = opened.ok ? opened.scenario.resolve() : opened;
  if (!found.ok || !("steps" in found.scenario)) throw new Error(JSON.stringify(found));
  return new Run({ scenario: found.scenario, seed: found.scenario.seed }).finish();
}
