// The language reference names everything there is: a fault, a key or a verdict that it leaves out fails here.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { UNITS } from "#coordinator/scenario/quantity.ts";
import { scenarioSchema } from "#coordinator/scenario/schema.ts";
import {
  checkSchema,
  stepSchema,
  trafficSchema,
  VERDICTS,
} from "#coordinator/scenario/schema-steps.ts";
import { type Fault, faults } from "#faults/index.ts";

const reference = readFileSync("docs/scenarios.md", "utf8");

test("every fault, with its arguments", () => {
  for (const [name, fault] of Object.entries<Fault>(faults)) {
    const row = reference.split("\n").find((line) => line.includes(`\`${name}\``)) ?? "";
    expect(row, name).not.toBe("");
    for (const argument of Object.keys(fault.args)) expect(row, name).toContain(`\`${argument}\``);
  }
});

test("every unit", () => {
  for (const units of Object.values(UNITS))
    for (const unit of units.keys()) expect(reference).toContain(unit);
});

test("every verdict", () => {
  for (const verdict of VERDICTS) expect(reference).toContain(`| \`${verdict}\` |`);
});

describe("every key", () => {
  test.each([
    ["scenario", scenarioSchema],
    ["step", stepSchema],
    ["check", checkSchema],
    ["traffic", trafficSchema],
  ] as const)("of a %s", (_, schema) => {
    for (const key of Object.keys(schema.shape))
      expect(reference).toMatch(new RegExp(`\\b${key}\\b`));
  });
});
