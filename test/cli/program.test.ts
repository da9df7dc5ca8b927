// The command line from outside: what is printed where, and which exit code says what.

import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { main } from "#cli/program.ts";
import { FakeIo } from "../support/fake-io.ts";
import { changed, SOUND } from "../support/scenario-fixtures.ts";

const VARIANTS = `${SOUND}variants:
  quiet: { about: "nobody asks", set: { params.flood: 0/s } }
  marked: { set: { nodes.A.policy: swapnbd-v9 } }
`;
const files = {
  "good.yaml": SOUND,
  "bad.yaml": changed("policy: vanilla-2007", "policy: vanila-2007"),
  "variants.yaml": VARIANTS,
  "scenarios/bare.yaml": SOUND,
  "-": SOUND,
};

async function run(...args: string[]) {
  const io = new FakeIo(files);
  const code = await main(args, io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("validate", () => {
  test("says that a sound file is valid, on stdout, with 0", async () => {
    expect(await run("validate", "good.yaml")).toEqual({
      code: 0,
      stdout: "good.yaml: valid\n",
      stderr: "",
    });
  });

  test("says where a mistake is and what was meant, on stderr, with 65", async () => {
    const { code, stdout, stderr } = await run("validate", "bad.yaml");
    expect([code, stdout]).toEqual([65, ""]);
    expect(stderr).toMatch(/^bad\.yaml:8:13: nodes\.A\.policy: no policy is called "vanila-2007"/);
    expect(stderr).toContain("(did you mean vanilla-2007?)");
  });

  test("looks at every file, and one that is wrong decides", async () => {
    const { code, stdout } = await run("validate", "bad.yaml", "variants.yaml");
    expect(code).toBe(65);
    expect(stdout).toBe("variants.yaml: valid, 2 variants\n");
  });

  test("finds a bare name among the scenarios, and - on stdin", async () => {
    expect((await run("validate", "bare")).stdout).toBe("scenarios/bare.yaml: valid\n");
    expect((await run("validate", "-")).stdout).toBe("stdin: valid\n");
  });

  test("prints one JSON array", async () => {
    const { code, stdout } = await run("validate", "--json", "bad.yaml", "good.yaml");
    expect(code).toBe(65);
    expect(JSON.parse(stdout)).toMatchObject([
      { file: "bad.yaml", diagnostics: [{ line: 8, column: 13, nearest: "vanilla-2007" }] },
      { file: "good.yaml", diagnostics: [] },
    ]);
  });

  test("a file that is not there is a usage error", async () => {
    const { code, stderr } = await run("validate", "nowhere.yaml");
    expect([code, stderr]).toEqual([64, "nowhere.yaml: no such scenario; tried nowhere.yaml\n"]);
  });

  test.each([
    ["zijlstra-wegde", "zijlstra-wedge"],
    ["scenarios/zijlstra-wedg.yaml", "zijlstra-wedge"],
    ["thin", "thin-"],
  ])("%s is asked back with the shipped name nearest to it", async (name, meant) => {
    const { code, stderr } = await run("validate", name);
    expect(code).toBe(64);
    expect(stderr).toContain(`${name}: no such scenario; tried `);
    expect(stderr).toContain(`; did you mean ${meant}`);
  });
});

describe("show", () => {
  test("prints the first variant with every parameter filled in", async () => {
    const { code, stdout } = await run("show", "variants.yaml");
    expect(code).toBe(0);
    expect(stdout).toContain("# variant quiet: nobody asks\n");
    expect(stdout).toContain("rate: 0/s");
    expect(stdout).not.toContain("variants:");
  });

  test("prints what can be validated again", async () => {
    const { stdout } = await run("show", "variants.yaml", "--variant", "marked");
    const io = new FakeIo({ "shown.yaml": stdout });
    expect(await main(["validate", "shown.yaml"], io)).toBe(0);
  });

  test("applies settings in order, and a policy for every machine", async () => {
    const { stdout } = await run(
      ...["show", "variants.yaml", "--set", "flood=5/s", "--set", "nodes.A.memory.ram=128 MiB"],
      ...["--policy", "mainline-6.1"],
    );
    expect(stdout).toContain("rate: 5/s");
    expect(stdout).toContain("ram: 128 MiB");
    expect(stdout).toContain("policy: mainline-6.1");
  });

  test("prints what engines are given as JSON", async () => {
    const { stdout } = await run("show", "good.yaml", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      id: "small",
      engine: { sampleNs: 10_000_000 },
      checks: [{ id: "real", expression: "A.mem.free <= A.mem.min" }, { id: "back" }],
    });
  });

  test.each([
    [["show", "bad.yaml"], 65, "vanila-2007"],
    [["show", "variants.yaml", "--variant", "quite"], 65, "did you mean quiet?"],
    [["show", "good.yaml", "--set", "nodes.A.memory.ram=3 MB"], 65, "--set: nodes.A.memory.ram"],
    [["show", "good.yaml", "--set", "flood"], 64, "expected path=value"],
  ])("%j gives %i", async (args, code, message) => {
    const ended = await run(...args);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(message);
    expect(ended.stdout).toBe("");
  });
});

describe("marks", () => {
  test("prints a machine's marks", async () => {
    const { code, stdout } = await run("marks", "--ram", "2GiB", "--kernel", "6.1");
    expect(code).toBe(0);
    expect(stdout).toContain("min_free_kbytes");
  });

  test("checks a file of readings", async () => {
    const content = readFileSync("test/vectors/test-vectors.json", "utf8");
    const io = new FakeIo({ "boots.json": content });
    expect(await main(["marks", "--vectors", "boots.json"], io)).toBe(0);
    expect(io.stdout).toMatch(/^(\d+) of \1 exact/);
  });

  test.each([
    [["marks", "--ram", "2"], 64, "has no unit"],
    [["marks", "--kernel", "six"], 64, "expected a version"],
    [["marks", "--ram", "8 MiB"], 65, "more memory than there is"],
    [["marks", "--vectors", "nowhere"], 64, "no such file"],
  ])("%j gives %i", async (args, code, message) => {
    const ended = await run(...args);
    expect(ended.code).toBe(code);
    expect(ended.stderr).toContain(message);
  });
});

describe("the command line", () => {
  test.each([
    [["nonsense"], "unknown command"],
    [["valdate", "x"], "Did you mean validate?"],
    [["show"], "missing required argument"],
    [["show", "good.yaml", "--varient", "x"], "Did you mean --variant?"],
  ])("%j is a usage error", async (args, message) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(64);
    expect(stderr).toContain(message);
  });

  test("help and version go to stdout with 0", async () => {
    expect(await run("--version")).toMatchObject({ code: 0, stderr: "" });
    const { code, stdout } = await run("show", "--help");
    expect(code).toBe(0);
    expect(stdout).toContain("UNWEDGE_VARIANT");
    expect(stdout).toContain("Example:");
  });

  test("options also come from the environment", async () => {
    vi.stubEnv("UNWEDGE_VARIANT", "marked");
    expect((await run("show", "variants.yaml")).stdout).toContain("# variant marked");
  });
});
