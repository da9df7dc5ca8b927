// Each mistake an author can make: where it is reported, what was expected, and what was probably meant.

import { describe, expect, test } from "vitest";
import {
  changed,
  diagnosticsOf,
  extended,
  SOUND,
  textsOf,
} from "../../support/scenario-fixtures.ts";

/** Line and column (from 1) at which `piece` stands in the text. */
function placeOf(text: string, piece: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(piece)).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}

/** The one mistake of the text; it must stand where `piece` does. */
function mistakeAt(text: string, piece: string) {
  const diagnostics = diagnosticsOf(text);
  expect(diagnostics.map(({ message }) => message)).toHaveLength(1);
  const [diagnostic] = diagnostics;
  if (diagnostic === undefined) throw new Error("there is a mistake");
  const { line, column } = diagnostic;
  expect({ line, column }).toEqual(placeOf(text, piece));
  return diagnostic;
}

test("a sound scenario has no mistakes", () => {
  expect(textsOf(SOUND)).toEqual([]);
});

test("more memory than a host could make a machine of is reported, not tried", () => {
  const mistake = mistakeAt(changed("ram: 64 MiB", "ram: 1025 GiB"), "1025 GiB");
  expect(mistake.message).toContain("1 TiB");
});

test("a machine serves only if it says so, and not itself", () => {
  const other = (rest: string): string =>
    `  D: { role: machine, policy: vanilla-2007, memory: { ram: 8 MiB, kernel: 2 MiB }, ${rest} }\n`;
  const withD = (rest: string): string =>
    changed("server: C,", "server: D,").replace("  C: {", `${other(rest)}  C: {`);
  expect(textsOf(withD("serve: {}"))).toEqual([]);
  expect(textsOf(withD("run: {}"))[0]).toContain('no swap server is called "D"');
  const own = withD("serve: {}, swap: [{ server: D, size: 1 MiB, export: own }]");
  expect(textsOf(own)[0]).toContain("a machine that swaps to itself frees nothing");
});

test("a card is for nodes there are, and each node is reached over one", () => {
  const cards = (list: string): string =>
    changed("policy: vanilla-2007\n", `policy: vanilla-2007\n    net: { cards: [${list}] }\n`);
  expect(textsOf(cards("{ for: [C] }"))).toEqual([]);
  expect(textsOf(cards("{ for: [X] }"))[0]).toContain('no node is called "X"');
  expect(textsOf(cards("{ for: [C] }, { for: [C], ring: 16 }"))[0]).toContain(
    "C is reached over another card already",
  );
});

describe("names", () => {
  test("an unknown policy is reported where it is named, with the nearest", () => {
    const text = changed("policy: vanilla-2007", "policy: vanila-2007");
    const mistake = mistakeAt(text, "vanila-2007");
    expect(mistake.path).toBe("nodes.A.policy");
    expect(mistake.message).toContain('no policy is called "vanila-2007"');
    expect(mistake.nearest).toBe("vanilla-2007");
  });

  test("an unknown key is reported at the key, with the nearest", () => {
    const mistake = mistakeAt(changed("pattern: random", "patern: random"), "patern");
    expect(mistake.message).toBe('unknown key "patern"');
    expect(mistake.nearest).toBe("pattern");
  });

  test("an unknown swap server is reported with those there are", () => {
    const mistake = mistakeAt(changed("server: C,", "server: D,"), "D,");
    expect(mistake.message).toBe('no swap server is called "D"; there is C');
  });

  test("two swaps to one export are reported where the second is: they would write over each other", () => {
    const other =
      "  D: { role: machine, policy: vanilla-2007, memory: { ram: 8 MiB, kernel: 2 MiB }, swap: [{ size: 9 MiB, server: C }] }\n";
    const withOther = (line: string): string =>
      changed("  B: { role: client }\n", `${line}  B: { role: client }\n`);
    const mistake = mistakeAt(withOther(other), "C }] }");
    expect(mistake.path).toBe("nodes.D.swap[0].server");
    expect(mistake.message).toContain("A swaps to the default export of C already");
    expect(mistake.message).toContain('as "export: swap-D"');
    expect(textsOf(withOther(other.replace("server: C", "server: C, export: swap-D")))).toEqual([]);
    const twice = changed("size: 256 MiB }]", "size: 1 MiB }, { server: C, size: 1 MiB }]");
    expect(textsOf(twice)).toEqual([expect.stringContaining("A swaps to the default export")]);
  });

  test("a relay leads to one server, so that no other swap may stand beside it", () => {
    const relayed = (rest: string): string =>
      changed("size: 256 MiB }]", `size: 256 MiB, relay: { locked: true } }${rest}]`);
    expect(textsOf(relayed(""))).toEqual([]);
    const mistake = mistakeAt(
      relayed(", { server: C, size: 1 MiB, export: other }"),
      "{ locked: true }",
    );
    expect(mistake.path).toBe("nodes.A.swap[0].relay");
    expect(mistake.message).toContain("a relay leads to one server");
  });

  test("an unknown fault is reported with the nearest", () => {
    const text = changed("fault: swap.unreachable", "fault: swap.unreachabel");
    const mistake = mistakeAt(text, "swap.unreachabel");
    expect(mistake.nearest).toBe("swap.unreachable");
    expect(mistake.message).toContain("link.cut");
  });

  test("an unknown kind of task is reported at the kind", () => {
    const mistake = mistakeAt(changed("kind: anon", "kind: annon"), "annon");
    expect(mistake.nearest).toBe("anon");
  });

  test("an unknown role is reported with the nearest", () => {
    expect(mistakeAt(changed("role: client", "role: cleint"), "cleint").nearest).toBe("client");
  });

  test("an unknown parameter is reported where it is used", () => {
    const mistake = mistakeAt(changed("{flood}", "{flod}"), "$".concat("{flod}"));
    expect(mistake).toMatchObject({ path: "traffic[0].load.rate", nearest: "flood" });
  });

  test("a link between strangers is reported", () => {
    const mistake = mistakeAt(changed('"A<->C"', '"A<->Z"'), "{ latency");
    expect(mistake.message).toBe('no node is called "Z"; there is A, B, C');
  });

  test("traffic to what is no service is reported", () => {
    const mistake = mistakeAt(changed("to: A/svc", "to: A/hog"), "A/hog");
    expect(mistake.message).toBe('no service is called "A/hog"; there is A/svc');
  });
});

describe("quantities", () => {
  test.each([
    ["settle: 60 s", "settle: 60", "60 }", "the number 60 has no unit"],
    ["settle: 60 s", "settle: -60", "-60", "the number -60 has no unit and is negative"],
    ["settle: 60 s", "settle: -60 s", "-60", '"-60 s" is negative'],
    ["settle: 60 s", "settle: 60 MiB", "60 MiB", '"60 MiB" is a size'],
    ["size: 80 MiB", "size: 0 MiB", "0 MiB", '"0 MiB" is nothing'],
    ["size: 80 MiB", "size: -80 MiB", "-80", '"-80 MiB" is negative'],
    ["size: 80 MiB", "size: 83886080", "83886080", "the number 83886080 has no unit"],
  ])("%s written as %s is refused", (from, to, piece, message) => {
    expect(mistakeAt(changed(from, to), piece).message).toContain(message);
  });

  test.each([
    ["settle: 60 s", "settle: 60 sec", "60 sec", "s"],
    ["ram: 64 MiB", "ram: 64 MB", "64 MB", "MiB"],
    ["latency: 500 us", "latency: 500 usec", "500 usec", "us"],
    ["size: 80 MiB", "size: 80 pagse", "80 pagse", "pages"],
  ])("%s written as %s is refused with the unit that was meant", (from, to, piece, nearest) => {
    const mistake = mistakeAt(changed(from, to), piece);
    expect(mistake.message).toContain("unknown unit");
    expect(mistake.nearest).toBe(nearest);
  });
});

describe("sizes that cannot be", () => {
  test.each([
    ["ram: 64 MiB", "ram: 0 MiB", "0 MiB", "is nothing"],
    ["kernel: 6 MiB", "kernel: 64 MiB", "64 MiB }", "leave nothing of 64 MiB"],
    ["ram: 64 MiB, kernel: 6 MiB", "ram: 20 MiB, kernel: 6 MiB", "6 MiB", "above the first 16 MiB"],
    ["kernel: 6 MiB", "kernel: 6 MiB, reserve: 58 MiB", "58 MiB", "leaves nothing of 64 MiB"],
    ["kernel: 6 MiB", "kernel: 6 MiB, cleanFile: 59 MiB", "59 MiB", "do not fit"],
    ["kernel: 6 MiB", "kernel: 5000 B", "5000 B", "not a whole number of 4 KiB pages"],
    ["size: 256 MiB", "size: 1.5 pages", "1.5 pages", "not a whole number of 4 KiB pages"],
    ["size: 256 MiB", "size: 2 x ram", "2 x ram", "a device has a size of its own"],
    ["size: 80 MiB", "count: 8, size: 7 pages", "7 pages", "less than a page for each of 8"],
  ])("%s written as %s is refused", (from, to, piece, message) => {
    expect(mistakeAt(changed(from, to), piece).message).toContain(message);
  });

  test("a machine too small for its own kernel is refused at its RAM", () => {
    const text = changed("ram: 64 MiB, kernel: 6 MiB", "ram: 40 MiB");
    expect(mistakeAt(text, "40 MiB").message).toContain("leave nothing of 40 MiB");
  });

  test("a pool of more than half of memory is refused", () => {
    const kept = (pages: string) =>
      changed("kernel: 6 MiB", `kernel: 6 MiB, criticalPages: ${pages}`);
    expect(mistakeAt(kept("30 MiB"), "30 MiB").message).toContain("more than half of the 58 MiB");
  });

  test.each(["3 pages", "1 pages", "8 MiB"])("memory in runs of %s cannot be broken", (run) => {
    const text = changed("kernel: 6 MiB", `kernel: 6 MiB, fragmented: ${run}`);
    expect(mistakeAt(text, run).message).toContain("expected 2, 4, 8 and so on");
  });

  test("zones larger than the machine are refused", () => {
    const zones = "zones: [{ name: DMA, present: 65 MiB, managed: 1 MiB }]";
    const text = changed("kernel: 6 MiB", `kernel: 6 MiB, ${zones}`);
    expect(mistakeAt(text, "[{ name: DMA").message).toContain("more than 64 MiB");
  });

  test("limits on socket memory must rise and fit", () => {
    const base = "    swap: [{";
    const falling = changed(base, `    net: { tcpMem: [3 pages, 2 pages, 9 pages] }\n${base}`);
    expect(mistakeAt(falling, "[3 pages").message).toBe("the three values do not rise");
    const huge = changed(base, `    net: { tcpMem: 65 MiB }\n${base}`);
    expect(mistakeAt(huge, "65 MiB").message).toContain("more than all of RAM");
  });
});

describe("policies of a scenario", () => {
  test("one that extends itself is reported with the way round", () => {
    const text = extended("policies:\n  one: { extends: two }\n  two: { extends: one }\n");
    expect(textsOf(text)).toEqual([
      "small.yaml:28:19: policies.one.extends: extends itself: one -> two -> one",
      "small.yaml:29:19: policies.two.extends: extends itself: two -> one -> two",
    ]);
  });

  test("an unknown base is reported with the nearest", () => {
    const text = extended("policies:\n  own: { extends: swapnbd-v8 }\n");
    expect(mistakeAt(text, "swapnbd-v8").nearest).toBe("swapnbd-v9");
  });

  test("an unknown choice for a decision is reported with the nearest", () => {
    const text = extended("policies:\n  own: { extends: swapnbd-v9, throttle: half-reserv }\n");
    expect(mistakeAt(text, "half-reserv").nearest).toBe("half-reserve");
  });

  test("one that takes a preset's name is refused", () => {
    const text = extended("policies:\n  swapnbd-v9: { extends: vanilla-2007 }\n");
    expect(mistakeAt(text, "swapnbd-v9").message).toContain("is a preset already");
  });
});

describe("ids", () => {
  test.each([
    [
      "a check",
      '  - { id: real, sometimes: "A.mem.free > 0 pages" }\n',
      'real, sometimes: "A.mem.free > 0',
    ],
  ])("%s that comes twice is reported at the second", (_, line, piece) => {
    expect(mistakeAt(extended(line), piece).message).toBe('"real" is the id of entry 1 already');
  });

  test("a step and a phase that come twice are reported", () => {
    const again = "  - { phase: steady, id: away, at: 20 s }\nchecks:";
    expect(textsOf(changed("checks:", again))).toEqual([
      'small.yaml:24:14: timeline[3].phase: a phase is called "steady" already',
      'small.yaml:24:26: timeline[3].id: "away" is the id of entry 2 already',
    ]);
  });
});

describe("the timeline", () => {
  test("an anchor that is not there is reported with the nearest", () => {
    const mistake = mistakeAt(changed("after: away.healed", "after: away.heald"), "away.heald");
    expect(mistake.nearest).toBe("away.healed");
  });

  test("an anchor that can never be reached is reported where it is waited for", () => {
    const text = changed(", on: C, for: 8 s", ", on: C");
    expect(textsOf(text)).toEqual([
      'small.yaml:23:40: timeline[2].after: "away.healed" can never be reached; the fault has no `for` and no step heals it',
      'small.yaml:26:43: checks[1].after: "healed" can never be reached; what it waits for never comes',
    ]);
  });

  test("steps that wait for each other are reported", () => {
    const text = changed(
      "checks:",
      "  - { id: hen, after: egg, do: mark }\n  - { id: egg, after: hen, do: mark }\nchecks:",
    );
    expect(diagnosticsOf(text).map(({ line, path }) => [line, path])).toEqual([
      [24, "timeline[3].after"],
      [25, "timeline[4].after"],
    ]);
  });

  test.each([
    ["at: 2 s, fault", "fault", "does not say when it comes"],
    ["at: 2 s, fault", "at: 2 s, after: healed, fault", "says at and after"],
    ["do: mark", "do: mark, heal: away", "does two things"],
    ["do: mark", "do: mark, for: 2 s", "means nothing without fault"],
    ["on: C, for: 8 s", "for: 8 s", "does not say what swap.unreachable strikes"],
    ["on: C, for: 8 s", "on: B, for: 8 s", 'no swap-server is called "B"'],
    ["on: C, for: 8 s", "on: C, for: 8 s, with: { latency: 3 ms }", 'takes no "latency"'],
    [
      "fault: swap.unreachable",
      "fault: swap.slow",
      "from a request to its answer; expected a duration",
    ],
  ])("%s written as %s is refused", (from, to, message) => {
    expect(textsOf(changed(from, to)).join("\n")).toContain(message);
  });
});

describe("checks", () => {
  test("an unknown metric is reported at its place in the expression, with the nearest", () => {
    const text = changed("A.mem.free <= A.mem.min", "A.mem.free <= A.mem.mni");
    const mistake = mistakeAt(text, "A.mem.mni");
    expect(mistake.message).toBe('"A.mem.mni" is no metric of this scenario');
    expect(mistake.nearest).toBe("A.mem.min");
  });

  test("a metric of what is not there is reported", () => {
    const text = changed("A.mem.free <= A.mem.min", "A.swap[D].oldest > 2 s");
    expect(mistakeAt(text, "A.swap[D]").nearest).toBe("A.swap[C].oldest");
  });

  test("a scenario without `sometimes` is refused: a quiet run would pass", () => {
    const text = changed('sometimes: "A.mem.free', 'always: "A.mem.free');
    expect(mistakeAt(text, "checks:").message).toContain("no `sometimes`");
  });

  test("a second verdict is refused", () => {
    const text = extended("  - { id: other, verdict: wedged }\n");
    expect(mistakeAt(text, "wedged").message).toContain('"back" asks for it');
  });

  test("an unknown phase is reported with those there are", () => {
    const text = changed("during: outage }", "during: outrage }");
    expect(mistakeAt(text, "outrage").nearest).toBe("outage");
  });

  test.each([
    ["  - { id: x }\n", "claims nothing"],
    [
      '  - { id: x, always: "A.mem.free > 0 pages", never: "A.mem.free > 0 pages" }\n',
      "claims always and never",
    ],
    ['  - { id: x, always: "A.mem.free > 0 pages", settle: 3 s }\n', "means nothing for always"],
    ['  - { id: x, eventually: "A.mem.free > 0 pages" }\n', "eventually needs a bound"],
  ])("%s is refused", (line, message) => {
    expect(textsOf(extended(line)).join("\n")).toContain(message);
  });
});

describe("the file", () => {
  test("a key that comes twice is reported with its place", () => {
    expect(
      mistakeAt(changed("title: small", "title: small\nid: other"), "id: other").message,
    ).toContain("unique");
  });

  test("text that is no YAML is reported with its place", () => {
    const mistake = diagnosticsOf("schema: unwedge/v1\ntitle: [small\nid: x\n")[0];
    expect(mistake).toMatchObject({ line: 3, column: 1 });
  });

  test("a file that is no map is refused", () => {
    expect(textsOf("- 1\n")).toEqual([
      "small.yaml:1:1: expected a map with schema, id, title, nodes, …",
    ]);
  });

  test("an empty file is refused", () => {
    expect(textsOf("")).toHaveLength(1);
  });

  test("JSON is read, too, and what is missing is reported at the top", () => {
    const texts = textsOf('{ "schema": "unwedge/v2", "title": "x" }');
    expect(texts).toContain(
      'small.yaml:1:13: schema: "unwedge/v2" is not known; expected unwedge/v1',
    );
    expect(texts).toContain("small.yaml:1:1: id: is missing; expected a name");
  });

  test("all mistakes are reported at once, in the order of the file", () => {
    const text = changed("ram: 64 MiB", "ram: 64")
      .replace("policy: vanilla-2007", "policy: vanilla")
      .replace("A.mem.min", "A.mem.mim")
      .replace("settle: 60 s", "settle: 60");
    expect(diagnosticsOf(text).map(({ line }) => line)).toEqual([8, 9, 25, 26]);
  });
});

describe("variants", () => {
  const variant = (lines: string): string => extended(`variants:\n  other:\n${lines}`);

  test("a mistake in a variant is reported on the variant's own line", () => {
    const text = variant("    set: { nodes.A.policy: vanila-2007 }\n");
    const mistake = mistakeAt(text, "vanila-2007 }");
    expect(mistake.path).toBe("nodes.A.policy");
  });

  test("a path that names nothing is reported", () => {
    const text = variant("    set: { traffic.flud.payload: 1 KiB }\n");
    expect(mistakeAt(text, "traffic.flud.payload").message).toContain("names nothing");
  });

  test("a key that no node has is reported where it is set", () => {
    const text = variant("    set: { nodes.A.memory.ramm: 1 MiB }\n");
    expect(mistakeAt(text, "nodes.A.memory.ramm").nearest).toBe("ram");
  });

  test("a mistake of the base is reported once, however many variants have it", () => {
    const text = `${changed("ram: 64 MiB", "ram: 64 MB")}variants: { one: {}, two: {} }\n`;
    expect(textsOf(text)).toHaveLength(1);
  });
});
