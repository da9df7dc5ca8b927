import { expect, test } from "vitest";
import { noReturnNs, noReturnText } from "#dashboard/model/no-return.ts";
import type { SoughtNoReturn } from "#dashboard/model/reel.ts";

const MS = 1_000_000;
const fault = { id: "c-away", forNs: 15_000 * MS };
const last = { afterNs: 600 * MS, verdict: "recovers", isRescued: true } as const;
const first = { afterNs: 610 * MS, verdict: "wedged", isRescued: false } as const;
const whole = { openedNs: 2_500 * MS, contradictionsNs: [], isRepeated: true };
const found: SoughtNoReturn = {
  fault,
  trials: [first, last],
  found: {
    ...{ ...whole, verdict: "wedged", provenNs: 3_150 * MS, last, first },
    trials: [first, last],
  },
};
const but = (other: object): SoughtNoReturn => {
  if (found.found === null) throw new Error("it is found");
  return { ...found, found: { ...found.found, ...other } };
};

test("both sides of it are told with their verdicts, and the proof's own instant", () => {
  expect(noReturnNs(found)).toBe(3_100 * MS);
  expect(noReturnText(found)).toBe(
    "Point of no return: 3.10 s. With c-away healed by then, 0.60 s after it opened: recovers; healed at 3.11 s: wedged. That nothing can move any more is proven at 3.15 s.",
  );
  expect(noReturnText(but({ provenNs: null }))).not.toContain("proven");
});

test("while it is sought it says how far it is", () => {
  expect(noReturnNs(null)).toBeNull();
  const sought = { fault, trials: [], found: null };
  expect(noReturnText(sought)).toBe("Running up to c-away …");
  expect(noReturnText({ ...sought, trials: [first] })).toContain("1 healing of c-away tried");
  expect(noReturnNs(sought)).toBeNull();
});

test("where there is none, it says why", () => {
  expect(noReturnText(but({ openedNs: null }))).toContain("never opened");
  expect(noReturnText(but({ trials: [], verdict: "recovers" }))).toContain("nothing to come back");
  const lost = but({ last: null });
  expect(noReturnText(lost)).toContain("healed at once it does not come back either");
  expect(noReturnNs(lost)).toBeNull();
});

test("what speaks against it is told with it", () => {
  expect(noReturnText(but({ contradictionsNs: [900 * MS] }))).toContain("healed after 0.90 s");
  expect(noReturnText(but({ isRepeated: false }))).toContain("do not trust it");
});
