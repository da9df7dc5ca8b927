import { expect, test } from "vitest";
import { readSettings } from "#cli/config.ts";

test.each([
  [{}, true, { isTerminal: true, hasColour: true }],
  [{}, false, { isTerminal: false, hasColour: false }],
  [{ NO_COLOR: "1" }, true, { isTerminal: true, hasColour: false }],
  [{ NO_COLOR: "" }, true, { isTerminal: true, hasColour: true }],
  [{ FORCE_COLOR: "1" }, false, { isTerminal: false, hasColour: true }],
  [{ FORCE_COLOR: "0" }, false, { isTerminal: false, hasColour: false }],
  [{ FORCE_COLOR: "1", NO_COLOR: "1" }, false, { isTerminal: false, hasColour: false }],
  [{ CI: "true" }, true, { isTerminal: false, hasColour: false }],
  [{ TERM: "dumb" }, true, { isTerminal: false, hasColour: false }],
])("with %j and a terminal: %s", (env, hasTerminal, settings) => {
  const terminals = { isOutTerminal: hasTerminal, isErrTerminal: false, columns: 120 };
  expect(readSettings(env, terminals)).toEqual({ ...settings, isErrTerminal: false, columns: 120 });
});

test("where no width is known it is 80 columns", () => {
  const terminals = { isOutTerminal: false, isErrTerminal: true, columns: undefined };
  expect(readSettings({}, terminals)).toMatchObject({ isErrTerminal: true, columns: 80 });
});
