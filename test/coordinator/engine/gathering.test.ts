import { expect, test } from "vitest";
import { Gathering } from "#coordinator/engine/gathering.ts";

/** What has come of a round by the time that everything that could happen has. */
async function fateOf(round: Promise<ReadonlyMap<string, number>>): Promise<string> {
  let fate = "waits";
  round.then(
    (said) => {
      fate = [...said].map(([name, n]) => `${name}${n}`).join(" ");
    },
    (error: Error) => {
      fate = error.message;
    },
  );
  for (let turns = 0; turns < 3; turns++) await new Promise((turn) => setImmediate(turn));
  return fate;
}

const gatheringOfTwo = (): Gathering<number> => new Gathering<number>(["A", "B"]);

test("a round is there once all have said something since the last one, and has what each said last", async () => {
  const gathering = gatheringOfTwo();
  gathering.hear("A", 1);
  gathering.hear("A", 2);
  const first = gathering.round();
  expect(await fateOf(first)).toBe("waits");
  gathering.hear("B", 1);
  expect(await fateOf(first)).toBe("A2 B1");
  const second = gathering.round();
  gathering.hear("B", 2);
  expect(await fateOf(second)).toBe("waits");
  gathering.hear("A", 3);
  expect(await fateOf(second)).toBe("A3 B2");
});

test("what was heard before anybody waits is a round", async () => {
  const gathering = gatheringOfTwo();
  gathering.hear("B", 1);
  gathering.hear("A", 1);
  expect(await fateOf(gathering.round())).toBe("B1 A1");
  expect(await fateOf(gathering.round())).toBe("waits");
});

test("what has come while nobody read is part of the round that it finds", async () => {
  const gathering = gatheringOfTwo();
  gathering.hear("A", 1);
  gathering.hear("B", 1);
  setImmediate(() => gathering.hear("B", 2));
  expect(await fateOf(gathering.round())).toBe("A1 B2");
});

test("what is said while a picture is looked at is of the next", async () => {
  const gathering = gatheringOfTwo();
  gathering.hear("A", 1);
  gathering.hear("B", 1);
  const picture = await gathering.round();
  gathering.hear("A", 2);
  gathering.hear("B", 2);
  expect([...picture.values()]).toEqual([1, 1]);
  expect(await fateOf(gathering.round())).toBe("A2 B2");
});

test("what was said before they were told something is of no round", async () => {
  const gathering = gatheringOfTwo();
  gathering.hear("A", 1);
  gathering.hear("B", 1);
  gathering.renew();
  const round = gathering.round();
  gathering.hear("A", 2);
  expect(await fateOf(round)).toBe("waits");
  gathering.hear("B", 2);
  expect(await fateOf(round)).toBe("A2 B2");
});

test("who is gone ends the round that waits, and every later one", async () => {
  const gathering = gatheringOfTwo();
  const round = gathering.round();
  gathering.fail(new Error("A is gone"));
  expect(await fateOf(round)).toBe("A is gone");
  gathering.hear("A", 1);
  gathering.hear("B", 1);
  expect(await fateOf(gathering.round())).toBe("A is gone");
});
