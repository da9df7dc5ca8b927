// What NAPI keeps: sixteen from the slab or none, half of them back at sixty-four, each CPU its own.

import { expect, test } from "vitest";
import { NapiStructs } from "#kernel/net/napi-structs.ts";

/** A slab of so many objects, and the structs of a machine that runs on one CPU after another. */
function rig(objects: number) {
  const free = Array.from({ length: objects }, (_, i) => i);
  const slab = {
    alloc: () => free.pop() ?? null,
    free: (ref: number) => void free.push(ref),
  };
  const current = { cpu: 0, processFlags: 0, inSoftirq: true, taskId: 0 };
  return { free, current, structs: new NapiStructs(slab, current) };
}

test("where the slab has fifteen there is none, and the fifteen are still there", () => {
  const { free, structs } = rig(15);
  expect(structs.get()).toBeNull();
  expect(free).toHaveLength(15);
});

test("sixteen are taken at once, and serve sixteen times", () => {
  const { free, structs } = rig(17);
  const taken = Array.from({ length: 17 }, () => structs.get());
  expect(taken.filter((ref) => ref !== null)).toHaveLength(16);
  expect(free).toHaveLength(1);
});

test("of sixty-four that came back the slab gets half", () => {
  const { free, structs } = rig(0);
  for (let ref = 0; ref < 63; ref++) structs.put(ref);
  expect(free).toHaveLength(0);
  structs.put(63);
  expect(free).toHaveLength(32);
  structs.drain();
  expect(new Set(free).size).toBe(64);
});

test("what one CPU keeps is not another's; a copy has the same", () => {
  const { free, current, structs } = rig(16);
  const first = structs.get();
  current.cpu = 1;
  expect(structs.get()).toBeNull();
  const copy = rig(0);
  copy.structs.load(structs.save());
  expect(copy.structs.get()).not.toBeNull();
  expect([first === null, free.length]).toEqual([false, 0]);
});
