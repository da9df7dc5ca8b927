// A Linux machine read out of saved files: what it is taken for, the scenario that comes of it, and files that no kernel wrote.

import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findingText, limitsOf } from "#cli/host-answer.ts";
import { type HostFacts, readHost } from "#cli/host-facts.ts";
import { hostFiles } from "#cli/host-files.ts";
import { marginsOf } from "#cli/host-margins.ts";
import { HostReadings } from "#cli/host-readings.ts";
import { driversOf, hostScenario } from "#cli/host-scenario.ts";
import { main } from "#cli/program.ts";
import { diagnosticText, openScenario } from "#coordinator/scenario/index.ts";
import { Run } from "#sim/index.ts";
import { FakeIo } from "../support/fake-io.ts";

const HOSTS = "test/fixtures/hosts";
let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "unwedge-hosts-"));
});
afterAll(() => rmSync(scratch, { recursive: true }));

function factsOf(folder: string): HostFacts {
  const readings = new HostReadings(hostFiles(folder));
  const facts = readHost(readings);
  expect(readings.problems).toEqual([]);
  if (facts === null) throw new Error("no facts");
  return facts;
}

/** The diskless client with other files; null: without that file. */
function altered(files: Readonly<Record<string, string | null>>): string {
  const folder = mkdtempSync(join(scratch, "host-"));
  cpSync(`${HOSTS}/diskless`, folder, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    if (text === null) rmSync(join(folder, path));
    else writeFileSync(join(folder, path), text);
  }
  return folder;
}

async function refusalOf(files: Readonly<Record<string, string | null>>): Promise<string[]> {
  const io = new FakeIo();
  const folder = altered(files);
  expect(await main(["import-host", "--from", folder, "--seeds", "0"], io)).toBe(65);
  expect(io.stdout).toBe("");
  return io.stderr
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(`${folder}/`, ""));
}

test("a diskless client: its swap is NBD, its marks are those the kernel had", () => {
  const facts = factsOf(`${HOSTS}/diskless`);
  expect(facts).toMatchObject({ era: "6.1", preset: "mainline-6.1", cpus: 1, zswapPercent: null });
  expect(facts.swaps).toMatchObject([
    { device: "/dev/nbd0", path: "nbd", priority: -2, pages: 153_599 },
  ]);
  expect(driversOf(facts)).toEqual(["e1000e-like"]);
  const { marks } = marginsOf(facts);
  expect(marks.formula).toEqual(marks.kernel);
});

test("swap on several devices comes in the order of use, and says how it was told", () => {
  const { swaps } = factsOf(`${HOSTS}/zswap`);
  expect(swaps.map(({ device, path }) => `${device} ${path}`)).toEqual([
    "/dev/zram0 zram",
    "/dev/sda iscsi",
    "/dev/nbd0 nbd",
    "/swap file network-file",
  ]);
});

test("what is not modelled is named: zswap, zram, memory.high, devices of one priority, unknown drivers", () => {
  const limits = limitsOf(factsOf(`${HOSTS}/zswap`)).join("\n");
  for (const word of ["zswap", "zram", "memory.high", "equal priority", "r8169", "ethtool"])
    expect(limits).toContain(word);
  const fewer = limitsOf(factsOf(`${HOSTS}/diskless`)).join("\n");
  for (const word of ["zswap", "zram", "equal priority"]) expect(fewer).not.toContain(word);
});

test("a run without a verdict supports no claim", () => {
  const run = (outageS: number, verdict: "recovers" | "wedged" | "inconclusive") => ({
    driver: "e1000e-like",
    outageS,
    verdict,
  });
  expect(findingText([run(2, "recovers"), run(30, "inconclusive")])).toBe(
    "no wedge found in 1 runs up to 2 s without the swap server; 1 more inconclusive",
  );
  expect(findingText([run(8, "wedged"), run(30, "wedged"), run(2, "recovers")])).toContain(
    "wedged in 2 of 3 runs; the shortest outage that did it: 8 s",
  );
  expect(findingText([run(2, "inconclusive")])).not.toContain("no wedge");
});

test("a flood has room between the floor and the limit on TCP, and the lesser one binds", () => {
  const facts = factsOf(`${HOSTS}/diskless`);
  const { packetPages, tcpPages, roomPages, binding } = marginsOf(facts);
  expect(packetPages.from).toBeLessThan(packetPages.to);
  expect(roomPages.from).toBe(Math.min(packetPages.from, tcpPages?.from ?? 0));
  expect(binding).toBe("either");
  const bound = (maxPages: number) => {
    const tcpMem = { minPages: maxPages, pressurePages: maxPages, maxPages };
    return marginsOf({ ...facts, net: { ...facts.net, tcpMem } }).binding;
  };
  expect(bound(packetPages.from - 1)).toBe("limit");
  expect(bound(packetPages.to + 1)).toBe("floor");
});

describe.each(["diskless", "guest", "zswap"])("the scenario of %s", (name) => {
  const facts = factsOf(`${HOSTS}/${name}`);
  const opened = openScenario(hostScenario(facts, marginsOf(facts)), "host.yaml");

  test("is valid with every variant", () => {
    expect(opened.ok ? [] : opened.diagnostics.map(diagnosticText)).toEqual([]);
    if (opened.ok) expect(opened.scenario.variants).toEqual([...driversOf(facts), "without-flood"]);
  });

  test("starts, with the host's distance between the marks", () => {
    const resolved = opened.ok ? opened.scenario.resolve({}) : opened;
    if (!resolved.ok) throw new Error("not valid");
    const run = new Run({ scenario: resolved.scenario, seed: 1 });
    run.step();
    const { marks } = marginsOf(facts);
    const [min = 0, low = 0] = marks.kernel;
    const zones = run.world.machine("A").memory.parts.pages.zones;
    const sum = (pages: (zone: (typeof zones)[number]) => number): number =>
      zones.reduce((total, zone) => total + pages(zone), 0);
    expect(sum(({ watermark }) => watermark.minPages) / min).toBeCloseTo(1, 1);
    expect(
      sum(({ watermark: { lowPages, minPages } }) => lowPages - minPages) / (low - min),
    ).toBeCloseTo(1, 1);
  });
});

test("what no kernel wrote is said with file and line, all of it at once, and nothing is answered", async () => {
  const zoneinfo = readFileSync(`${HOSTS}/diskless/proc/zoneinfo`, "utf8");
  const said = await refusalOf({
    "proc/meminfo": "MemTotal: 1 kB\nMemFree: lots kB\nnonsense\n",
    "proc/zoneinfo": zoneinfo.replace(/low +50/, "low 5"),
    "proc/swaps": "Filename Type Size Used Priority\n/dev/nbd0 partition 1 0 -2 \u001b[31m\n",
    "proc/sys/vm/swappiness": "201\n",
    "proc/sys/net/ipv4/tcp_mem": "3 2 1\n",
    "sys/class/net/enp1s0/mtu": "-1\n",
  });
  expect(said.map((line) => line.split(":").slice(0, 2).join(":"))).toEqual([
    "proc/zoneinfo:1",
    "proc/meminfo:2",
    "proc/meminfo:3",
    "proc/sys/vm/swappiness:1",
    "proc/sys/net/ipv4/tcp_mem:1",
    "proc/swaps:2",
    "sys/class/net/enp1s0/mtu:1",
  ]);
  expect(said.join("")).not.toContain("\u001b");
});

test("without a kernel's version or zones there is no machine", async () => {
  expect(await refusalOf({ "proc/sys/kernel/osrelease": null, "proc/zoneinfo": null })).toEqual([
    expect.stringContaining("proc/sys/kernel/osrelease: is missing"),
    expect.stringContaining("proc/zoneinfo: is missing"),
  ]);
  expect(await refusalOf({ "proc/sys/kernel/osrelease": `6.1${"9".repeat(5000)}\n` })).toHaveLength(
    1,
  );
  expect(
    await refusalOf({ "proc/zoneinfo": "Node 0, zone DMA\n  pages free 99999999999999999999\n" }),
  ).toHaveLength(2);
});

test("a saved folder reaches nothing outside it, and a pipe in it is not waited for", () => {
  const folder = altered({ "proc/swaps": null, "proc/stat": null });
  symlinkSync("/etc/passwd", join(folder, "proc/swaps"));
  execFileSync("mkfifo", [join(folder, "proc/stat")]);
  const files = hostFiles(folder);
  expect(files("proc/swaps")).toBeNull();
  expect(files("proc/stat")).toBeNull();
  expect(files("../../etc/passwd")).toBeNull();
  expect(files("proc/meminfo")).not.toBeNull();
});

test.skipIf(process.platform !== "linux")(
  "the line of docs/cli.md saves this machine, and it can be read",
  async () => {
    const [, line = ""] =
      /```bash\n(mkdir saved.*)\n```/.exec(readFileSync("docs/cli.md", "utf8")) ?? [];
    expect(line).toContain("zoneinfo");
    const folder = mkdtempSync(join(scratch, "save-"));
    execFileSync("bash", ["-c", line], { cwd: folder, stdio: "ignore" });
    const io = new FakeIo();
    expect(await main(["import-host", "--from", join(folder, "saved"), "--seeds", "0"], io)).toBe(
      0,
    );
    expect(io.stdout).toContain("managed");
  },
);
