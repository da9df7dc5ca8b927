// Files in memory: what is read, what is kept, what is thrown away, and that it comes back as it was written.

import { describe, expect, test } from "vitest";
import { fromMs, fromS, MIB } from "#base/units.ts";
import type { Machine } from "#kernel/index.ts";
import { fileAccessFrame } from "#kernel/mm/file-access.ts";
import { LRU } from "#kernel/mm/lru-set.ts";
import { presets } from "#kernel/policy/presets/index.ts";
import { answer, call } from "#kernel/sched/program.ts";
import type { Frame, Task } from "#kernel/sched/task.ts";
import { anonTask, bootedWorld, faultsOf, fileTask, statsOf } from "../../support/worlds.ts";

/** Pages read from and written to files. */
const traffic = (machine: Machine): readonly [number, number] => {
  const { pgpgin, pgpgout } = machine.memory.parts.vmstat.counts;
  return [pgpgin / 4, pgpgout / 4];
};

interface ReadAllFrame extends Frame {
  readonly reader: number;
  index: number;
}

/** A task that reads a whole file once. */
function readAll(machine: Machine, file: number): Task {
  const { cache } = machine.storage;
  machine.programs.add("test.readAll", {
    step: (frame: ReadAllFrame, task: Task) => {
      if (frame.index === cache.file(file).spec.pageCount) return answer(task, 0);
      return call(task, fileAccessFrame({ file, reader: frame.reader }, frame.index++, "read"));
    },
  });
  return machine.sched.spawn("readAll", 0, {
    type: "test.readAll",
    reader: cache.open(),
    index: 0,
  });
}

describe.each(Object.values(presets))("$name", (policy) => {
  test.each([null, "C"])("a file that fits is read once, on disk %s", (server) => {
    const tasks = [fileTask("file-reader", 2 * MIB, { server, loops: 3 })];
    const world = bootedWorld({ policy, tasks });
    world.runUntil(fromS(5));
    const machine = world.machine("A");
    expect(statsOf(machine, "file-reader").finished).toBe(1);
    expect(traffic(machine)).toEqual([512, 0]);
    expect(machine.memory.parts.frames.pagesOf("file")).toBe(512);
    expect(faultsOf(world)).toEqual([]);
  });

  test("a file larger than memory is read again in each pass, and never written", () => {
    const tasks = [fileTask("file-reader", 30 * MIB, { loops: 2 })];
    const world = bootedWorld({ policy, tasks, swapBytes: 32 * MIB });
    world.runUntil(fromS(30));
    const machine = world.machine("A");
    const [read, written] = traffic(machine);
    expect(statsOf(machine, "file-reader").passes).toBe(2);
    expect(read).toBeGreaterThan(1.5 * 7680);
    expect(written).toBe(0);
    expect(machine.memory.parts.vmstat.counts.pswpout).toBe(0);
    expect(faultsOf(world)).toEqual([]);
  });

  test("pages used a second time become active", () => {
    const world = bootedWorld({ policy, tasks: [fileTask("file-reader", 2 * MIB, { loops: 2 })] });
    world.runUntil(fromMs(1));
    expect(world.machine("A").memory.lru.total(LRU.activeFile)).toBe(0);
    world.runUntil(fromS(5));
    expect(world.machine("A").memory.lru.total(LRU.activeFile)).toBe(512);
  });

  test("clean pages at boot go first, and cost no write", () => {
    const world = bootedWorld({
      policy,
      tasks: [anonTask(14 * MIB, { loops: 1 })],
      memory: { cleanFilePages: 3000 },
      swapBytes: 32 * MIB,
    });
    const machine = world.machine("A");
    expect(machine.memory.parts.frames.pagesOf("file")).toBe(3000);
    expect(faultsOf(world)).toEqual([]);
    world.runUntil(fromS(60));
    expect(statsOf(machine, "anon").finished).toBe(1);
    expect(machine.memory.parts.frames.pagesOf("file")).toBeLessThan(3000);
    const { counts } = machine.memory.parts.vmstat;
    expect(counts.pswpout).toBeLessThan(counts.pgsteal_kswapd + counts.pgsteal_direct);
    expect(faultsOf(world)).toEqual([]);
  });

  test.each([null, "C"])(
    "what was written and thrown out comes back as written, disk %s",
    (server) => {
      const tasks = [fileTask("file-writer", 30 * MIB, { server })];
      const world = bootedWorld({ policy, tasks });
      world.runUntil(fromS(90));
      const machine = world.machine("A");
      expect(machine.storage.cache.dirtyPages).toBe(0);
      const [before] = traffic(machine);
      const task = readAll(machine, 0);
      world.runUntil(fromS(120));
      expect(task.state).toBe("finished");
      expect(traffic(machine)[0] - before).toBeGreaterThan(1500);
      expect(machine.memory.mismatches).toEqual([]);
      expect(faultsOf(world)).toEqual([]);
    },
  );
});

test("a file that comes back other than it was written is a mismatch", () => {
  const world = bootedWorld({ tasks: [fileTask("file-writer", 30 * MIB)] });
  world.runUntil(fromS(90));
  const machine = world.machine("A");
  const { versions, tree } = machine.storage.cache.file(0);
  const gone = versions.findIndex((_, index) => tree.frameAt(index) < 0);
  versions[gone] = (versions[gone] ?? 0) + 1;
  readAll(machine, 0);
  world.runUntil(fromS(91));
  expect(machine.memory.mismatches).toHaveLength(1);
});

test("a linear reader is read ahead of, a random one is not", () => {
  const requests = (pattern: "linear" | "random"): number => {
    const tasks = [fileTask("file-reader", 16 * MIB, { pattern, server: "C", touchPerSec: 5000 })];
    const world = bootedWorld({ tasks });
    world.runUntil(fromMs(200));
    const machine = world.machine("A");
    return traffic(machine)[0] / statsOf(machine, "file-reader").progressPages;
  };
  expect(requests("linear")).toBeLessThan(1.1);
  const world = bootedWorld({
    tasks: [fileTask("file-reader", 16 * MIB, { server: "C", touchPerSec: 5000 })],
  });
  world.runUntil(fromMs(200));
  const { workload } = world.machine("C");
  const pages = traffic(world.machine("A"))[0];
  expect(pages / (workload.swapServer?.requests ?? 1)).toBeGreaterThan(16);
  expect(requests("random")).toBeLessThan(1.01);
});
