// Receipts of faults: how often an effect was seen where it was aimed.

import type { FaultTarget, ReceiptCounter } from "#faults/index.ts";
import type { World } from "./world.ts";

export function receiptOf(world: World, counter: ReceiptCounter, target: FaultTarget): number {
  switch (counter) {
    case "lostSegments":
      return linkSum(world, target, (link) => link.lostFrames);
    case "heldSegments":
      return linkSum(world, target, (link) => link.heldFrames);
    case "carriedSegments":
      return linkSum(world, target, (link) => link.carriedFrames);
    case "unansweredRequests":
      return serverOf(world, target)?.unheard ?? 0;
    case "answeredRequests":
      return serverOf(world, target)?.answered ?? 0;
    case "frozenEvents":
      return target.kind === "host" ? world.machine(target.host).heldCount : 0;
    case "startedLoads":
      return clientOf(world, target)?.starts ?? 0;
    case "stoppedLoads":
      return clientOf(world, target)?.stops ?? 0;
  }
}

interface LinkCounts {
  readonly peer: string;
  readonly lostFrames: number;
  readonly heldFrames: number;
  readonly carriedFrames: number;
}

/** Every direction the target names, counted where it arrives. */
function linkSum(world: World, target: FaultTarget, of: (link: LinkCounts) => number): number {
  let sum = 0;
  for (const machine of world.machines) {
    for (const link of machine.net.links())
      if (strikes(target, link.peer, machine.spec.name)) sum += of(link);
  }
  return sum;
}

function strikes(target: FaultTarget, from: string, to: string): boolean {
  if (target.kind === "host") return target.host === from || target.host === to;
  if (target.kind !== "link") return false;
  return (
    (target.from === from && target.to === to) ||
    (target.both && target.from === to && target.to === from)
  );
}

const serverOf = (world: World, target: FaultTarget) =>
  target.kind === "host" ? world.machine(target.host).workload.swapServer : null;

function clientOf(world: World, target: FaultTarget) {
  if (target.kind !== "load") return null;
  for (const machine of world.machines) {
    const client = machine.workload.clients.find(({ name }) => name === target.name);
    if (client !== undefined && (target.machine === null || target.machine === machine.spec.name))
      return client;
  }
  return null;
}
