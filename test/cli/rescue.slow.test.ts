// `unwedge rescue` on a wedge whose cause is known: the thread that sends swap requests has no right to the reserve.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { EXIT } from "#base/error.ts";
import { main } from "#cli/program.ts";
import { FakeIo } from "../support/fake-io.ts";

const FILE = "test/fixtures/nbd-sender.yaml";
const files = { [FILE]: readFileSync(FILE, "utf8") };

interface Told {
  readonly before: { readonly rescued: number; readonly of: number };
  readonly answers: readonly {
    readonly changes: readonly string[];
    readonly set: readonly string[];
    readonly setAside: string;
  }[];
  readonly lost: readonly (readonly string[])[];
}

test("whoever else sends saves it, nothing else does alone, and each answer is a command that comes back", async () => {
  const io = new FakeIo(files);
  expect(await main(["rescue", FILE, "--seeds", "1", "--json"], io)).toBe(EXIT.ok);
  const { before, answers, lost }: Told = JSON.parse(io.stdout);
  expect(before).toMatchObject({ rescued: 0, of: 1 });
  expect(answers.map(({ changes }) => changes)).toEqual([
    ["criticality: reclaimer-sends"],
    ["criticality: swap-socket"],
    ["criticality: marked-submitter"],
    ["criticality: kept-skb"],
  ]);
  expect(lost).toContainEqual(["receive: toss-pfmemalloc"]);
  expect(lost).toContainEqual(["memory.reserve: 4 MiB"]);
  for (const { set, setAside } of answers) {
    expect(setAside).toBe("110 pages");
    const settings = set.flatMap((each) => ["--set", each]);
    const again = new FakeIo(files);
    expect(await main(["run", FILE, "--quiet", "--no-bundle", ...settings], again)).toBe(EXIT.ok);
  }
});

test("a bundle is as good as its scenario; what comes back is no question, and a fork is none", async () => {
  const io = new FakeIo(files);
  await main(["run", FILE, "--policy", "vanilla-2007", "--quiet"], io);
  const [path = ""] = io.written.keys();
  io.stdout = "";
  expect(await main(["rescue", path, "--seeds", "1"], io)).toBe(EXIT.inconclusive);
  expect(io.stdout).toContain("A under vanilla-2007: recovers 1/1\nit does not wedge");
  await main(["fork", `${path}@100ms`, "--set", "nodes.C.store={ latency: 1 ms }"], io);
  const forked = [...io.written.keys()].at(-1) ?? "";
  expect(forked).not.toBe(path);
  expect(await main(["rescue", forked], io)).toBe(EXIT.usage);
});
