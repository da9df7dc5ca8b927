// What must hold of a whole machine between two of its events: its memory, its requests on their way, its network.

import type { Machine } from "../machine.ts";
import type { Memory } from "../mm/memory.ts";
import { PG_WRITEBACK } from "../mm/page-frames.ts";
import type { Frame } from "../sched/task.ts";
import { memoryFaults } from "./memory.ts";

/** Everything that is wrong with one machine: memory, requests on their way, network. */
export function machineFaults(machine: Machine): string[] {
  return [
    ...memoryFaults(machine.memory),
    ...requestFaults(machine),
    ...networkFaults(machine),
    ...setAsideFaults(machine),
  ];
}

/** What is said to be used of a sized reserve was charged, by packets that are somewhere, and all of it is kept. */
export function setAsideFaults({ memory, net, reserve }: Machine): string[] {
  if (reserve === null) return [];
  const faults: string[] = [];
  const state = net.save();
  const { charges } = state.memory;
  const charged = charges.reduce((sum, [, bytes]) => sum + bytes, 0);
  if (charged !== reserve.usageBytes)
    faults.push(`the reserve says ${reserve.usageBytes} bytes are used, charged are ${charged}`);
  const { zones } = memory.parts.pages;
  const kept = zones.reduce((sum, zone) => sum + zone.emergencyPages, 0);
  const lost = reserve.attachedPages - kept;
  if (lost < 0 || lost >= zones.length)
    faults.push(`of ${reserve.attachedPages} pages set aside the zones keep ${kept}`);
  if (charges.length === 0) return faults;
  const held = new Set(headsIn(state));
  for (const [ref] of charges)
    if (!held.has(ref)) faults.push(`head ${ref} was charged to the reserve, and no packet has it`);
  return faults;
}

/** Every reference to a packet's memory in a saved network, wherever it lies. */
function headsIn(state: unknown): number[] {
  if (typeof state !== "object" || state === null || ArrayBuffer.isView(state)) return [];
  const own = "headRef" in state ? state.headRef : "ref" in state ? state.ref : null;
  const below = Object.values(state).flatMap(headsIn);
  return typeof own === "number" ? [own, ...below] : below;
}

/** A page is in one request at most, and under writeback as long as it is in a write or on the way into one. */
export function requestFaults({ memory, storage }: Machine): string[] {
  const { swap, disks } = storage;
  const devices = swap === null ? disks : [swap, ...disks];
  const requests = devices.flatMap((device) => ("queue" in device ? device.queue.all() : []));
  const pages = requests.flatMap(({ op, pfns }) => pfns.map((pfn) => ({ op, pfn })));
  const faults = pages.flatMap(({ op, pfn }) => pageFault(memory, op, pfn) ?? []);
  if (new Set(pages.map(({ pfn }) => pfn)).size < pages.length)
    faults.push("a frame is in two requests");
  const inRequests = pages.filter(({ op }) => op === "write").length;
  const onDisks = devices.reduce((sum, disk) => sum + ("queue" in disk ? 0 : disk.writingPages), 0);
  const written = inRequests + onDisks + pagesBeingPlaced(memory);
  const said = memory.writebackPages;
  if (written !== said)
    faults.push(`pages under writeback: said ${said}, found ${written} on their way`);
  return faults;
}

function pageFault({ parts }: Memory, op: "read" | "write", pfn: number): string | null {
  const isWriteback = ((parts.frames.flags[pfn] ?? 0) & PG_WRITEBACK) !== 0;
  if (isWriteback === (op === "write")) return null;
  return `frame ${pfn} is in a ${op} and ${isWriteback ? "" : "not "}under writeback`;
}

function pagesBeingPlaced({ parts }: Memory): number {
  const living = parts.sched.tasks().filter(({ state }) => state !== "finished");
  return living.reduce((sum, { stack }) => sum + stack.filter(isBeingPlaced).length, 0);
}

/** A write that has been begun and is not in a request yet: from startWrite() in block/submit.ts on. */
const isBeingPlaced = (frame: Frame): boolean =>
  (frame.type === "swap.write" || frame.type === "file.write") &&
  "at" in frame &&
  BEGUN.some((at) => at === frame.at);
const BEGUN = ["stack", "gotPage", "place", "unplugged"];

/** What stands still in the network although nothing will look at it again. */
export function networkFaults({ net }: Machine): string[] {
  try {
    net.assertAlive();
    return [];
  } catch (error) {
    return [String(error)];
  }
}
