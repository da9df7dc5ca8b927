// `unwedge run` from outside: what is printed where, which exit code says what, and that nothing is half-run.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { main } from "#cli/program.ts";
import { compareRuns } from "#cli/run.ts";
import { planRuns } from "#cli/run-plan.ts";
import { Run } from "#sim/index.ts";
import { FakeIo } from "../support/fake-io.ts";
import { runSchema, runsSchema } from "../support/run-schema.ts";

const TINY = readFileSync("test/fixtures/tiny.yaml", "utf8");
const files = {
  "tiny.yaml": TINY,
  "bad.yaml": TINY.replace("policy: vanilla-2007", "policy: vanila-2007"),
};

async function run(...args: string[]) {
  const io = new FakeIo(files);
  const code = await main(["run", ...args], io);
  return { code, stdout: io.stdout, stderr: io.stderr, lines: io.stdout.trimEnd().split("\n") };
}

describe("exit codes", () => {
  test.each([
    ["fits", 0, "completes pass"],
    ["too-large", 0, "wedged (suspected) pass"],
    ["surprising", 1, "wedged (suspected) fail"],
    ["vacuous", 2, "inconclusive inconclusive"],
    ["hurried", 124, "inconclusive inconclusive wall-limit"],
  ])("%s gives %i", async (variant, expected, said) => {
    const io = new FakeIo(files);
    // A clock that moves, or no wall limit is ever reached.
    let nowMs = 0;
    const code = await main(["run", "tiny.yaml", "--variant", variant, "--quiet"], {
      ...io,
      out: io.out,
      settings: io.settings,
      nowMs: () => nowMs++,
    });
    expect(io.stdout).toContain(`${variant} 1 ${said}`);
    expect(io.stdout.split("\n")).toHaveLength(2);
    expect(code).toBe(expected);
  });

  test("of several runs a failure outranks a doubt", async () => {
    expect((await run("tiny.yaml", "--all", "--runs", "1", "--quiet")).code).toBe(1);
  });

  test.each([
    [["tiny.yaml", "--seed", "x"], 64, "--seed x: expected a whole number"],
    [["tiny.yaml", "--runs", "0"], 64, "1 or more"],
    [["tiny.yaml", "--json", "--quiet"], 64, "only one of them"],
    [["tiny.yaml", "--engine", "warp"], 64, "expected one of virtual, sockets, cluster, kernel"],
    [["tiny.yaml", "--engine", "sockets", "--check-determinism"], 64, "only virtual time gives"],
    [["tiny.yaml", "--engine", "kernel"], 4, "--engine kernel: not built"],
    [["tiny.yaml", "--set", "flood"], 64, "expected path=value"],
    [["tiny.yaml", "--varient", "fits"], 64, "Did you mean --variant?"],
    [["bad.yaml"], 65, "did you mean vanilla-2007?"],
    [["tiny.yaml", "--variant", "fit"], 65, "did you mean fits?"],
    [["tiny.yaml", "--policy", "vanilla"], 65, "vanilla"],
  ])("%j gives %i and runs nothing", async (args, code, message) => {
    const ended = await run(...args);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(message);
    expect(ended.stdout).toBe("");
  });
});

describe("a single run", () => {
  test("begins with what it takes to repeat it, and ends with the commands that do", async () => {
    const { lines } = await run("tiny.yaml", "--variant", "too-large", "--seed", "7");
    expect(lines[0]).toMatch(
      /^scenario sha256:[0-9a-f]{12}… tiny variant too-large seed 7 engine virtual model \d+\.\d+\.\d+$/,
    );
    expect(lines[1]).toMatch(/^too-large 7 wedged \(suspected\) pass [0-9a-f]{16} 3 s /);
    expect(lines.at(-2)).toBe("unwedge run tiny.yaml --variant too-large --seed 7");
    expect(lines.at(-1)).toMatch(
      /^unwedge replay runs\/tiny-too-large-7-[0-9a-f]{8}\.unwedge --check$/,
    );
  });

  test("names settings and policy in both, and quotes what a shell would split", async () => {
    const { lines } = await run(
      ...["tiny.yaml", "--variant", "fits", "--policy", "mainline-6.1"],
      ...["--set", "nodes.A.memory.ram=32 MiB"],
    );
    expect(lines[0]).toContain("policy mainline-6.1 set nodes.A.memory.ram=32 MiB");
    expect(lines.at(-2)).toBe(
      "unwedge run tiny.yaml --variant fits --seed 1 --policy mainline-6.1 --set 'nodes.A.memory.ram=32 MiB'",
    );
  });

  test("shows checks, reasons and the machine with who waits for what", async () => {
    const { stdout } = await run("tiny.yaml", "--variant", "surprising");
    expect(stdout).toMatch(/ends +fail +wedged +completes/);
    expect(stdout).toContain("no useful progress for 2 s");
    expect(stdout).toMatch(/marks +\d+ free; atomic floor \d+, min \d+/);
    expect(stdout).toMatch(/waiting +.*longest/);
  });

  test("takes the first variant and the scenario's seed by itself", async () => {
    expect((await run("tiny.yaml")).lines[0]).toContain("variant fits seed 1 ");
  });

  test("writes nothing to stderr when nobody watches", async () => {
    expect((await run("tiny.yaml")).stderr).toBe("");
  });
});

describe("several runs", () => {
  test("end in a tally with what was expected and an interval", async () => {
    const { stdout, lines } = await run("tiny.yaml", "--variant", "too-large", "--runs", "3");
    expect(lines[0]).toContain("seeds 1-3");
    expect(stdout).toContain("too-large  wedged 3/3 (44–100 %)  3/3 as expected");
  });

  test("--all takes every variant and every seed, and shows what failed", async () => {
    const { stdout, lines } = await run("tiny.yaml", "--all");
    expect(stdout).toMatch(/fits +completes 2\/2/);
    expect(stdout).toMatch(/surprising +wedged 2\/2 .* 0\/2 as expected/);
    expect(stdout.match(/^checks /gm)).toHaveLength(2);
    expect(lines.at(-1)).toBe("unwedge run tiny.yaml --variant surprising --seed 1");
  });

  test("of a kernel with HIGHATOMIC blocks say of each wedge where its free pages are", async () => {
    const { stdout } = await run(
      ...["tiny.yaml", "--variant", "too-large", "--policy", "mainline-6.1", "--runs", "2"],
    );
    const lines = stdout.match(
      /^too-large \d: A wedged with \d+ free pages, \d+ of them in HIGHATOMIC blocks$/gm,
    );
    expect(lines).toHaveLength(2);
  });

  test("stop at Ctrl-C, print what there is and give 130", async () => {
    const io = new FakeIo(files);
    const stopping = {
      ...io,
      out: (text: string) => {
        io.out(text);
        if (text.startsWith("fits 1 ")) io.stop?.(130);
      },
      settings: io.settings,
    };
    expect(await main(["run", "tiny.yaml", "--variant", "fits", "--runs", "3"], stopping)).toBe(
      130,
    );
    expect(io.stdout).toContain("tally (1 of 3 runs)");
  });
});

describe("--dry", () => {
  test("prints timeline, checks and cost, and no verdict", async () => {
    const { code, stdout, lines } = await run("tiny.yaml", "--variant", "too-large", "--dry");
    expect(code).toBe(0);
    expect(stdout).toContain("phase judged");
    expect(stdout).toContain("verdict wedged, settling for 2 s after over");
    expect(stdout).toContain("4,096 page frames");
    expect(stdout).not.toMatch(/pass|fail/);
    expect(lines.at(-1)).toBe("nothing was run");
  });
});

describe("for programs", () => {
  test("--json of one run is one object of the documented shape", async () => {
    const { code, stdout } = await run("tiny.yaml", "--variant", "surprising", "--json");
    expect(code).toBe(1);
    const report = runSchema.parse(JSON.parse(stdout));
    expect(report).toMatchObject({
      variant: "surprising",
      status: "fail",
      verdict: "wedged",
      simSeconds: 3,
    });
    expect(report.checks.map(({ id }) => id)).toEqual(["worked", "ends", "early"]);
  });

  test("--json of several runs has them all and the tally", async () => {
    const { stdout } = await run("tiny.yaml", "--variant", "fits", "--runs", "2", "--json");
    const { runs, tally } = runsSchema.parse(JSON.parse(stdout));
    expect(runs.map(({ seed }) => seed)).toEqual([1, 2]);
    expect(tally).toMatchObject([{ variant: "fits", runs: 2, passed: 2 }]);
  });

  test("--ndjson numbers events without gaps, in order of time, and ends with the result", async () => {
    const { lines } = await run("tiny.yaml", "--variant", "fits", "--ndjson");
    const events = lines.map((line) => JSON.parse(line));
    expect(events.map(({ n }) => n)).toEqual(events.map((_, i) => i));
    const times = events.slice(0, -1).map(({ at }) => at);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const { n: _, event, ...result } = events.at(-1);
    expect(event).toBe("result");
    expect(runSchema.parse(result).verdict).toBe("completes");
  });
});

describe("--check-determinism", () => {
  test("runs twice and says that the digests are equal", async () => {
    const { code, stdout } = await run(
      "tiny.yaml",
      "--variant",
      "too-large",
      "--check-determinism",
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/too-large 1 same digest twice: [0-9a-f]{16}\n/);
  });

  test("names the first event in which two runs differ", async () => {
    const io = new FakeIo(files);
    const select = { variant: null, seed: null, runs: 2, all: false, policy: null };
    const small = planRuns("tiny.yaml", { ...select, set: [] }, io)[0];
    const large = planRuns("tiny.yaml", { ...select, set: ["nodes.A.run.hog.size=5MiB"] }, io)[0];
    if (small === undefined || large === undefined) throw new Error("two runs are planned");
    const runs = [small, large].map(({ resolved }) => new Run({ scenario: resolved, seed: 1 }));
    const [one, other] = runs;
    if (one === undefined || other === undefined) throw new Error("two runs are made");
    const found = await compareRuns([one, other], { exitCode: 0 }, io);
    expect(found).toMatch(
      /^the two runs differ on A, first in event \d+, at \d+ ns\n {2}first run: {2}event /,
    );
  });
});
