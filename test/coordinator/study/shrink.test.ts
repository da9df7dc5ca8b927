// What a swarm makes of a large scenario that breaks something, on documents alone.

import { expect, test } from "vitest";
import { diagnosticText, openScenario, toYaml } from "#coordinator/scenario/index.ts";
import { type Document, drawScenario } from "#coordinator/study/index.ts";
import { shrink } from "#coordinator/study/swarm/shrink.ts";
import { faults } from "#faults/index.ts";
import { DRIVERS, presets } from "#kernel/index.ts";

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

const shrunk = (document: Document, isBroken: (text: string) => boolean, triesMax = 5_000) =>
  shrink({
    document,
    breaks: (all) => Promise.resolve(all.map((each) => isBroken(JSON.stringify(each)))),
    width: 3,
    triesMax,
  });

test("what is drawn is a scenario, the same for the same seed", () => {
  for (const seed of SEEDS) {
    const text = toYaml(drawScenario(seed));
    const opened = openScenario(text, `seed ${seed}`);
    expect(opened.ok ? [] : opened.diagnostics.map(diagnosticText)).toEqual([]);
    expect(toYaml(drawScenario(seed))).toBe(text);
  }
});

test("every policy, card and fault is drawn, and none is always", () => {
  const texts = SEEDS.map((seed) => JSON.stringify(drawScenario(seed)));
  for (const word of [...Object.keys(presets), ...DRIVERS, ...Object.keys(faults)]) {
    const times = texts.filter((text) => text.includes(`"${word}"`)).length;
    expect([word, times > 0, times < SEEDS.length]).toEqual([word, true, true]);
  }
});

test("what does not matter goes, with all that names it, and numbers become small", async () => {
  const document: Document = {
    nodes: { A: { ram: "64 MiB", cpus: 4 }, B: {}, C: {} },
    links: { "A<->B": { latency: "1 ms" } },
    traffic: [{ id: "load1", from: "B", to: "A/svc" }],
    timeline: [
      { id: "f1", fault: "link.cut", on: "A->B", for: "800 ms" },
      { id: "f2", fault: "swap.stall", on: "C", for: "800 ms" },
      { id: "over", after: "f1.healed" },
    ],
  };
  const { document: smallest, isSmallest } = await shrunk(
    document,
    (text) => text.includes("swap.stall") && /"ram":"(\d\d|[89]) MiB"/.test(text),
  );
  expect(isSmallest).toBe(true);
  expect(smallest).toEqual({
    nodes: { A: { ram: "8 MiB" } },
    timeline: [{ id: "f2", fault: "swap.stall" }],
  });
});

test("of two that matter both stay, and a bound on tries is kept", async () => {
  const timeline = Array.from({ length: 12 }, (_, i) => ({ id: `f${i}`, on: `n${i}` }));
  const isBroken = (text: string) => text.includes('"f3"') && text.includes('"f9"');
  const { document } = await shrunk({ timeline }, isBroken);
  expect(document).toEqual({ timeline: [{ id: "f3" }, { id: "f9" }] });
  const bounded = await shrunk({ timeline }, isBroken, 4);
  expect([bounded.tries <= 4, bounded.isSmallest]).toEqual([true, false]);
});
