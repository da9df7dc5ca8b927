// The ladder as it is handed out and as it comes back: nothing is run here but what must not be.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EXIT } from "#base/error.ts";
import { ladder } from "#cli/exercise.ts";
import { main } from "#cli/program.ts";
import { openScenario } from "#coordinator/scenario/index.ts";
import { FakeIo } from "../support/fake-io.ts";

const folder = "scenarios";
const shipped = Object.fromEntries(
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => [`${folder}/${name}`, readFileSync(`${folder}/${name}`, "utf8")]),
);

/** A host with what is shipped, and these files of a student's. */
class StudentIo extends FakeIo {
  override readonly read = (path: string): string | null => {
    const written = this.written.get(path);
    if (written !== undefined) return new TextDecoder().decode(written);
    const at = path.lastIndexOf(`/${folder}/`);
    return this.files[path] ?? shipped[at < 0 ? path : path.slice(at + 1)] ?? null;
  };
}

async function started(id: string): Promise<string> {
  const io = new StudentIo();
  expect(await main(["exercise", "start", id, "--out", "mine"], io), io.stderr).toBe(EXIT.ok);
  return io.read(`mine/${id}.yaml`) ?? "";
}

const exercises = ladder(new StudentIo());

/** What check says of a file that came back changed, with its exit code. */
async function checked(text: string): Promise<{ exit: number; io: StudentIo }> {
  const io = new StudentIo({ "mine/back.yaml": text });
  return { exit: await main(["exercise", "check", "mine/back.yaml", "--json"], io), io };
}

test("there are ten rungs", () => {
  expect(exercises).toHaveLength(10);
});

test.each(exercises.map(({ id }) => id))("%s is handed out as a sound scenario", async (id) => {
  const text = await started(id);
  const opened = openScenario(text, id);
  expect(opened).toMatchObject({ ok: true });
  // No variant and no study says what the answer is.
  expect(text).not.toMatch(/^(variants|search|sweep|params):/m);
  expect(text).toMatch(/^refs:\n {2}- \S/m);
});

test("a file that is there is not overwritten", async () => {
  const io = new StudentIo({ "mine/toss.yaml": "mine" });
  expect(await main(["exercise", "start", "toss", "--out", "mine"], io)).toBe(EXIT.usage);
  expect(io.stderr).toContain("mine/toss.yaml: is there already");
  expect(io.written.size).toBe(0);
});

test.each([
  ["the flood", "rate: 250/s", "rate: 1/s", "traffic[0].load.rate"],
  ["the outage", "for: 2 s", "for: 1 ms", "timeline[2].for"],
  ["a check", "verdict: recovers", "verdict: wedged", "checks[4].verdict"],
  ["the memory there is", "ram: 32 MiB", "ram: 64 MiB", "nodes.A.memory.ram"],
  ["the kernel", "policy: vanilla-2007", "policy: swapnbd-v9", "nodes.A.policy"],
  [
    "the length of a sampling step",
    "maxTime: 10 min",
    "maxTime: 10 min\n  sample: 1 s",
    "engine.sample",
  ],
])("whoever changes %s is told where, and nothing is run", async (_, from, to, path) => {
  const text = await started("larger-reserve");
  expect(text.split(from)).toHaveLength(2);
  const { exit, io } = await checked(text.replace(from, to));
  expect(exit).toBe(EXIT.invalidScenario);
  expect(JSON.parse(io.stdout)).toMatchObject([{ green: false, forbidden: [path], runs: [] }]);
});

test("a check that is taken away is missed", async () => {
  const text = await started("larger-reserve");
  expect(text).toMatch(/^ {2}- id: price$/m);
  const { exit } = await checked(text.replace(/^ {2}- id: price\n( {4}.*\n)+/m, ""));
  expect(exit).toBe(EXIT.invalidScenario);
});

test("a file of no exercise, and one that is no scenario", async () => {
  const text = await started("toss");
  expect((await checked(text.replace("id: toss", "id: tossed"))).exit).toBe(EXIT.usage);
  expect((await checked("id: toss")).exit).toBe(EXIT.invalidScenario);
  expect(await main(["exercise", "start", "11"], new StudentIo())).toBe(EXIT.usage);
});

test("the list says of each how far it is", async () => {
  const text = await started("toss");
  const io = new StudentIo({ "mine/sender.yaml": await started("sender") });
  const write = (content: string) =>
    io.written.set("mine/toss.yaml", new TextEncoder().encode(content));
  expect(await listed(io)).toMatch(/sender +not checked.*\n.*card +not tried.*\n.*toss +not tried/);
  // It is not run, for it differs where it may not.
  write(text.replace("rate: 1000/s", "rate: 1/s"));
  expect(await main(["exercise", "check", "mine/toss.yaml"], io)).toBe(EXIT.invalidScenario);
  expect(await listed(io)).toMatch(/toss +red/);
  write(text);
  expect(await listed(io)).toMatch(/toss +changed since/);
});

/** What the list prints. */
async function listed(io: StudentIo): Promise<string> {
  io.stdout = "";
  expect(await main(["exercise", "list", "--in", "mine"], io)).toBe(EXIT.ok);
  return io.stdout;
}
