// Page content is found in bytes of any cut and made again.

import { expect, test } from "vitest";
import { bytesOf } from "#kernel/mm/content.ts";
import { contentOfRun, contentRunAt } from "#kernel/mm/content-run.ts";

test.each([0, 1, 2, 3, 5])("in a slice that begins at byte %i of a page", (from) => {
  const page = bytesOf(3, 70, 2);
  const slice = page.subarray(12 + from, 12 + from + 1001);
  const run = contentRunAt(slice, 0);
  if (run === null) throw new Error("there is content");
  // Up to three bytes before the first whole word, and behind the last one.
  expect(run.offsetBytes).toBe((4 - (from % 4)) % 4);
  expect(run.words).toBeGreaterThanOrEqual(249);
  const end = run.offsetBytes + run.words * 4;
  expect(contentOfRun(run)).toEqual(slice.slice(run.offsetBytes, end));
});

test("a request with a page in it is a head, a stretch and the next head", () => {
  const bytes = new Uint8Array(28 + 4096 + 28).fill(7);
  bytes.set(bytesOf(1, 2, 3), 28);
  expect(contentRunAt(bytes, 0)).toMatchObject({ offsetBytes: 28 + 12, words: 1021 });
  expect(contentRunAt(bytes, 28 + 4096)).toBeNull();
});

test("what is no content, or too little of it, is not taken for it", () => {
  expect(contentRunAt(new Uint8Array(4096), 0)).toBeNull();
  expect(contentRunAt(bytesOf(1, 2, 3).subarray(12, 12 + 60), 0)).toBeNull();
});
