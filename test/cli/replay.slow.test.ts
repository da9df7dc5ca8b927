// Bundles from outside: every run leaves one, and `unwedge replay` repeats it or names the first event that differs.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { decodeBundle, encodeBundle } from "#cli/bundle-file.ts";
import { hostIo } from "#cli/host.ts";
import { main } from "#cli/program.ts";
import {
  type BundleHead,
  EventLog,
  type EventLogData,
  EventLogReader,
  type LoggedEvent,
  Recorder,
} from "#sim/index.ts";
import { OUTAGE, OUTAGE_BUNDLE, OUTAGE_DIGEST, outageRun } from "../support/bundle-fixtures.ts";
import { FakeIo } from "../support/fake-io.ts";
import { runSchema } from "../support/run-schema.ts";

const files = { "outage.yaml": OUTAGE };

/** Several commands, one after the other, where the next finds what the one before has written. */
async function session(io: FakeIo, ...commands: readonly (readonly string[])[]) {
  const codes: number[] = [];
  for (const command of commands) {
    io.stdout = "";
    io.stderr = "";
    codes.push(await main(command, io));
  }
  return { codes, stdout: io.stdout, stderr: io.stderr, lines: io.stdout.trimEnd().split("\n") };
}

/** A terminal in whose folder a run of the fixture has left its bundle. */
async function ran(...args: string[]): Promise<FakeIo> {
  const io = new FakeIo(files);
  await main(["run", "outage.yaml", "--quiet", ...args], io);
  return io;
}

const written = (io: FakeIo, path = OUTAGE_BUNDLE): Uint8Array => {
  const bytes = io.written.get(path);
  if (bytes === undefined) throw new Error(`written were ${[...io.written.keys()].join(", ")}`);
  return bytes;
};

const headIn = (io: FakeIo, path = OUTAGE_BUNDLE): BundleHead =>
  decodeBundle(path, written(io, path)).head;

/** The same bundle with another head. */
function doctor(io: FakeIo, change: (head: BundleHead) => unknown): void {
  const head = JSON.stringify(change(headIn(io)), (_, value: unknown) =>
    value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value,
  );
  const [, ...keyframes] = gunzipSync(written(io)).toString("utf8").split("\n");
  io.written.set(OUTAGE_BUNDLE, gzipSync([head, ...keyframes].join("\n")));
}

/** The log with one event told otherwise. */
function withEvent(
  log: EventLogData,
  n: number,
  change: (event: LoggedEvent) => LoggedEvent,
): EventLogData {
  const reader = new EventLogReader(log);
  const other = new EventLog();
  for (let event = reader.next(); event !== null; event = reader.next())
    other.push(event.n === n ? change(event) : event);
  return other.data();
}

describe("a run", () => {
  test("leaves one bundle, and ends with the command that checks it", async () => {
    const io = new FakeIo(files);
    const { codes, lines } = await session(io, ["run", "outage.yaml"]);
    expect(codes).toEqual([0]);
    expect([...io.written.keys()]).toEqual([OUTAGE_BUNDLE]);
    expect(lines.at(-1)).toBe(`unwedge replay ${OUTAGE_BUNDLE} --check`);
    expect(headIn(io)).toMatchObject({
      schema: "unwedge-bundle/v1",
      versions: { node: process.versions.node },
      scenario: { id: "outage", file: "outage.yaml", text: OUTAGE },
      variant: "vanilla-2007",
      seed: 1,
      ending: "judged",
      digest: OUTAGE_DIGEST,
      result: { verdict: "recovers", status: "pass" },
      certificate: null,
    });
  });

  test("says where it is to programs", async () => {
    const io = new FakeIo(files);
    const { stdout } = await session(io, ["run", "outage.yaml", "--json", "--out", "kept/here"]);
    const { artifacts } = runSchema.parse(JSON.parse(stdout));
    expect(artifacts).toEqual({ bundle: `kept/here/${OUTAGE_BUNDLE.slice("runs/".length)}` });
    const { lines } = await session(io, ["run", "outage.yaml", "--ndjson"]);
    expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ artifacts: { bundle: OUTAGE_BUNDLE } });
  });

  test("leaves none when told so, by option or by environment", async () => {
    const io = new FakeIo(files);
    const { lines } = await session(io, ["run", "outage.yaml", "--no-bundle"]);
    expect(io.written.size).toBe(0);
    expect(lines.at(-1)).toMatch(/^unwedge run /);
    const silent = { ...io, settings: { ...io.settings, writesBundles: false } };
    await main(["run", "outage.yaml", "--quiet"], silent);
    expect(io.written.size).toBe(0);
  });

  test("keeps its verdict when the bundle cannot be written", async () => {
    const io = new FakeIo(files);
    const full = {
      ...io,
      write: () => {
        throw new Error("no space left");
      },
    };
    expect(await main(["run", "outage.yaml"], full)).toBe(0);
    expect(io.stderr).toContain(`${OUTAGE_BUNDLE}: the bundle could not be written: no space left`);
    expect(io.stdout).not.toContain("unwedge replay");
  });

  test("of several leaves a bundle each, and names those that did not pass", async () => {
    const io = new FakeIo({
      "failing.yaml": OUTAGE.replace("verdict: recovers", "verdict: wedged"),
    });
    const { stdout } = await session(io, ["run", "failing.yaml", "--runs", "2"]);
    const names = [...io.written.keys()];
    expect(names).toHaveLength(2);
    for (const [i, name] of names.entries())
      expect(stdout).toContain(`vanilla-2007 ${i + 1}: ${name}\n`);
    const passing = new FakeIo(files);
    expect((await session(passing, ["run", "outage.yaml", "--runs", "2"])).stdout).not.toContain(
      "runs/",
    );
    expect(passing.written.size).toBe(2);
  });
});

describe("a run that is not like others", () => {
  test("that is interrupted leaves what there is, without a verdict, and that can be replayed", async () => {
    const io = new FakeIo(files);
    let steps = 0;
    const stopping = {
      ...io,
      nowMs: () => {
        if (++steps === 60) io.stop?.(130);
        return steps;
      },
    };
    expect(await main(["run", "outage.yaml", "--quiet"], stopping)).toBe(130);
    const [path = ""] = io.written.keys();
    const { ending, result, simNs } = headIn(io, path);
    expect([ending, result]).toEqual(["interrupted", null]);
    expect(simNs).toBeGreaterThan(0);
    const { codes, stdout } = await session(io, ["replay", path, "--check"]);
    expect(stdout).toContain("same digest");
    expect(codes).toEqual([0]);
  });

  test("is written whole or not at all", async () => {
    const folder = mkdtempSync(join(tmpdir(), "unwedge-bundle-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const out = join(folder, "deep", "runs");
    const io = { ...new FakeIo(files), write: hostIo().write, readBytes: hostIo().readBytes };
    expect(await main(["run", "outage.yaml", "--quiet", "--out", out], io)).toBe(0);
    const [name = "", ...others] = readdirSync(out);
    expect(others).toEqual([]);
    expect(await main(["replay", join(out, name), "--check"], io)).toBe(0);
  });
});

describe("a bundle", () => {
  test("drops keyframes there is no room for, the end last, and says which", () => {
    const run = outageRun();
    const recorder = new Recorder(run);
    while (!run.isJudged) {
      run.step();
      recorder.observe();
    }
    const { machines, keyframes } = recorder.recording();
    const head = { ...headWithout, machines };
    const all = encodeBundle(head, { keyframes });
    const some = encodeBundle(head, { keyframes }, all.length);
    expect(some.length).toBeLessThanOrEqual(all.length);
    const stages = (bytes: Uint8Array) => {
      const read = decodeBundle("x", bytes).head;
      return [read.keyframes, read.droppedKeyframes].map((places) =>
        places.map(({ stage }) => stage),
      );
    };
    expect(stages(all)).toEqual([["judged", "settling", "running"], []]);
    expect(stages(encodeBundle(head, { keyframes }, all.length - 1))).toEqual([
      ["judged", "settling"],
      ["running"],
    ]);
    expect(stages(encodeBundle(head, { keyframes }, 0))).toEqual([
      [],
      ["judged", "settling", "running"],
    ]);
  });
});

const headWithout = {
  schema: "unwedge-bundle/v1",
  versions: { tool: "0", model: "0", node: "0" },
  scenario: { id: "outage", file: "outage.yaml", sha256: "", text: OUTAGE, resolved: "" },
  variant: "vanilla-2007",
  seed: 1,
  policy: null,
  settings: [],
  engine: "virtual",
  startedAt: "",
  wallMs: 0,
  ending: "judged",
  digest: "",
  events: 0,
  simNs: 0,
  result: null,
  certificate: null,
} as const;

describe("replay --check", () => {
  test.each(["vanilla-2007", "swapnbd-v9", "mainline-6.1"])(
    "gives the digest that %s had",
    async (variant) => {
      const io = await ran("--variant", variant, "--seed", "3");
      const [path = ""] = io.written.keys();
      const { codes, stdout } = await session(io, ["replay", path, "--check"]);
      expect(codes).toEqual([0]);
      expect(stdout).toContain(`same digest: ${headIn(io, path).digest}`);
    },
  );

  test("knows policy and settings of the run", async () => {
    const io = await ran("--policy", "mainline-6.1", "--set", "nodes.A.memory.ram=24MiB");
    const [path = ""] = io.written.keys();
    const { codes, lines } = await session(io, ["replay", path, "--check"]);
    expect(codes).toEqual([0]);
    expect(lines[0]).toContain("policy mainline-6.1 set nodes.A.memory.ram=24MiB");
  });

  test.each([0, 4095, 4096, 6543])(
    "names event %i of A with both sides, and gives 3",
    async (n) => {
      const io = await ran();
      doctor(io, (head) => ({
        ...head,
        machines: head.machines.map((machine) =>
          machine.name === "A"
            ? {
                ...machine,
                log: withEvent(machine.log, n, (event) => ({ ...event, a: event.a + 7 })),
              }
            : machine,
        ),
      }));
      const { codes, lines } = await session(io, ["replay", OUTAGE_BUNDLE, "--check"]);
      expect(codes).toEqual([3]);
      const [what, one, other] = lines.slice(-3);
      expect(what).toMatch(
        new RegExp(`^the two runs differ on A, first in event ${n}, at \\d+ ns$`),
      );
      const [, at, name, a, b] =
        /^ {2}written down: event \d+ at (\d+) ns: (\S+) (-?\d+) (-?\d+)$/.exec(one ?? "") ?? [];
      expect(other).toBe(`  this run:     event ${n} at ${at} ns: ${name} ${Number(a) - 7} ${b}`);
    },
  );

  test("sees a digest that differs though every event is the same", async () => {
    const io = await ran();
    doctor(io, (head) => ({ ...head, digest: "0123456789abcdef" }));
    const { codes, stdout } = await session(io, ["replay", OUTAGE_BUNDLE, "--check"]);
    expect(codes).toEqual([3]);
    expect(stdout).toContain(`0123456789abcdef was written down, ${OUTAGE_DIGEST} came out`);
  });

  test("looks at a part when told so", async () => {
    const io = await ran();
    doctor(io, (head) => ({
      ...head,
      machines: head.machines.map((machine) => ({
        ...machine,
        log: withEvent(machine.log, 6543, (event) => ({ ...event, b: event.b + 1 })),
      })),
    }));
    const early = await session(io, ["replay", OUTAGE_BUNDLE, "--check", "--until", "900 ms"]);
    expect(early.codes).toEqual([0]);
    expect(early.stdout).toContain("same events");
    expect(
      (await session(io, ["replay", OUTAGE_BUNDLE, "--check", "--until", "1.8 s"])).codes,
    ).toEqual([3]);
  });
});

describe("replay", () => {
  test("prints the same report, and whether it is the same run", async () => {
    const io = new FakeIo(files);
    const first = await session(io, ["run", "outage.yaml"]);
    const again = await session(io, ["replay", OUTAGE_BUNDLE]);
    const body = (lines: readonly string[]) =>
      lines.slice(2).filter((line) => line !== "" && !line.startsWith("unwedge replay"));
    expect(body(again.lines).slice(0, -1)).toEqual(body(first.lines));
    expect(again.lines.at(-1)).toBe(`the digest of ${OUTAGE_BUNDLE}`);
  });

  test("ends as the run did", async () => {
    const io = new FakeIo({
      "failing.yaml": OUTAGE.replace("verdict: recovers", "verdict: wedged"),
    });
    await main(["run", "failing.yaml", "--quiet"], io);
    const [path = ""] = io.written.keys();
    expect((await session(io, ["replay", path])).codes).toEqual([1]);
  });

  test("--until stops at that very instant and shows the machines", async () => {
    const io = await ran();
    const { codes, stdout } = await session(io, ["replay", OUTAGE_BUNDLE, "--until", "1239 ms"]);
    expect(codes).toEqual([0]);
    expect(stdout).toMatch(/^stopped at 1\.24 s\n\nA at 1\.24 s\n {2}memory /m);
  });

  test.each([
    ["--until", "5", 64, "has no unit"],
    ["--until", "1 h", 64, "the run ended at 1.88 s"],
  ])("%s %s gives %i", async (flag, value, code, message) => {
    const io = await ran();
    const { codes, stderr } = await session(io, ["replay", OUTAGE_BUNDLE, flag, value]);
    expect(codes).toEqual([code]);
    expect(stderr).toContain(message);
  });
});

describe("a bundle from elsewhere", () => {
  test("warns of another model, and of a scenario that means something else", async () => {
    const io = await ran();
    doctor(io, (head) => ({
      ...head,
      versions: { ...head.versions, model: "0.0.7" },
      scenario: { ...head.scenario, resolved: "" },
    }));
    const { codes, stderr } = await session(io, ["replay", OUTAGE_BUNDLE, "--check"]);
    expect(codes).toEqual([0]);
    expect(stderr).toMatch(/written by model 0\.0\.7, this is \d.*: digests may differ/);
    expect(stderr).toContain("its scenario means something else today");
  });

  test("cannot run a scenario that is none any more: 4", async () => {
    const io = await ran();
    doctor(io, (head) => ({
      ...head,
      scenario: { ...head.scenario, text: OUTAGE.replaceAll("vanilla-2007", "vanilla-1999") },
    }));
    const { codes, stderr } = await session(io, ["replay", OUTAGE_BUNDLE]);
    expect(codes).toEqual([4]);
    expect(stderr).toContain("cannot run its scenario any more");
    expect(stderr).toContain("vanilla-1999");
  });

  test.each<readonly [string, (bytes: Uint8Array) => Uint8Array, string]>([
    ["is cut off", (bytes) => bytes.slice(0, 5000), "it is cut off"],
    ["is no gzip", () => Buffer.from("schema: unwedge/v1"), "not compressed with gzip"],
    ["is no JSON", () => gzipSync("hello\n"), "it is no JSON"],
    ["is somebody else's", () => gzipSync('{"schema":"other/v1"}\n'), 'its schema is "other/v1"'],
    ["is from the future", () => gzipSync('{"schema":"unwedge-bundle/v2"}\n'), "unwedge-bundle/v2"],
    [
      "lacks its machines",
      () => gzipSync(JSON.stringify({ ...headWithout, keyframes: [], droppedKeyframes: [] })),
      'its "machines" is missing',
    ],
  ])("a file that %s gives 65 and says so", async (_, damage, message) => {
    const io = await ran();
    io.written.set(OUTAGE_BUNDLE, damage(written(io)));
    const { codes, stderr } = await session(io, ["replay", OUTAGE_BUNDLE]);
    expect(codes).toEqual([65]);
    expect(stderr).toContain(`${OUTAGE_BUNDLE}: not a bundle that can be read: `);
    expect(stderr).toContain(message);
  });

  test("a file that is not there gives 64", async () => {
    const { codes, stderr } = await session(new FakeIo(), ["replay", "nowhere.unwedge"]);
    expect([codes, stderr]).toEqual([[64], "nowhere.unwedge: no such bundle\n"]);
  });
});
