import { describe, expect, test } from "vitest";
import { UnwedgeError } from "#base/error.ts";
import { optionsOf } from "../../bench/options.ts";

const known = ["one", "two", "three"];

describe("options", () => {
  test("without arguments everything runs, and nothing is written", () => {
    expect(optionsOf([], known)).toEqual({ json: null, names: known, quick: false, help: false });
  });

  test("--only may be given several times; the order stays that of the list", () => {
    expect(optionsOf(["--only", "three", "--only", "one"], known).names).toEqual(["one", "three"]);
  });

  test("--json takes a file, or - for standard output", () => {
    expect(optionsOf(["--json", "-", "--quick"], known)).toMatchObject({ json: "-", quick: true });
    expect(optionsOf(["--json", "figures.json"], known).json).toBe("figures.json");
  });

  test("an unknown name is refused with those there are", () => {
    expect(() => optionsOf(["--only", "four"], known)).toThrow(
      'no benchmark "four"; there are: one, two, three',
    );
  });

  test("an unknown flag is a usage error", () => {
    expect(() => optionsOf(["--fast"], known)).toThrow(UnwedgeError);
    expect(() => optionsOf(["--fast"], known)).toThrow("--fast");
  });
});
