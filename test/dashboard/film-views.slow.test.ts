// What the views are told, of a film of a run that wedges.

import { beforeAll, describe, expect, test } from "vitest";
import { exchangeBefore } from "#dashboard/model/exchange.ts";
import { knotOf } from "#dashboard/model/knot.ts";
import { momentsOf } from "#dashboard/model/moments.ts";
import { barParts } from "#dashboard/model/owners.ts";
import { type Reel, reelOf } from "#dashboard/model/reel.ts";
import { CHARTS, ceilingOf, columnsOf } from "#dashboard/model/series.ts";
import { linesOf, columnsOf as sidesOf } from "#dashboard/model/topology.ts";
import { standingAt } from "#dashboard/model/verdict.ts";
import type { Certificate } from "#explain/index.ts";
import { emptyFrame, emptyReel, emptyTitle, tinyFilm } from "../support/films.ts";

const KNOT: Certificate = {
  ...{ schema: "unwedge-certificate/v1", machine: "A", atNs: 0, certainty: "certain" },
  ...{ owners: [], marks: [], resources: [], moved: [], sentences: [], stuck: [] },
  cycle: ["A's card", "packets for A/svc"],
};

describe("a wedge", () => {
  let reel: Reel;
  beforeAll(() => {
    reel = reelOf(tinyFilm("too-large"));
  });

  test("is told by its moments in order, the verdict last", () => {
    const moments = momentsOf(reel);
    expect(moments[0]?.title).toBe("The cast");
    expect(moments.at(-1)?.title).toMatch(/^Verdict: wedged/);
    const instants = moments.map(({ atNs }) => atNs);
    expect(instants).toEqual([...instants].sort((a, b) => a - b));
  });

  test("is told to have closed no later than it ends, though real sockets may tell it after the last frame", () => {
    const late = reelOf(tinyFilm("too-large"));
    late.closure = { atNs: late.lastNs + 1e9, certificate: KNOT };
    expect(
      momentsOf(late)
        .slice(-2)
        .map(({ title }) => title.split(":")[0]),
    ).toEqual(["The knot has closed", "Verdict"]);
  });

  test("stands as wedged at its end and not before", () => {
    const [first, last] = [reel.frames[0], reel.frames.at(-1)];
    if (first === undefined || last === undefined) throw new Error("the film is empty");
    expect(standingAt(reel, first).tone).not.toBe("bad");
    expect(standingAt(reel, last).word).toMatch(/^wedged/);
  });

  test("the parts of its memory fill the bar", () => {
    const shot = reel.frames.at(-1)?.machines[reel.heroIndex];
    if (shot === undefined) throw new Error("the film is empty");
    const percent = barParts(shot.pages).reduce((sum, part) => sum + part.percent, 0);
    expect(percent).toBeCloseTo(100, 6);
  });

  test.for(CHARTS.map((chart) => [chart.id, chart] as const))(
    "chart %s has a value a line for every frame",
    ([, chart]) => {
      const columns = columnsOf(chart, reel.frames, reel.heroIndex);
      expect(columns.length).toBe(1 + chart.lines.length);
      for (const column of columns) {
        expect(column.length).toBe(reel.frames.length);
        expect(column.every(Number.isFinite)).toBe(true);
      }
      expect(ceilingOf(chart, columns.slice(1))).toBeGreaterThan(0);
    },
  );

  test("sixty packets are drawn, all before the instant", () => {
    const { messages, leftOut } = exchangeBefore(reel, reel.lastNs, ["A", "C"]);
    expect(messages.length).toBe(60);
    expect(leftOut).toBeGreaterThan(0);
  });
});

test("a sentence lights what it is about", () => {
  const party = {
    machine: "A",
    text: "",
    sinceNs: null,
    wants: [],
    gives: [],
    isUseful: false,
    name: "",
  };
  const sentence = { rule: null, sinceNs: null, because: [] };
  const [card, packets, read] = knotOf(
    {
      schema: "unwedge-certificate/v1",
      ...{
        machine: "A",
        atNs: 0,
        certainty: "certain",
        owners: [],
        marks: [],
        resources: [],
        moved: [],
      },
      cycle: ["A's card", "packets for A/svc"],
      sentences: [
        {
          ...sentence,
          n: 1,
          text: "A's card: no buffer",
          parties: ["A/card"],
          rule: "ATOMIC_FLOOR",
        },
        { ...sentence, n: 2, text: "packets for A/svc: unread", parties: ["A/queue:svc"] },
        { ...sentence, n: 3, text: "swap-in: waits for C's answer", parties: ["A/request:0:1"] },
      ],
      stuck: [{ ...party, id: "A/queue:svc", holds: [{ resource: "A/page", units: 12 }] }],
    },
    ["A", "B", "C"],
  );
  expect(card).toMatchObject({ owners: ["free"], isInCircle: true, heldPages: 0, machines: ["A"] });
  expect(packets).toMatchObject({ owners: ["otherPackets"], heldPages: 12 });
  expect(read).toMatchObject({ owners: ["anon"], isInCircle: false, machines: ["A", "C"] });
});

test("who asks stands left, who swaps in the middle, who serves swap right", () => {
  expect(sidesOf(emptyTitle)).toEqual({ left: ["B"], middle: ["A"], right: ["C"] });
});

test("a line is drawn once, and none between client and swap server", () => {
  expect(linesOf(emptyTitle)).toEqual([
    { a: "B", b: "A", inner: "A" },
    { a: "A", b: "C", inner: "A" },
  ]);
});

test("without progress for half a second it stalls", () => {
  const reel = emptyReel([0]);
  const words = [499_999_999, 500_000_000].map((atNs) => standingAt(reel, emptyFrame(atNs)).word);
  expect(words).toEqual(["working", "stalled"]);
});
