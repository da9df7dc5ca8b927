// One zone with all that serves it: free blocks, the rules of taking another type's, and each CPU's list.

import { assert } from "#base/assert.ts";
import type { Era } from "../era.ts";
import { Buddy } from "./buddy.ts";
import { Fallback } from "./fallback.ts";
import { PAGE_KIND, type PageFrames } from "./page-frames.ts";
import { PerCpuPages, type PerCpuPagesState } from "./per-cpu-pages.ts";
import { MAX_ORDER, type Zone, type ZoneState } from "./zone.ts";

export interface ZoneRigSpec {
  readonly zone: Zone;
  readonly frames: PageFrames;
  readonly blockType: Uint8Array;
  readonly era: Era;
  readonly boostFactor: number;
  readonly cpuCount: number;
  /** Place among the machine's zones, lowest first. */
  readonly place: number;
}

export class ZoneRig {
  readonly era: Era;
  readonly zone: Zone;
  readonly place: number;
  readonly buddy: Buddy;
  readonly fallback: Fallback;
  readonly perCpu: readonly PerCpuPages[];

  constructor(spec: ZoneRigSpec) {
    const { zone, frames, era, boostFactor } = spec;
    this.era = era;
    this.zone = zone;
    this.place = spec.place;
    this.buddy = new Buddy(spec);
    const { buddy } = this;
    this.fallback = new Fallback({ buddy, era, boostFactor });
    const { fallback } = this;
    this.perCpu = Array.from(
      { length: spec.cpuCount },
      () => new PerCpuPages({ era, zone, frames, buddy, fallback }),
    );
    freeManaged(this.buddy, frames);
  }

  pcp(cpu: number): PerCpuPages {
    const pcp = this.perCpu[cpu];
    assert(pcp !== undefined, "the machine has that CPU");
    return pcp;
  }

  save(): ZoneRigState {
    return {
      zone: this.zone.save(),
      buddy: this.buddy.save(),
      stealCount: this.fallback.save(),
      perCpu: this.perCpu.map((pcp) => pcp.save()),
    };
  }

  load(state: ZoneRigState): void {
    this.zone.load(state.zone);
    this.buddy.load(state.buddy);
    this.fallback.load(state.stealCount);
    this.perCpu.forEach((pcp, cpu) => {
      const own = state.perCpu[cpu];
      assert(own !== undefined, "a state is loaded into as many CPUs");
      pcp.load(own);
    });
  }
}

export interface ZoneRigState {
  readonly zone: ZoneState;
  readonly buddy: Int32Array;
  readonly stealCount: number;
  readonly perCpu: readonly PerCpuPagesState[];
}

/** Put all managed frames on the free lists, highest first, so that low ones are taken first. */
function freeManaged(buddy: Buddy, frames: PageFrames): void {
  const { zone } = buddy;
  let end = zone.endPfn;
  while (end > zone.firstManagedPfn) {
    let order = MAX_ORDER - 1;
    while (end % (1 << order) !== 0 || end - (1 << order) < zone.firstManagedPfn) order--;
    end -= 1 << order;
    buddy.put(end, order, buddy.typeOf(end));
  }
  frames.countKind(PAGE_KIND.reserved, -zone.managedPages);
  frames.countKind(PAGE_KIND.free, zone.managedPages);
}
