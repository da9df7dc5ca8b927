import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { openScenario } from "#coordinator/scenario/index.ts";
import { type Film, Run } from "#sim/index.ts";
import { tinyFilm } from "../support/films.ts";

describe("a film", () => {
  let film: Film;
  beforeAll(() => {
    film = tinyFilm("too-large");
  });

  test("changes nothing of the run: the digest is that of one nobody watched", () => {
    const text = readFileSync(new URL("../fixtures/tiny.yaml", import.meta.url), "utf8");
    const opened = openScenario(text, "tiny.yaml");
    if (!opened.ok) throw new Error("tiny.yaml cannot be opened");
    const found = opened.scenario.resolve({ variant: "too-large" });
    if (!found.ok) throw new Error("tiny.yaml cannot be resolved");
    expect(film.end?.digest).toBe(new Run({ scenario: found.scenario, seed: 1 }).finish().digest);
  });

  test("is plain data in the order of time", () => {
    expect(JSON.parse(JSON.stringify(film))).toEqual(film);
    const instants = film.frames.map(({ atNs }) => atNs);
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
  });

  test("every page has one owner in every frame", () => {
    for (const { machines } of film.frames)
      for (const { pages } of machines) {
        const { total, ...owned } = pages;
        expect(Object.values(owned).reduce((sum, each) => sum + each, 0)).toBe(total);
        expect(Math.min(...Object.values(owned))).toBeGreaterThanOrEqual(0);
      }
  });

  test("useful progress only grows", () => {
    const useful = film.frames.map((frame) => frame.useful);
    expect(useful).toEqual([...useful].sort((a, b) => a - b));
  });

  test("what is sent over the swap socket is critical, and more was sent than is kept", () => {
    const messages = film.frames.flatMap((frame) => frame.messages);
    expect(messages.filter(({ from, to }) => from === "A" && to === "C").length).toBeGreaterThan(0);
    expect(messages.every(({ isCritical, what }) => isCritical || what === "dropped")).toBe(true);
    expect(film.frames.some(({ messagesLeftOut }) => messagesLeftOut > 0)).toBe(true);
  });
});

test("a run that ends well has no closure", () => {
  const { closure, end, frames } = tinyFilm("fits");
  expect(frames.at(-1)?.useful).toBeGreaterThan(0);
  expect(closure).toBeNull();
  expect(end?.result.verdict).toBe("completes");
});
