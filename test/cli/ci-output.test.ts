// What machines read of runs: JUnit XML, and what GitHub shows of a step.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EXIT } from "#base/error.ts";
import { main } from "#cli/program.ts";
import { FakeIo } from "../support/fake-io.ts";

const tiny = readFileSync("test/fixtures/tiny.yaml", "utf8");
const lineOf = (text: string): number => tiny.slice(0, tiny.indexOf(text)).split("\n").length;

async function run(io: FakeIo, ...args: string[]): Promise<number> {
  return await main(["run", "tiny.yaml", "--no-bundle", "--quiet", ...args], io);
}

/** Its clock goes on whenever it is looked at, so that a run with a limit of a microsecond passes it. */
class PassingIo extends FakeIo {
  #ms = 0;
  override readonly nowMs = (): number => this.#ms++;
}

const written = (io: FakeIo, path: string): string =>
  new TextDecoder().decode(io.written.get(path));

test("JUnit: a case for each check of each run, at its line, with why and how to repeat it", async () => {
  const io = new PassingIo({ "tiny.yaml": tiny });
  expect(await run(io, "--all", "--junit", "out.xml")).toBe(EXIT.failed);
  const xml = written(io, "out.xml");
  // Three checks a run in four variants of two seeds; two runs were not judged.
  expect(xml).toMatch(/<testsuite name="tiny" tests="26" failures="2" errors="2" skipped="4" /);
  expect(xml.match(/<testcase /g)).toHaveLength(26);
  expect(xml).toContain(
    `name="surprising › ends [seed 1]" file="tiny.yaml" line="${lineOf("{ id: ends, verdict: completes")}"`,
  );
  expect(xml).toMatch(
    /<failure type="wedged" message="no useful progress for 2 s">no useful progress/,
  );
  expect(xml).toContain('<skipped message="it never held"/>');
  expect(xml).toMatch(/<error type="wall-limit" message="the wall limit was reached/);
  expect(xml).toContain("unwedge run tiny.yaml --variant surprising --seed 2\n");
});

test("JUnit: text is text", async () => {
  const io = new FakeIo({ "tiny.yaml": tiny });
  await run(io, "--variant", "fits", "--set", 'title=<a>&"b"', "--junit", "out.xml");
  expect(written(io, "out.xml")).toContain("--set &apos;title=&lt;a&gt;&amp;&quot;b&quot;&apos;\n");
});

test("GitHub: an annotation at the check's line for all its seeds, and a summary after what was there", async () => {
  const io = new PassingIo({ "tiny.yaml": tiny, "summary.md": "before\n" });
  io.settings = { ...io.settings, githubSummary: "summary.md" };
  await run(io, "--all");
  const lines = io.stderr.split("\n").filter((line) => line.startsWith("::"));
  expect(lines).toContainEqual(
    expect.stringContaining(
      `::error file=tiny.yaml,line=${lineOf("{ id: ends, verdict: completes")},title=tiny › surprising › ends::seed 1, 2: no useful progress`,
    ),
  );
  expect(lines.filter((line) => line.startsWith("::warning"))).toHaveLength(2);
  expect(lines.filter((line) => line.includes("the wall limit"))).toHaveLength(2);
  const summary = written(io, "summary.md");
  expect(summary).toMatch(/^before\n## tiny\n/);
  expect(summary).toMatch(/^\| surprising \| 1 \| wedged \(suspected\) \| fail \|/m);
});

test("nothing of it where nobody asks", async () => {
  const io = new FakeIo({ "tiny.yaml": tiny });
  await run(io, "--variant", "fits");
  expect([io.stderr, io.written.size]).toEqual(["", 0]);
});
