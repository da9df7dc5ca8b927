import { expect, test } from "vitest";
import { Playhead, SPEEDS } from "#dashboard/model/playhead.ts";

const second = { lastNs: 1_000_000_000, isOver: false };

function playing(): Playhead {
  const playhead = new Playhead();
  playhead.isPlaying = true;
  return playhead;
}

test("at speed 1 a second is a second", () => {
  const playhead = playing();
  playhead.tick(250, second);
  expect(playhead.atNs).toBe(250_000_000);
});

test("it goes on no further than there is film, and waits there for more", () => {
  const playhead = playing();
  playhead.tick(5_000, second);
  expect([playhead.atNs, playhead.isPlaying]).toEqual([1_000_000_000, true]);
});

test("the end of a finished film stops it", () => {
  const playhead = playing();
  playhead.tick(5_000, { ...second, isOver: true });
  expect(playhead.isPlaying).toBe(false);
});

test("who pauses does not move", () => {
  const playhead = new Playhead();
  playhead.tick(1_000, second);
  expect(playhead.atNs).toBe(0);
});

test("speeds go from a tenth to a thousand and end there", () => {
  const playhead = new Playhead();
  for (const _ of SPEEDS) playhead.slower();
  expect(playhead.speed).toBe(0.1);
  for (const _ of SPEEDS) playhead.faster();
  expect(playhead.speed).toBe(1_000);
});

test("nobody gets out of the film", () => {
  const playhead = new Playhead();
  playhead.seek(-1, 10);
  expect(playhead.atNs).toBe(0);
  playhead.seek(11, 10);
  expect(playhead.atNs).toBe(10);
});

test("a stop holds it at its instant, however far a step would go, and who goes on comes to the next", () => {
  const playhead = playing();
  const film = { ...second, stopsNs: [0, 200_000_000, 210_000_000] };
  playhead.tick(900, film);
  expect([playhead.atNs, playhead.isPlaying]).toEqual([200_000_000, false]);
  playhead.isPlaying = true;
  playhead.tick(900, film);
  expect(playhead.atNs).toBe(210_000_000);
});

test("held while it follows, it goes on from there and not at the present", () => {
  const playhead = new Playhead();
  playhead.follow(100_000_000);
  playhead.tick(10, { ...second, stopsNs: [300_000_000] });
  expect([playhead.atNs, playhead.isFollowing]).toEqual([300_000_000, false]);
  playhead.isPlaying = true;
  playhead.tick(10, { ...second, lastNs: 5_000_000_000, stopsNs: [300_000_000] });
  expect(playhead.atNs).toBe(310_000_000);
});
