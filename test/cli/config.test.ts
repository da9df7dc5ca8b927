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
  const terminals = { isOutTerminal: hasTerminal, isErrTerminal: false, columns: 120, rows: 40 };
  const size = { columns: 120, rows: 40 };
  expect(readSettings(env, terminals)).toEqual({
    ...settings,
    ...size,
    isErrTerminal: false,
    redisUrl: null,
    path: "",
    githubSummary: null,
    writesBundles: true,
  });
});

test.each([
  ["0", false],
  ["off", false],
  ["1", true],
  ["", true],
])("UNWEDGE_BUNDLE=%s: bundles are written: %s", (value, writesBundles) => {
  const terminals = { isOutTerminal: false, isErrTerminal: false, columns: 80, rows: 24 };
  expect(readSettings({ UNWEDGE_BUNDLE: value }, terminals)).toMatchObject({ writesBundles });
});

test("where no size is known it is 80 columns of 24 rows", () => {
  const terminals = {
    isOutTerminal: false,
    isErrTerminal: true,
    columns: undefined,
    rows: undefined,
  };
  expect(readSettings({}, terminals)).toMatchObject({ isErrTerminal: true, columns: 80, rows: 24 });
});

test.each([
  [{}, null],
  [{ GITHUB_STEP_SUMMARY: "s.md" }, null],
  [{ GITHUB_ACTIONS: "true" }, ""],
  [{ GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: "s.md" }, "s.md"],
])("with %j a step's summary goes to %j", (env, githubSummary) => {
  const terminals = { isOutTerminal: false, isErrTerminal: false, columns: 80, rows: 24 };
  expect(readSettings(env, terminals)).toMatchObject({ githubSummary });
});
