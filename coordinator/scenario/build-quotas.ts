// What endless tasks must do after healing, where a scenario says more or less than one pass of their working set.

import { PAGE_BYTES } from "#base/units.ts";
import { bytesOf } from "./build-context.ts";
import type { Quota } from "./resolved.ts";
import type { NodeSource } from "./schema-nodes.ts";

export function buildQuotas(nodes: ReadonlyMap<string, NodeSource>): Quota[] {
  return [...nodes].flatMap(([machine, node]) => {
    if (node.role !== "machine") return [];
    const ramBytes = bytesOf(node.memory.ram, 0) ?? 0;
    return Object.entries(node.run ?? {}).flatMap(([task, spec]) => {
      const bytes = spec.kind === "agent" ? null : bytesOf(spec.quota, ramBytes);
      return bytes === null ? [] : [{ machine, task, pages: Math.ceil(bytes / PAGE_BYTES) }];
    });
  });
}
