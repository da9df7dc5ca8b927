// Scenarios made to hurt whoever opens them: each ends soon, with what is wrong, where, and 65. (Scripts: sandbox.test.ts.)

import { expect, test } from "vitest";
import { main } from "#cli/program.ts";
import { FakeIo } from "../support/fake-io.ts";
import { changed, extended, SOUND } from "../support/scenario-fixtures.ts";

async function outcomeOf(command: "validate" | "run", text: string, file = "x.yaml") {
  const io = new FakeIo({ [file]: text });
  const code = await main([command, file], io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

/** Each line is ten of the one before. */
const bomb = (): string => {
  const lines = Array.from({ length: 9 }, (_, i) => {
    const parts = Array.from({ length: 10 }, () => `*a${i}`).join(", ");
    return `x${i + 1}: &a${i + 1} [${parts}]\n`;
  });
  return extended(`x0: &a0 [lol]\n${lines.join("")}`);
};

const many = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join("");

const cyclic = changed(
  "  - { phase: after, id: healed, after: away.healed, do: mark }\n",
  "  - { id: healed, after: two, do: mark }\n  - { id: two, after: healed, do: mark }\n",
);

test.each([
  ["a bomb of aliases", bomb(), "x.yaml:1:1: its aliases stand for too much"],
  [
    "an alias in its own anchor",
    extended("tags: &a [*a]\n"),
    "x.yaml:27:11: tags[0]: is an alias of what it is part of",
  ],
  [
    "ten thousand nodes",
    changed("  B: {", `${many(10_000, (i) => `  N${i}: { role: client }\n`)}  B: {`),
    "x.yaml:5:1: nodes: has 10003 entries; expected 1000 at most",
  ],
  [
    "twenty thousand variants",
    extended(`variants:\n${many(20_000, (i) => `  v${i}: {}\n`)}`),
    "x.yaml:27:1: variants: has 20000 entries",
  ],
  [
    "ten thousand steps",
    changed(
      "timeline:\n",
      `timeline:\n${many(10_000, (i) => `  - { id: m${i}, at: 0 s, do: mark }\n`)}`,
    ),
    "timeline: has 10003 entries",
  ],
  [
    "steps that wait for each other",
    cyclic,
    '"two" can never be reached; what it waits for never comes',
  ],
  [
    "lists in lists",
    extended(`tags: ${"[".repeat(20_000)}${"]".repeat(20_000)}\n`),
    "is nested too deeply",
  ],
  [
    "an expression in parentheses",
    changed("A.mem.free <= A.mem.min", `${"(".repeat(50_000)}A.mem.free`),
    "the expression is nested too deeply",
  ],
  [
    "parameters that stand for each other",
    changed("flood: 100/s", `flood: "\${other}", other: "\${flood}"`),
    'traffic[0].load.rate: "${',
  ],
  ["another scenario's bytes", "\u0000\u0001\u0002", "x.yaml:1:1: "],
])("refuses %s", async (_what, text, complaint) => {
  const { code, stdout, stderr } = await outcomeOf("validate", text);
  expect({ code, stdout }).toEqual({ code: 65, stdout: "" });
  expect(stderr).toContain(complaint);
  expect(stderr).not.toContain("internal error");
});

test.each([bomb(), cyclic])("nothing of it is run", async (text) => {
  expect(await outcomeOf("run", text)).toMatchObject({ code: 65, stdout: "" });
});

test("a script that writes two thousand nodes is refused as a file is", async () => {
  const text = `import { scenario, sometimes } from "unwedge";
export default scenario("ab", { title: "ab" }, (w) => {
  for (let i = 0; i < 2_000; i++) w.client("N" + i);
  return { *script() {}, checks: { real: sometimes("elapsed() > 0 s") } };
});`;
  const { code, stderr } = await outcomeOf("validate", text, "x.js");
  expect(code).toBe(65);
  expect(stderr).toBe("x.js:1:1: nodes: has 2000 entries; expected 1000 at most\n");
});

test("the sound one is sound", async () => {
  expect(await outcomeOf("validate", SOUND)).toMatchObject({ code: 0 });
});
