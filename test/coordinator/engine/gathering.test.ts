import { expect, test } from "vitest";
import { Gathering } from "#coordinator/engine/gathering.ts";

/** What has come of a round by the time that everything that could happen has. */
async function fateOf(round: Promise<void>): Promise<string> {
  let fate = "waits";
  round.then(
    () => {
      fate = "is there";
    },
    (error: Error) => {
      fate = error.message;
    },
  );
  await new Promise((turn) => setImmediate(turn));
  return fate;
}

test("a round is there once all have said something since the last one, however often", async () => {
  const gathering = new Gathering(["A", "B"]);
  gathering.hear("A");
  gathering.hear("A");
  const first = gathering.round();
  expect(await fateOf(first)).toBe("waits");
  gathering.hear("B");
  expect(await fateOf(first)).toBe("is there");
  const second = gathering.round();
  gathering.hear("B");
  expect(await fateOf(second)).toBe("waits");
  gathering.hear("A");
  expect(await fateOf(second)).toBe("is there");
});

test("what was heard before anybody waits is a round", async () => {
  const gathering = new Gathering(["A", "B"]);
  gathering.hear("B");
  gathering.hear("A");
  expect(await fateOf(gathering.round())).toBe("is there");
  expect(await fateOf(gathering.round())).toBe("waits");
});

test("who is gone ends the round that waits, and every later one", async () => {
  const gathering = new Gathering(["A", "B"]);
  const round = gathering.round();
  gathering.fail(new Error("A is gone"));
  expect(await fateOf(round)).toBe("A is gone");
  gathering.hear("A");
  gathering.hear("B");
  expect(await fateOf(gathering.round())).toBe("A is gone");
});
