import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Digest } from "#base/digest.ts";
import { asPfn } from "#base/units.ts";
import { eras } from "#kernel/era.ts";
import {
  __GFP_MEMALLOC,
  __GFP_RECLAIMABLE,
  GFP_ATOMIC,
  GFP_DMA,
  GFP_HIGHUSER_MOVABLE,
  GFP_KERNEL,
  GFP_NOWAIT,
} from "#kernel/mm/gfp.ts";
import { PAGE_KIND } from "#kernel/mm/page-frames.ts";
import { SlabAllocator } from "#kernel/mm/slab.ts";
import { type AllocatorFixture, allocator, expectConserved, THREE_ZONES } from "./fixture.ts";

// Random use of pages and objects by two CPUs: nothing is lost, nothing is in two places, and a machine that was saved
// and loaded goes on as the one it was saved from.

const masks = [
  GFP_KERNEL,
  GFP_HIGHUSER_MOVABLE,
  GFP_ATOMIC,
  GFP_NOWAIT,
  GFP_ATOMIC | __GFP_MEMALLOC,
  GFP_KERNEL | GFP_DMA,
  GFP_KERNEL | __GFP_RECLAIMABLE,
];
const kinds = [PAGE_KIND.anon, PAGE_KIND.file, PAGE_KIND.skb, PAGE_KIND.kernel];

/** One step: what, how, and a number to choose by. */
type Step = readonly ["alloc" | "burst" | "free" | "kmalloc" | "kfree" | "misc", number, number];
const anyStep: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom("alloc", "burst", "free", "free", "kmalloc", "kfree", "misc"),
  fc.nat({ max: masks.length - 1 }),
  fc.nat({ max: 1 << 16 }),
);

interface Machine extends AllocatorFixture {
  readonly slab: SlabAllocator;
  blocks: number[];
  objects: number[];
  readonly log: number[];
}

function build(era: (typeof eras)[number]): Machine {
  const machine = allocator({ era, zones: THREE_ZONES, cpuCount: 2, boostFactor: 15_000 });
  const slab = new SlabAllocator({ pages: machine.pages, cpuCount: 2 });
  return { ...machine, slab, blocks: [], objects: [], log: [] };
}

function step(machine: Machine, [what, how, pick]: Step): void {
  machine.current.cpu = pick & 1;
  actions[what](machine, pick, masks[how] ?? GFP_KERNEL);
}

type Action = (machine: Machine, pick: number, gfp: number) => void;
const actions: Record<Step[0], Action> = {
  alloc: (machine, pick, gfp) => take(machine, pick, { order: pick % 5, gfp }),
  burst: (machine, pick, gfp) => {
    for (let i = 0; i < 200; i++) take(machine, pick, { order: 0, gfp });
  },
  free: ({ pages, blocks }, pick) => {
    for (let i = Math.min(blocks.length, 1 + (pick & 127)); i > 0; i--) {
      const [pfn] = blocks.splice((pick * 31 + i) % blocks.length, 1);
      pages.free(asPfn(pfn ?? -1));
    }
  },
  kmalloc: ({ slab, objects, log }, pick, gfp) => {
    const ref = slab.kmalloc(1 + (pick % 9000), gfp);
    log.push(ref ?? -1);
    if (ref !== null) objects.push(ref);
  },
  kfree: ({ slab, objects }, pick) => {
    const [ref] = objects.splice(pick % Math.max(1, objects.length), 1);
    if (ref !== undefined) slab.kfree(ref);
  },
  misc,
};

function take(
  { pages, blocks, log }: Machine,
  pick: number,
  { order, gfp }: { readonly order: number; readonly gfp: number },
): void {
  const pfn = pages.alloc(order, gfp, kinds[pick & 3] ?? PAGE_KIND.anon);
  log.push(pfn ?? -1);
  if (pfn !== null) blocks.push(pfn);
}

function misc({ pages, log }: Machine, pick: number): void {
  if (pick % 4 === 0) pages.drainPerCpu();
  else if (pick % 4 === 1) log.push(pages.unreserveHighatomic((pick & 8) !== 0) ? 1 : 0);
  else if (pick % 4 === 2) pages.setMinFreeKiB(64 + (pick % 4000));
  else for (const zone of pages.zones) zone.isReclaimActive = (pick & 16) !== 0;
}

function copyOf(machine: Machine, era: (typeof eras)[number]): Machine {
  const copy = build(era);
  copy.frames.load(machine.frames.save());
  copy.pages.load(machine.pages.save());
  copy.slab.load(machine.slab.save());
  copy.blocks = [...machine.blocks];
  copy.objects = [...machine.objects];
  return copy;
}

/** One value for the whole state. */
function digestOf({ frames, pages, slab }: Machine): string {
  const digest = new Digest();
  const add = (value: unknown): void => {
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      for (const number of Object.values(value)) digest.add(Number(number));
    } else if (typeof value === "object" && value !== null) Object.values(value).forEach(add);
    else digest.addText(String(value));
  };
  add([frames.save(), pages.save(), slab.save()]);
  return digest.hex();
}

describe.each(eras)("%s", (era) => {
  test("every frame stays in exactly one place", async () => {
    const property = fc.property(fc.array(anyStep, { minLength: 50, maxLength: 250 }), (steps) => {
      const machine = build(era);
      steps.forEach((one, i) => {
        step(machine, one);
        if (i % 25 === 0) expectConserved(machine);
      });
      for (const pfn of machine.blocks) machine.pages.free(asPfn(pfn));
      for (const ref of machine.objects) machine.slab.kfree(ref);
      machine.pages.drainPerCpu();
      expectConserved(machine);
      expect(machine.slab.objectCount).toBe(0);
      const held = machine.slab.caches.reduce((sum, cache) => sum + cache.slabPages, 0);
      expect(machine.pages.freePages + held).toBe(machine.pages.managedPages);
    });
    await fc.assert(property, { seed: 1, numRuns: 15 });
  });

  test("a machine that was saved and loaded goes on in the same way", async () => {
    const steps = fc.array(anyStep, { minLength: 20, maxLength: 120 });
    const property = fc.property(steps, steps, (before, after) => {
      const machine = build(era);
      for (const one of before) step(machine, one);
      const copy = copyOf(machine, era);
      machine.log.length = 0;
      for (const one of after) {
        step(machine, one);
        step(copy, one);
      }
      expect(copy.log).toEqual(machine.log);
      expect(digestOf(copy)).toBe(digestOf(machine));
    });
    await fc.assert(property, { seed: 1, numRuns: 15 });
  });
});
