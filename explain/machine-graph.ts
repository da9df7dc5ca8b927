// The graph of a machine, drawn from its state; and of a cluster, which is those of its machines side by side.
//
// Peers are taken as maximally helpful, so machines do not wait for each other here: each is judged by itself.

import type { Machine } from "#kernel/index.ts";
import type { Graph } from "./graph.ts";
import { drawNet } from "./net-parties.ts";
import { Scene } from "./scene.ts";
import { drawSwap } from "./swap-parties.ts";
import { drawTasks } from "./task-parties.ts";

export function graphOf(machine: Machine): Graph & { readonly scene: Scene } {
  const scene = new Scene(machine);
  scene.reusable("page", scene.counts.freePages, "a free page");
  scene.consumable("bio", "a bio");
  drawNet(scene);
  drawSwap(scene);
  drawTasks(scene);
  scene.drawBlocks();
  return { resources: scene.resources, parties: scene.parties, scene };
}
