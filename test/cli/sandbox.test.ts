// Scripts on a command line: what they write is a scenario like any other, and what they reach for is not there.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { UnwedgeError } from "#base/error.ts";
import { main } from "#cli/program.ts";
import { documentOf } from "#cli/quickjs.ts";
import { documentApart } from "#cli/sandbox.ts";
import { openScenario } from "#coordinator/scenario/index.ts";
import zijlstra from "../../scenarios/scripts/zijlstra-wedge.ts";
import { FakeIo } from "../support/fake-io.ts";

async function validate(file: string, text: string) {
  const io = new FakeIo({ [file]: text });
  const code = await main(["validate", file], io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

test("the shipped scripts are scenarios to the command line", async () => {
  const files = readdirSync("scenarios/scripts").map((file) => `scenarios/scripts/${file}`);
  expect(files.length).toBeGreaterThan(2);
  const texts = files.map((file) => [file, readFileSync(file, "utf8")]);
  const io = new FakeIo(Object.fromEntries(texts));
  expect(await main(["validate", ...files], io)).toBe(0);
  expect(io.stdout).toContain("zijlstra-wedge.ts: valid, 5 variants\n");
});

test("shut away, a script writes what it writes in a program of one's own", async () => {
  const file = "scenarios/scripts/zijlstra-wedge.ts";
  const io = new FakeIo({ [file]: readFileSync(file, "utf8") });
  await main(["show", file], io);
  const opened = openScenario(zijlstra.text, file);
  const resolved = opened.ok ? opened.scenario.resolve() : null;
  expect(resolved?.ok).toBe(true);
  expect(io.stdout).toContain("rate(A/svc.requests) >= 200/s");
  const again = openScenario(io.stdout, "shown.yaml");
  const same = again.ok ? again.scenario.resolve() : null;
  expect(same?.ok === true && same.scenario.cluster).toEqual(
    resolved?.ok === true && resolved.scenario.cluster,
  );
});

test("JavaScript needs no types", async () => {
  const text = `
    import { pages, scenario, sometimes, verdict } from "unwedge";
    export default scenario("ab", { title: "ab" }, (w) => {
      const A = w.machine("A", { policy: "vanilla-2007", memory: { ram: "128 MiB" } });
      return { *script(t) { t.phase("run"); }, checks: { real: sometimes(A.mem.free.below(pages(9))), end: verdict("recovers") } };
    });`;
  expect(await validate("ab.js", text)).toEqual({ code: 0, stdout: "ab.js: valid\n", stderr: "" });
});

const NO_HOST = 'a script sees the language and "unwedge", nothing of the host';

test.each([
  ["process", "const x = 1;\nprocess.exit(x);", `2:1: 'process' is not defined; ${NO_HOST}`],
  ["require", "const fs = require('fs');", `1:12: 'require' is not defined; ${NO_HOST}`],
  ["fetch", "\n\nawait fetch('http://example.org');", `3:7: 'fetch' is not defined; ${NO_HOST}`],
  ["timers", "setTimeout(() => {}, 1);", `1:1: 'setTimeout' is not defined; ${NO_HOST}`],
  ["a clock", "const now = Date.now();", `1:13: 'Date' is not defined; ${NO_HOST}`],
  ["chance", "const x = 1;\nMath.random();", "2:12: not a function"],
  [
    "a module of Node",
    'const x = 1;\nimport fs from "node:fs";',
    '2:1: "node:fs" cannot be imported; a script has "unwedge" alone',
  ],
  [
    "a module later",
    '\nconst fs = await import("node:fs");',
    '2:1: "node:fs" cannot be imported; a script has "unwedge" alone',
  ],
  [
    "a file beside it",
    'import "./secret.ts";',
    '1:1: "./secret.ts" cannot be imported; a script has "unwedge" alone',
  ],
  [
    "a file by our own names",
    'import "unwedge:/../../../package.json";',
    '1:1: "unwedge:/../../../package.json" cannot be imported; a script has "unwedge" alone',
  ],
  [
    "what runs things",
    'import { runScenario } from "unwedge";',
    "1:1: Could not find export 'runScenario' in module 'unwedge:/index.ts'",
  ],
  [
    "our classes' makers",
    '(() => {}).constructor("return process")();',
    `1:41: 'process' is not defined; ${NO_HOST}`,
  ],
  [
    "nothing",
    "export const x = 1;",
    "1:1: exports no scenario; expected: export default scenario(…)",
  ],
  [
    "what is no text",
    "export default { text: 3 };",
    "1:1: exports no scenario; expected: export default scenario(…)",
  ],
  [
    "an end that never comes",
    "await new Promise(() => {});",
    "1:1: waits for something that never comes; a script has nobody to wait for",
  ],
  [
    "a loop",
    "let n = 0;\nwhile (true) n = Math.max(n, 1);",
    "2:1: does not end: 10000000 jumps and calls, and it went on",
  ],
  [
    "a loop that catches",
    "let n = 0;\ntry { while (true) n = Math.max(n, 1); } catch { }",
    "2:1: does not end: 10000000 jumps and calls, and it went on",
  ],
  [
    "a pattern that goes back for ever",
    "\n/(a+)+$/.test('a'.repeat(40) + '!');",
    "2:14: does not end: 10000000 jumps and calls, and it went on",
  ],
  [
    "all memory",
    "const kept = [];\nfor (;;) kept.push([1, 2, 3]);",
    "2:19: takes more than 16 MiB",
  ],
  ["all of the stack", "const f = () => f() + 1;\nf();", "1:18: stack overflow"],
  ["a value", "throw 'no';", '1:1: threw "no"'],
  ["wrong types", "const x: = 3;", "1:10: Unexpected token `=`"],
  [
    "what types alone cannot erase",
    "\nenum E { A }",
    "2:1: TypeScript enum is not supported in strip-only mode",
  ],
])("a script that reaches for %s is told so", async (_what, text, complaint) => {
  const failure: unknown = await documentOf(text, "dir/x.ts").catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(UnwedgeError);
  expect(failure).toMatchObject({ code: "invalidScenario" });
  expect(String(failure)).toContain(`dir/x.ts:${complaint}`);
});

test("with 65, from the command line", async () => {
  expect(await validate("x.js", "const x = 1;\nprocess.exit(x);")).toEqual({
    ...{ code: 65, stdout: "" },
    stderr: `x.js:2:1: 'process' is not defined; ${NO_HOST}\n`,
  });
});

test("what counts no steps is ended by the clock", async () => {
  const source = "const kept = [];\nfor (;;) kept.push('x'.repeat(1e6));";
  await expect(documentApart({ file: "x.js", source }, 500)).rejects.toMatchObject({
    code: "invalidScenario",
    message: "x.js:1:1: was not done in 0.5 s; a script is run once, to write its scenario down",
  });
});

test("a script that only looks like a document is checked as one", async () => {
  const { code, stderr } = await validate("x.js", "export default { text: 'schema: unwedge/v2' };");
  expect(code).toBe(65);
  expect(stderr).toContain("expected unwedge/v1");
});

test("what is wrong with a script's scenario is on the script's line", async () => {
  const text = `import { scenario, sometimes } from "unwedge";
export default scenario("ab", { title: "ab" }, (w) => {
  w.machine("A", { policy: "vanila-2007", memory: { ram: "128 MiB" } });
  return {
    *script() {},
    checks: { real: sometimes("A.mem.fre > 0 pages") },
  };
});`;
  const { code, stderr } = await validate("ab.ts", text);
  expect(code).toBe(65);
  expect(stderr).toMatch(
    /^ab\.ts:3:1: nodes\.A\.policy: .*\nab\.ts:6:1: checks\[0\]\.sometimes: .*A\.mem\.free/,
  );
});
