// The graph of a machine, drawn from its state; and of a cluster, which is those of its machines side by side.
//
// Peers are taken as maximally helpful, so machines do not wait for each other here: each is judged by itself. The exception is
// a machine that keeps another's pages in its own memory, for which it may need what others keep for it: they are judged together.

import type { Machine } from "#kernel/index.ts";
import type { Graph } from "./graph.ts";
import { drawNet } from "./net-parties.ts";
import { Scene } from "./scene.ts";
import { drawSwap } from "./swap-parties.ts";
import { drawTasks } from "./task-parties.ts";

/** `partners`: whom it is judged with, itself or not. */
export function graphOf(
  machine: Machine,
  partners: readonly Machine[] = [],
): Graph & { readonly scene: Scene } {
  const scene = new Scene(machine, partners);
  scene.reusable("page", scene.counts.freePages, "a free page");
  scene.consumable("bio", "a bio");
  drawNet(scene);
  drawSwap(scene);
  drawTasks(scene);
  scene.drawBlocks();
  return { resources: scene.resources, parties: scene.parties, scene };
}

/** Machines in groups: each with those that it swaps to, and those that swap to it. */
export function groupsOf(machines: readonly Machine[]): readonly (readonly Machine[])[] {
  const groups: Machine[][] = [];
  for (const machine of machines) {
    const joined = groups.filter((group) => group.some((other) => areLinked(machine, other)));
    const rest = groups.filter((group) => !joined.includes(group));
    groups.splice(0, groups.length, ...rest, [...joined.flat(), machine]);
  }
  return groups;
}

const areLinked = (a: Machine, b: Machine): boolean => swapsTo(a, b) || swapsTo(b, a);

const swapsTo = ({ spec }: Machine, { spec: { name } }: Machine): boolean =>
  spec.role === "machine" && spec.swap.some(({ server }) => server === name);
