import { describe, expect, test } from "vitest";
import { openScenario } from "#coordinator/scenario/index.ts";
import { merge, placesOf, type Setting } from "#coordinator/scenario/merge.ts";
import { SOUND, textsOf } from "../../support/scenario-fixtures.ts";

const tree = {
  params: { flood: "1/s" },
  nodes: {
    A: { policy: "one", run: { hog: { size: "1 MiB" } } },
    A2: { policy: "one" },
    B: { role: "client" },
  },
  traffic: [{ id: "flood", payload: "1 KiB" }, { id: "other" }],
  checks: [
    { id: "x", always: "a" },
    { id: "y", always: "b" },
  ],
  variants: {
    both: {
      set: { "nodes.*.policy": "two" },
      checks: [
        { id: "y", never: "c" },
        { id: "z", always: "d" },
      ],
    },
    only: { replaceChecks: true, checks: [{ id: "z", always: "d" }] },
  },
};

const mergedWith = (
  settings: readonly Setting[],
  variant: string | null = null,
  policy: string | null = null,
) => merge(tree, { variant, settings, policy });

describe("paths", () => {
  test("a star stands for the entries that have the next key", () => {
    expect(placesOf(tree, "nodes.*.policy")).toEqual([
      ["nodes", "A", "policy"],
      ["nodes", "A2", "policy"],
    ]);
  });

  test("entries of lists are named by id or by number", () => {
    expect(placesOf(tree, "traffic.flood.payload")).toEqual([["traffic", 0, "payload"]]);
    expect(placesOf(tree, "traffic.1.payload")).toEqual([["traffic", 1, "payload"]]);
  });

  test("a quoted step keeps its dots", () => {
    expect(placesOf({ policies: { "a.b": {} } }, 'policies."a.b".era')).toEqual([
      ["policies", "a.b", "era"],
    ]);
  });

  test("nothing reaches behind the tree", () => {
    expect(placesOf(tree, "__proto__.polluted")).toEqual([]);
    mergedWith([{ path: "nodes.__proto__.polluted", value: 1 }]);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });
});

describe("a variant", () => {
  test("sets what its paths name and leaves the document alone", () => {
    const { tree: merged } = mergedWith([], "both");
    expect(merged["nodes"]).toMatchObject({
      A: { policy: "two" },
      A2: { policy: "two" },
      B: { role: "client" },
    });
    expect(tree.nodes.A.policy).toBe("one");
  });

  test("replaces checks of the same id and adds the others", () => {
    expect(mergedWith([], "both").tree["checks"]).toEqual([
      { id: "x", always: "a" },
      { id: "y", never: "c" },
      { id: "z", always: "d" },
    ]);
  });

  test("with replaceChecks has only its own", () => {
    expect(mergedWith([], "only").tree["checks"]).toEqual([{ id: "z", always: "d" }]);
  });

  test("is where its values come from", () => {
    const { originOf } = mergedWith([], "both");
    expect(originOf(["nodes", "A", "policy"])).toEqual([
      "variants",
      "both",
      "set",
      "nodes.*.policy",
    ]);
    expect(originOf(["checks", 1, "never"])).toEqual(["variants", "both", "checks", 0, "never"]);
    expect(originOf(["checks", 0, "always"])).toEqual(["checks", 0, "always"]);
  });
});

describe("the command line", () => {
  test("wins over the variant", () => {
    const { tree: merged, originOf } = mergedWith(
      [{ path: "nodes.A.policy", value: "three" }],
      "both",
    );
    expect(merged["nodes"]).toMatchObject({ A: { policy: "three" }, A2: { policy: "two" } });
    expect(originOf(["nodes", "A", "policy"])).toBeNull();
  });

  test("names parameters by themselves", () => {
    expect(mergedWith([{ path: "flood", value: "9/s" }]).tree["params"]).toEqual({ flood: "9/s" });
  });

  test("a policy of its own clears what variants set", () => {
    const { tree: merged } = mergedWith([], "both", "four");
    expect(merged["nodes"]).toMatchObject({ A: { policy: "four" }, A2: { policy: "four" } });
  });

  test("an empty value takes the key away", () => {
    expect(mergedWith([{ path: "nodes.A.run.hog", value: null }]).tree["nodes"]).toMatchObject({
      A: { run: {} },
    });
  });

  test("`+` is one more entry at the end of a list, as often as it is given", () => {
    const { tree: merged } = mergedWith([
      { path: "traffic.+", value: { id: "one" } },
      { path: "traffic.+", value: { id: "two" } },
    ]);
    expect(Array.isArray(merged["traffic"]) && merged["traffic"].slice(-2)).toEqual([
      { id: "one" },
      { id: "two" },
    ]);
  });

  test("what names nothing is reported", () => {
    const { unplaced } = mergedWith([{ path: "flod", value: 1 }]);
    expect(unplaced).toMatchObject([{ finding: { nearest: "flood" }, origin: null }]);
  });
});

describe("a scenario", () => {
  const text = `${SOUND}variants:
  first: { set: { params.flood: 7/s } }
  second: { set: { nodes.A.policy: swapnbd-v9 } }
`;
  const rateOf = (options: Parameters<typeof resolve>[0]) =>
    resolve(options).cluster.hosts.flatMap((host) => ("traffic" in host ? host.traffic : []))[0]
      ?.load;
  function resolve(options: { variant?: string; settings?: Setting[]; policy?: string }) {
    const opened = openScenario(text, "x.yaml");
    const resolved = opened.ok ? opened.scenario.resolve(options) : null;
    if (resolved?.ok !== true) throw new Error(textsOf(text).join("\n"));
    return resolved.scenario;
  }

  test("is its first variant when none is named", () => {
    expect(resolve({}).variant).toBe("first");
    expect(rateOf({})).toMatchObject({ ratePerSec: 7 });
  });

  test("takes parameters from the command line over those of the variant", () => {
    expect(rateOf({ settings: [{ path: "flood", value: "9/s" }] })).toMatchObject({
      ratePerSec: 9,
    });
  });

  test("gives every machine the policy that is asked for", () => {
    const machine = resolve({ variant: "second", policy: "mainline-6.1" }).cluster.hosts[0];
    expect(machine).toMatchObject({ policy: { name: "mainline-6.1", era: "6.1" } });
  });

  test("without such a variant says which there are", () => {
    const opened = openScenario(text, "x.yaml");
    const resolved = opened.ok ? opened.scenario.resolve({ variant: "secnd" }) : null;
    expect(resolved).toMatchObject({ ok: false, diagnostics: [{ nearest: "second" }] });
  });

  test("with a setting that does not fit says so before anything runs", () => {
    const opened = openScenario(text, "x.yaml");
    const settings = [{ path: "nodes.A.memory.ram", value: "1 MiB" }];
    const resolved = opened.ok ? opened.scenario.resolve({ settings }) : null;
    expect(resolved).toMatchObject({
      ok: false,
      diagnostics: [{ file: "x.yaml", path: "nodes.A.memory.kernel" }],
    });
  });
});
