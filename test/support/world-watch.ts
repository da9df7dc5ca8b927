// What must hold of a whole cluster after every event, looked at from World's hook.
//
// Looking at a machine costs as much as it has frames, so the subject is looked at after each of its events and the
// others, which have many frames and little to do with them, after every LARGE_EVERY-th.

import type { Machine } from "#kernel/index.ts";
import type { PageIdentity } from "#kernel/mm/content.ts";
import type { Memory } from "#kernel/mm/memory.ts";
import { PG_WRITEBACK } from "#kernel/mm/page-frames.ts";
import type { Frame } from "#kernel/sched/task.ts";
import { lostPages, memoryFaults } from "./invariants.ts";
import { ReserveWatch } from "./reserve-watch.ts";

/** Frames beyond which a machine is looked at now and then only: 128 MiB. */
const LARGE_FRAMES = 32_768;
const LARGE_EVERY = 10_000;
/** Events between two looks at what the swap server keeps. */
const STORE_EVERY = 100;
/** Faults that are kept: those after the first follow from it. */
const FAULTS_MAX = 10;

export interface WatchOptions {
  /** Look at the subject after every how manieth of its events; 1 unless said. */
  readonly every?: number;
}

export class WorldWatch {
  readonly faults: string[] = [];
  /** Looks at a machine so far. */
  looks = 0;
  readonly #every: number;
  readonly #events = new Map<string, number>();
  readonly #reserve = new Map<string, ReserveWatch>();
  #server: Machine | null = null;

  constructor({ every = 1 }: WatchOptions = {}) {
    this.#every = every;
  }

  /** Watch every page these machines hand out, and hold what they wrote against what `server` keeps. */
  begin(machines: readonly Machine[], server: Machine): void {
    this.#server = server;
    for (const { spec, memory } of machines)
      this.#reserve.set(spec.name, new ReserveWatch(memory.parts.pages));
  }

  /** To be called after each event of each machine. */
  readonly look = (machine: Machine): void => {
    const { name } = machine.spec;
    const nth = (this.#events.get(name) ?? 0) + 1;
    this.#events.set(name, nth);
    const isLarge = machine.memory.parts.frames.count > LARGE_FRAMES;
    if (nth % (isLarge ? LARGE_EVERY : this.#every) !== 0 || this.faults.length > 0) return;
    this.looks++;
    this.#note(machine, machineFaults(machine));
    this.#note(machine, this.#reserve.get(name)?.faults ?? []);
    if (nth % (this.#every * STORE_EVERY) === 0 && machine.storage.swap !== null)
      this.#note(machine, this.lost(machine));
  };

  /** Pages of `machine` that the server acknowledged and no longer has as they were. */
  lost(machine: Machine): string[] {
    const server = this.#server;
    if (server === null) return ["nobody keeps pages"];
    const kept = keptPages(server);
    return lostPages(machine.memory, (slot) => kept.get(slot));
  }

  #note({ spec, nowNs }: Machine, faults: readonly string[]): void {
    const texts = faults.slice(0, FAULTS_MAX).map((text) => `${spec.name} at ${nowNs} ns: ${text}`);
    this.faults.push(...texts);
  }
}

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
  const requests = storage.swap?.queue.all() ?? [];
  const pages = requests.flatMap(({ op, pfns }) => pfns.map((pfn) => ({ op, pfn })));
  const faults = pages.flatMap(({ op, pfn }) => pageFault(memory, op, pfn) ?? []);
  if (new Set(pages.map(({ pfn }) => pfn)).size < pages.length)
    faults.push("a frame is in two requests");
  const inRequests = pages.filter(({ op }) => op === "write").length;
  const written = inRequests + pagesBeingPlaced(memory);
  const said = memory.writebackPages;
  if (storage.swap !== null && written !== said)
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

/** A write that has been begun and is not in a request yet. */
const isBeingPlaced = (frame: Frame): boolean =>
  frame.type === "swap.write" &&
  "at" in frame &&
  (frame.at === "place" || frame.at === "unplugged");

/** What stands still in the network although nothing will look at it again. */
export function networkFaults({ net }: Machine): string[] {
  try {
    net.assertAlive();
    return [];
  } catch (error) {
    return [String(error)];
  }
}

/** What a swap server of one export keeps, by slot. */
function keptPages({ workload }: Machine): ReadonlyMap<number, PageIdentity> {
  const [store] = workload.swapServer?.save().stores ?? [];
  return new Map(
    store?.stamps.map(([slot, owner, index, version]) => [slot, { owner, index, version }]),
  );
}
