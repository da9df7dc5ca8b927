// What engines are given: every unit converted, every default filled in.

import { expect, test } from "vitest";
import type { MachineSpec } from "#kernel/index.ts";
import { changed, resolved, SOUND, textsOf } from "../../support/scenario-fixtures.ts";

const MIB = 1024 * 1024;

function machineOf(text: string): MachineSpec {
  const machine = resolved(text).cluster.hosts.find(({ name }) => name === "A");
  if (machine?.role !== "machine") throw new Error("A is a machine");
  return machine;
}

test("a machine has its sizes in bytes and pages, and the kernel's formulas where nothing is said", () => {
  const machine = machineOf(SOUND);
  expect(machine.memory).toMatchObject({
    ramBytes: 64 * MIB,
    kernelBytes: 6 * MIB,
    minFreeKiB: null,
    zones: null,
  });
  expect(machine.net).toMatchObject({ driver: "e1000e-like", tcpMem: null, rcvbufBytes: null });
  expect(machine.swap).toEqual([
    {
      server: "C",
      exportName: "",
      sizeBytes: 256 * MIB,
      transport: "nbd",
      requestTimeoutNs: null,
      reconnect: null,
      relay: null,
      standby: false,
    },
  ]);
});

test("a machine that does not say what its kernel takes loses 48 MiB and a sixty-fourth", () => {
  const machine = machineOf(changed("ram: 64 MiB, kernel: 6 MiB", "ram: 128 MiB"));
  expect(machine.memory.kernelBytes).toBe(50 * MIB);
});

test("a reserve of a fifth is min_free_kbytes in whole pages", () => {
  const machine = machineOf(changed("kernel: 6 MiB", 'kernel: 6 MiB, reserve: "20 %"'));
  expect(machine.memory.minFreeKiB).toBe(3276 * 4);
});

test("one size for tcp_mem is its third value, the others follow the kernel's ratios", () => {
  const base = "    swap: [{";
  const machine = machineOf(changed(base, `    net: { tcpMem: 3072 pages }\n${base}`));
  expect(machine.net.tcpMem).toEqual({ minPages: 1536, pressurePages: 2048, maxPages: 3072 });
});

test("a task that is endless says so with null", () => {
  expect(machineOf(SOUND).tasks[0]).toEqual({
    kind: "anon",
    name: "hog",
    startNs: 0,
    locked: false,
    count: 1,
    sizeBytes: 80 * MIB,
    pattern: "random",
    populate: "write",
    access: "read",
    touchPerSec: null,
    loops: null,
  });
});

test("instances may be counted in CPUs", () => {
  const text = changed("policy: vanilla-2007", "policy: vanilla-2007\n    cpus: 4");
  const machine = machineOf(text.replace("kind: anon,", 'kind: anon, count: "8*cpus",'));
  expect(machine.tasks[0]).toMatchObject({ count: 32 });
});

test("a CPU is as fast as it is said to be, and as the costs are about otherwise", () => {
  const text = changed("policy: vanilla-2007", "policy: vanilla-2007\n    cpuSpeed: 50%")
    .replace("B: { role: client }", "B: { role: client, cpuSpeed: 200% }")
    .replace("C: { role: swap-server }", "C: { role: swap-server, cpuSpeed: 12.5% }");
  const speeds = (source: string) =>
    resolved(source).cluster.hosts.map((host) => "cpuSpeedPercent" in host && host.cpuSpeedPercent);
  expect(speeds(text)).toEqual([50, 200, 12.5]);
  expect(speeds(SOUND)).toEqual([100, 100, 100]);
});

test("a CPU without speed is refused", () => {
  const text = changed("policy: vanilla-2007", "policy: vanilla-2007\n    cpuSpeed: 0%");
  expect(textsOf(text).join()).toContain('"0%" is nothing');
});

test("traffic lies with the host that sends it, and knows the port it goes to", () => {
  const client = resolved(SOUND).cluster.hosts.find(({ name }) => name === "B");
  expect(client).toMatchObject({
    role: "client",
    traffic: [
      {
        id: "flood",
        to: { machine: "A", service: "svc", port: 7000 },
        load: { model: "open", pattern: "constant", ratePerSec: 100 },
        forNs: null,
      },
    ],
  });
});

test("every ordered pair of hosts has a link, and a later entry wins", () => {
  const text = changed(
    '  "A<->C": { latency: 500 us }',
    '  "*<->*": { latency: 1 ms }\n  "C->A": { latency: 2 ms }',
  );
  const { links } = resolved(text).cluster;
  expect(links).toHaveLength(6);
  const latencyMs = (from: string, to: string) =>
    (links.find((link) => link.from === from && link.to === to)?.state.latencyNs ?? 0) / 1e6;
  expect([latencyMs("A", "C"), latencyMs("C", "A"), latencyMs("B", "A")]).toEqual([1, 2, 1]);
});

test("a policy of the scenario is its base with some decisions changed", () => {
  const text = `${changed("policy: vanilla-2007", "policy: mine")}policies:
  mine: { extends: base, throttle: none }
  base: { extends: swapnbd-v9, limits: memalloc-socket }
`;
  expect(machineOf(text).policy).toMatchObject({
    name: "mine",
    era: "3.x",
    receive: "toss-pfmemalloc",
    throttle: "none",
    limits: "memalloc-socket",
  });
});

test("a fault knows its target and arguments in inner units", () => {
  const text = changed("fault: swap.unreachable", "fault: swap.slow, with: { latency: 50 ms }");
  expect(resolved(text).steps[1]?.action).toEqual({
    type: "fault",
    fault: {
      id: "away",
      name: "swap.slow",
      target: { kind: "host", host: "C" },
      args: { latency: 50_000_000, jitter: 0, tail: 0, tailshare: 10_000 },
    },
    forNs: 8_000_000_000,
  });
});

test("a quota is in pages", () => {
  const text = changed("pattern: random }", "pattern: random, quota: 1 MiB }");
  expect(resolved(text).quotas).toEqual([{ machine: "A", task: "hog", pages: 256 }]);
});

test("anchors and aliases of YAML are understood", () => {
  const text = changed(
    "memory: { ram: 64 MiB, kernel: 6 MiB }",
    "memory: &small { ram: 64 MiB, kernel: 6 MiB }",
  );
  const twice = text.replace(
    "  B: {",
    "  A2: { role: machine, policy: vanilla-2007, memory: *small }\n  B: {",
  );
  expect(resolved(twice).cluster.hosts.map(({ name }) => name)).toEqual(["A", "A2", "B", "C"]);
});
