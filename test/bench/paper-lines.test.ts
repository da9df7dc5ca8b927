import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openScenario } from "#coordinator/scenario/index.ts";
import { lineOf, type PaperLine, ratioText, VARIANTS } from "../../bench/paper-lines.ts";

const line = (variant: string, verdict: string, elapsedS: number): PaperLine => ({
  variant,
  verdict,
  status: "pass",
  sysS: 1,
  userSysS: 2,
  elapsedS,
  pagesOut: 10,
  pagesIn: 20,
  throttled: 0,
  wallS: 1,
  cpuUsPerPage: 3,
  rssMiB: 100,
  events: 5,
});

test("every variant of the scenario has a line, and no other", () => {
  const path = "scenarios/gorman-4x.yaml";
  const opened = openScenario(readFileSync(path, "utf8"), path);
  // The small ones are for the table of claims: their size is not the paper's.
  const variants = opened.ok ? opened.scenario.variants : [];
  const ofPaper = variants.filter((variant) => !variant.endsWith("-small"));
  expect(new Set(ofPaper)).toEqual(new Set(VARIANTS));
});

test("the paper's figures stand below ours", () => {
  expect(lineOf(line("swapnbd-slab", "completes", 12.3))).toContain(
    "Elapsed 12.30\n  paper: Sys 73.45",
  );
});

test("the ratio is of two runs that came to an end", () => {
  const patched = line("swapnbd-slab", "completes", 10);
  expect(ratioText([line("vanilla-slab", "completes", 15), patched])).toContain(
    "1.50; the paper's: 1.41",
  );
  expect(ratioText([line("vanilla-slab", "wedged", 1), patched])).toContain(
    "no ratio, wedged / completes",
  );
});
