// Receipts of faults: how often an effect was seen where it was aimed.

import { type FaultTarget, type ReceiptCounter, strikesLink } from "#faults/index.ts";
import type { LinkWitness, Witness, Witnesses } from "./witness.ts";

export function receiptOf(world: Witnesses, counter: ReceiptCounter, target: FaultTarget): number {
  switch (counter) {
    case "lostSegments":
      return linkSum(world, target, (link) => link.lostFrames);
    case "heldSegments":
      return linkSum(world, target, (link) => link.heldFrames);
    case "carriedSegments":
      return linkSum(world, target, (link) => link.carriedFrames);
    case "resetConnections":
      return linkSum(world, target, (link) => link.resetStreams);
    case "unansweredRequests":
      return serverOf(world, target)?.unheard ?? 0;
    case "answeredRequests":
      return serverOf(world, target)?.answered ?? 0;
    case "failedRequests":
    case "corruptedReplies":
    case "cutReplies":
    case "droppedConnections":
    case "refusedConnections":
    case "crashes":
      return serverOf(world, target)?.strikes[counter] ?? 0;
    case "frozenEvents":
      return ofHost(world, target, (host) => host.heldCount);
    case "deaths":
      return ofHost(world, target, (host) => host.deaths);
    case "balloonPages":
      return ofHost(world, target, (host) => host.balloon.takenPages);
    case "hogPages":
      return ofHost(world, target, (host) => host.workload.intruders.writtenPages);
    case "startedLoads":
      return clientOf(world, target)?.starts ?? taskStarts(world, target);
    case "stoppedLoads":
      return clientOf(world, target)?.stops ?? 0;
    case "changedLoads":
      return clientOf(world, target)?.changes ?? 0;
  }
}

/** Every direction the target names, counted where it arrives. */
function linkSum(world: Witnesses, target: FaultTarget, of: (link: LinkWitness) => number): number {
  let sum = 0;
  for (const machine of world.machines) {
    for (const link of machine.net.links())
      if (strikesLink(target, { from: link.peer, to: machine.spec.name })) sum += of(link);
  }
  return sum;
}

const ofHost = (world: Witnesses, target: FaultTarget, of: (host: Witness) => number): number =>
  target.kind === "host" ? of(world.machine(target.host)) : 0;

const serverOf = (world: Witnesses, target: FaultTarget) =>
  target.kind === "host" ? world.machine(target.host).workload.swapServer : null;

function clientOf(world: Witnesses, target: FaultTarget) {
  if (target.kind !== "load") return null;
  for (const machine of world.machines) {
    const client = machine.workload.clients.find(({ name }) => name === target.name);
    if (client !== undefined && (target.machine === null || target.machine === machine.spec.name))
      return client;
  }
  return null;
}

function taskStarts(world: Witnesses, target: FaultTarget): number {
  if (target.kind !== "load" || target.machine === null) return 0;
  const stats = world.machine(target.machine).workload.stats();
  return stats.some(({ name }) => name === target.name) ? 1 : 0;
}
