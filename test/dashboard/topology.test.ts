import { expect, test } from "vitest";
import { columnsOf, linesOf } from "#dashboard/model/topology.ts";
import { emptyTitle } from "../support/films.ts";

const linesTo = (uses: readonly string[]): readonly string[] => {
  const D = { name: "D", role: "swap-server", policy: null, era: null, serves: true, uses: [] };
  const [A, ...rest] = emptyTitle.cast;
  if (A === undefined) throw new Error("there is a machine");
  const links = [...emptyTitle.links, { from: "A", to: "D" }];
  const title = { ...emptyTitle, cast: [{ ...A, uses }, ...rest, D], links };
  expect(columnsOf(title).right).toEqual(["C", "D"]);
  return linesOf(title).map(({ a, b }) => `${a} ${b}`);
};

test("a line runs to a swap server only from who uses it", () => {
  expect(linesTo(["C"])).toEqual(["B A", "A C"]);
  expect(linesTo(["C", "D"])).toEqual(["B A", "A C", "A D"]);
  expect(linesTo([])).toEqual(["B A"]);
});
