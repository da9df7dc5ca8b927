// What the faults that are open make of a link, a store or a host: a fold over them, in the order they were opened.
//
// Whoever drives a run keeps the list and asks again after each change. Nothing is undone when a fault heals; it is simply
// no longer in the list.

import type { Hog, LinkState, StoreState } from "#kernel/index.ts";
import { type FaultName, faults } from "./catalogue.ts";
import type { Fault, FaultArgs } from "./fault.ts";

/** A fault that has been opened and not healed. */
export interface OpenFault {
  /** Unique in the run. */
  readonly id: string;
  readonly name: FaultName;
  readonly target: FaultTarget;
  readonly args: FaultArgs;
}

export type FaultTarget =
  | { readonly kind: "link"; readonly from: string; readonly to: string; readonly both: boolean }
  | { readonly kind: "host"; readonly host: string }
  /** These hosts, against all others. */
  | { readonly kind: "group"; readonly hosts: readonly string[] }
  /** A traffic by its id (machine null), or a task of a machine. */
  | { readonly kind: "load"; readonly machine: string | null; readonly name: string };

export interface Direction {
  readonly from: string;
  readonly to: string;
}

/** The state of one direction under the open faults. */
export function linkUnder(
  open: readonly OpenFault[],
  direction: Direction,
  base: LinkState,
): LinkState {
  let state = base;
  for (const { name, target, args } of open) {
    const { effect }: Fault = faults[name];
    if (!strikesLink(target, direction)) continue;
    if (effect.on === "link" || effect.on === "host-links") state = effect.change(state, args);
    // Nobody is there to hear or to answer.
    if (effect.on === "power" && effect.off === "while-open") state = { ...state, cut: true };
  }
  return state;
}

/** The state of one swap server's store under the open faults. */
export function storeUnder(open: readonly OpenFault[], host: string, base: StoreState): StoreState {
  let state = base;
  for (const { name, target, args } of open) {
    const { effect }: Fault = faults[name];
    if (effect.on === "store" && strikesHost(target, host)) state = effect.change(state, args);
  }
  return state;
}

/** Whether the host stands still under the open faults. */
export function isPausedUnder(open: readonly OpenFault[], host: string): boolean {
  return open.some(({ name, target }) => {
    const { effect }: Fault = faults[name];
    return effect.on === "pause" && strikesHost(target, host);
  });
}

/** Whether the host is without power under the open faults. */
export function isOffUnder(open: readonly OpenFault[], host: string): boolean {
  return open.some(({ name, target }) => {
    const { effect }: Fault = faults[name];
    return effect.on === "power" && effect.off === "while-open" && strikesHost(target, host);
  });
}

/** Pages that the open faults keep from a host, all together. */
export function balloonUnder(open: readonly OpenFault[], host: string): number {
  let pages = 0;
  for (const { name, target, args } of open) {
    const { effect }: Fault = faults[name];
    if (effect.on === "balloon" && strikesHost(target, host)) pages += effect.pages(args);
  }
  return pages;
}

/** Programs that the open faults run on a host, by the id of each fault. */
export function hogsUnder(open: readonly OpenFault[], host: string): ReadonlyMap<string, Hog> {
  const hogs = new Map<string, Hog>();
  for (const { id, name, target, args } of open) {
    const { effect }: Fault = faults[name];
    if (effect.on === "hog" && strikesHost(target, host)) hogs.set(id, effect.hog(args));
  }
  return hogs;
}

/** The rate that the open faults give a traffic, by its id; null: its own. The one opened last counts. */
export function rateUnder(open: readonly OpenFault[], traffic: string): number | null {
  let ratePerSec: number | null = null;
  for (const { name, target, args } of open) {
    const { effect }: Fault = faults[name];
    if (effect.on === "rate" && target.kind === "load" && target.name === traffic)
      ratePerSec = effect.ratePerSec(args);
  }
  return ratePerSec;
}

/** What the target is called in reports and in scenarios. */
export function targetText(target: FaultTarget): string {
  switch (target.kind) {
    case "link":
      return `${target.from}${target.both ? "<->" : "->"}${target.to}`;
    case "host":
      return target.host;
    case "group":
      return target.hosts.join(", ");
    case "load":
      return target.machine === null ? target.name : `${target.machine}/${target.name}`;
  }
}

/** Whether a direction is among those that the target names. */
export function strikesLink(target: FaultTarget, { from, to }: Direction): boolean {
  if (target.kind === "host") return target.host === from || target.host === to;
  if (target.kind === "group") return target.hosts.includes(from) !== target.hosts.includes(to);
  if (target.kind !== "link") return false;
  if (target.from === from && target.to === to) return true;
  return target.both && target.from === to && target.to === from;
}

const strikesHost = (target: FaultTarget, host: string): boolean =>
  target.kind === "host" && target.host === host;
