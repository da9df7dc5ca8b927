// Each view read back as programs read the real file: node_exporter's and procps' ways of splitting lines, and sums that
// must agree with the machine.

import { beforeAll, describe, expect, test } from "vitest";
import { fromMs, fromS } from "#base/units.ts";
import { dmesg, type Machine, presets, procText, procViews } from "#kernel/index.ts";
import { functionsOf } from "#kernel/proc/stack.ts";
import { changeWay, smallWorld } from "../../support/small-world.ts";

let machine: Machine;

/** A while after its swap server went away: everything is full, somebody waits. */
beforeAll(() => {
  const world = smallWorld({ policy: presets["mainline-6.1"], seed: 1 });
  world.boot();
  world.runUntil(fromMs(200));
  changeWay(world, { cut: true });
  world.runUntil(fromMs(500));
  machine = world.machine("A");
});

const linesOf = (text: string): string[] => text.replace(/\n$/, "").split("\n");

/** meminfo_linux.go: name, colon, number, kB. */
function meminfoKib(text: string): Map<string, number> {
  const rows = linesOf(text).map((line) => /^([A-Za-z()]+): +(\d+) kB$/.exec(line));
  expect(rows).not.toContain(null);
  return new Map(rows.map((row) => [row?.[1] ?? "", Number(row?.[2])]));
}

test("meminfo: free and total are the machine's, lists add up", () => {
  const kib = meminfoKib(procText(machine, "meminfo"));
  const { pages } = machine.memory.parts;
  expect(kib.get("MemTotal")).toBe(pages.managedPages * 4);
  expect(kib.get("MemFree")).toBe(pages.freePages * 4);
  const lists = ["Active(anon)", "Inactive(anon)", "Active(file)", "Inactive(file)"];
  const sum = lists.reduce((pagesKib, name) => pagesKib + (kib.get(name) ?? Number.NaN), 0);
  expect((kib.get("Active") ?? 0) + (kib.get("Inactive") ?? 0)).toBe(sum);
  for (const name of ["MemAvailable", "Buffers", "Cached", "SReclaimable", "Shmem", "SwapFree"])
    expect(kib.has(name), `free(1) wants ${name}`).toBe(true);
  expect(kib.get("SwapTotal")).toBeGreaterThan(kib.get("SwapFree") ?? 0);
});

test("vmstat: a name and a number a line, each name once, every counter there", () => {
  const rows = linesOf(procText(machine, "vmstat")).map((line) => /^(\w+) (\d+)$/.exec(line));
  expect(rows).not.toContain(null);
  const values = new Map(rows.map((row) => [row?.[1] ?? "", Number(row?.[2])]));
  expect(values.size).toBe(rows.length);
  for (const [name, count] of Object.entries(machine.memory.parts.vmstat.counts))
    expect(values.get(name)).toBe(count);
  expect(values.get("nr_free_pages")).toBe(machine.memory.parts.pages.freePages);
  expect(values.get("pswpout")).toBeGreaterThan(0);
});

test("buddyinfo: eleven orders a zone, and their pages are the free ones", () => {
  const { zones } = machine.memory.parts.pages;
  const rows = linesOf(procText(machine, "buddyinfo")).map((line) => line.trim().split(/[ ,]+/));
  expect(rows.map(([, node, , zone]) => [node, zone])).toEqual(
    zones.map(({ name }) => ["0", name]),
  );
  const pages = rows.map((row) =>
    row.slice(4).reduce((sum, count, order) => sum + Number(count) * 2 ** order, 0),
  );
  expect(rows.map((row) => row.length)).toEqual(zones.map(() => 4 + 11));
  expect(pages).toEqual(zones.map(({ freePages }) => freePages));
});

test("zoneinfo: each zone with its marks, in the kernel's order", () => {
  const text = procText(machine, "zoneinfo");
  const { zones } = machine.memory.parts.pages;
  const found = [...text.matchAll(/^Node (\d+), zone +(\w+)\n {2}pages free +(\d+)\n(.*\n)/gm)];
  expect(found.map(([, , name, free]) => [name, Number(free)])).toEqual(
    zones.map(({ name, freePages }) => [name, freePages]),
  );
  const marks = [...text.matchAll(/^ {8}(min|low|high) +(\d+)$/gm)].map(([, , pages]) => pages);
  expect(marks.map(Number)).toEqual(
    zones.flatMap(({ minPages, lowPages, highPages }) => [minPages, lowPages, highPages]),
  );
  expect(text.match(/protection: \(\d+(, \d+)+\)/g)).toHaveLength(zones.length);
});

/** netstat_linux.go: a line of names, a line of values, as many of each, the same word first. */
test.each(["netstat", "snmp"] as const)("%s: names and values in pairs of lines", (view) => {
  const lines = linesOf(procText(machine, view));
  expect(lines.length % 2).toBe(0);
  const values = new Map<string, number>();
  for (let i = 0; i < lines.length; i += 2) {
    const [group = "", ...names] = (lines[i] ?? "").split(" ");
    const [same, ...counts] = (lines[i + 1] ?? "").split(" ");
    expect([same, counts.length]).toEqual([group, names.length]);
    for (const [at, name] of names.entries()) values.set(`${group}${name}`, Number(counts[at]));
  }
  for (const [name, count] of machine.net.snmp.entries()) {
    const [group = "", counter = ""] = name.split(".");
    const isHere = view === "netstat" ? group === "TcpExt" : ["Tcp", "Udp", "Ip"].includes(group);
    if (isHere) expect(values.get(`${group}:${counter}`)).toBe(count);
  }
});

test("sockstat: TCP's pages are what the limit is held against", () => {
  const rows = linesOf(procText(machine, "sockstat")).map((line) => line.split(" "));
  const tcp = rows.find(([name]) => name === "TCP:") ?? [];
  const value = (name: string): number => Number(tcp[tcp.indexOf(name) + 1]);
  expect(value("mem")).toBe(machine.net.tcpMemory.allocatedPages);
  expect(value("alloc")).toBe(value("inuse") + value("orphan"));
  expect(rows.map(([name]) => name)).toEqual([
    ..."sockets: TCP: UDP: UDPLITE: RAW: FRAG:".split(" "),
  ]);
});

describe("pressure", () => {
  const Line = /^(some|full) avg10=\d+\.\d\d avg60=\d+\.\d\d avg300=\d+\.\d\d total=(\d+)$/;

  test.each(["cpu", "io", "memory"] as const)("%s: some, then full, never more of it", (name) => {
    const rows = linesOf(procText(machine, `pressure/${name}`)).map((line) => Line.exec(line));
    expect(rows.map((row) => row?.[1])).toEqual(["some", "full"]);
    const [some = 0, full = 0] = rows.map((row) => Number(row?.[2]));
    expect(full).toBeLessThanOrEqual(some);
    if (name === "memory") expect(some).toBeGreaterThan(0);
  });

  test("the folder is its three files under their names", () => {
    const heads = procText(machine, "pressure").match(/^==> .* <==$/gm);
    expect(heads).toEqual(["cpu", "io", "memory"].map((name) => `==> /proc/pressure/${name} <==`));
  });
});

test("stack: every live task, and who sleeps says where, innermost first", () => {
  const text = procText(machine, "stack");
  const alive = machine.sched.tasks().filter(({ state }) => state !== "finished");
  expect(text.match(/^==> \/proc\/\d+\/stack \(.+, [RDSI]\) <==$/gm)).toHaveLength(alive.length);
  const faulting = alive.find(({ wait }) => wait?.on === "page-lock");
  expect(faulting && functionsOf(faulting)).toEqual([
    "io_schedule",
    "folio_wait_bit_common",
    "__folio_lock_or_retry",
    "do_swap_page",
    "handle_mm_fault",
    "exc_page_fault",
  ]);
});

test("every view ends its last line, and reading it changes nothing a run depends on", () => {
  const before = machine.trace.digest.hex();
  for (const name of Object.keys(procViews)) {
    const view = Object.entries(procViews).find(([known]) => known === name);
    expect(view?.[1].print(machine).endsWith("\n"), name).toBe(true);
  }
  expect(machine.trace.digest.hex()).toBe(before);
});

describe("dmesg", () => {
  const Line = /^\[ *\d+\.\d{6}\] /;

  test("every line has a time, and times do not fall", () => {
    const lines = linesOf(dmesg(machine, { nowNs: fromS(300) }));
    expect(lines.filter((line) => !Line.test(line))).toEqual([]);
    const times = lines.map((line) => Number(line.slice(1, line.indexOf("]"))));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(lines[0]).toContain("emulated machine A");
  });

  test("a request that nobody answers is told of every 30 s", () => {
    const count = (nowNs: number): number =>
      dmesg(machine, { nowNs }).match(/Possible stuck request/g)?.length ?? 0;
    const open =
      machine.storage.swap?.queue.all().filter(({ state }) => state.startsWith("sen")) ?? [];
    expect(open.length).toBeGreaterThan(0);
    expect(count(machine.nowNs)).toBe(0);
    expect(count(fromS(31))).toBeGreaterThanOrEqual(open.length);
    expect(count(fromS(61))).toBe(2 * count(fromS(31)));
  });

  test("a task is hung that cannot be killed and sleeps through a whole watch", () => {
    const hung = (nowNs: number, hungTaskTimeoutS?: number): string[] =>
      dmesg(machine, { nowNs, ...(hungTaskTimeoutS !== undefined && { hungTaskTimeoutS }) }).match(
        /INFO: task .* blocked for more than \d+ seconds\./g,
      ) ?? [];
    const watched = machine.sched
      .tasks()
      .filter(({ wait }) => wait?.on === "tx-lock" || wait?.on === "tag" || wait?.on === "wbt");
    expect(watched.length).toBeGreaterThan(0);
    expect(hung(fromS(119))).toEqual([]);
    expect(hung(fromS(120))).toEqual([]);
    expect(hung(fromS(241)).length).toBe(Math.min(10, watched.length));
    expect(hung(fromS(241), 0)).toEqual([]);
    expect(hung(fromS(21), 10).length).toBe(Math.min(10, watched.length));
  });
});
