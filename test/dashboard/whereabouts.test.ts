import { expect, test } from "vitest";
import { placeText, readPlace } from "#dashboard/model/whereabouts.ts";

test("an address leads where it was written", () => {
  const session = { scenario: "a b", variant: "x&y", seed: 7, policy: null, settings: [] };
  expect(readPlace(placeText("wedge", session))).toEqual({
    ...{ view: "wedge", scenario: "a b", variant: "x&y", seed: 7, atNs: null },
  });
});

test("an instant is read in ms", () => {
  expect(readPlace("#/wedge?t=3200ms").atNs).toBe(3_200_000_000);
});

test.for(["", "#", "#/?%%%", "#/?seed=-1&t=1e9", "#/?seed=<script>"])(
  "nonsense is left out: %s",
  (hash) => {
    const { seed, atNs } = readPlace(hash);
    expect([seed, atNs]).toEqual([null, null]);
  },
);
