import { expect, test } from "vitest";
import { reelOf } from "#dashboard/model/reel.ts";
import { judged, standingAt, verdictText } from "#dashboard/model/verdict.ts";
import { tinyFilm } from "../support/films.ts";

test("a verdict has a sign, and how sure it is", () => {
  expect([verdictText("recovers", null), verdictText("wedged", "certain")]).toEqual([
    "✓ recovers",
    "✕ wedged (certain)",
  ]);
});

test("the last frame is of a run that is over, also where it was judged a little later", () => {
  const film = tinyFilm("fits");
  if (film.end === null) throw new Error("the film has an end");
  const reel = reelOf({ ...film, end: { ...film.end, atNs: film.end.atNs + 1e9 } });
  const wordAt = (i: number): string => {
    const frame = reel.frames.at(i);
    return frame === undefined ? "" : standingAt(reel, frame).word;
  };
  expect([wordAt(0), wordAt(-1)]).toEqual(["working", "completes"]);
});

test("a verdict that nobody knows is shown, and not taken for a good one", () => {
  expect(verdictText("constructor", null)).toBe("· constructor");
  expect(judged("constructor", null).tone).toBe("warn");
});
