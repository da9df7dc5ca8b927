import { expect, test } from "vitest";
import {
  __GFP_COMP,
  __GFP_FS,
  __GFP_IO,
  __GFP_MEMALLOC,
  currentGfpContext,
  GFP_ATOMIC,
  GFP_KERNEL,
  GFP_NOFS,
  GFP_NOIO,
  gfpName,
} from "#kernel/mm/gfp.ts";
import { PF_MEMALLOC_NOFS, PF_MEMALLOC_NOIO } from "#kernel/sched/task.ts";

test("a mask is named as the kernel prints it", () => {
  expect(gfpName(GFP_ATOMIC | __GFP_MEMALLOC)).toBe("GFP_ATOMIC|__GFP_MEMALLOC");
  expect(gfpName(GFP_KERNEL | __GFP_COMP)).toBe("GFP_KERNEL|__GFP_COMP");
  expect(gfpName(0)).toBe("0");
  expect(gfpName(0x4000_0000)).toBe("0x40000000");
});

test("a task's promise not to start IO, or enter a file system, holds for all its requests", () => {
  expect(currentGfpContext(GFP_KERNEL, PF_MEMALLOC_NOIO)).toBe(GFP_NOIO);
  expect(currentGfpContext(GFP_KERNEL, PF_MEMALLOC_NOFS)).toBe(GFP_NOFS);
  expect(currentGfpContext(GFP_KERNEL, 0) & (__GFP_IO | __GFP_FS)).toBe(__GFP_IO | __GFP_FS);
});
