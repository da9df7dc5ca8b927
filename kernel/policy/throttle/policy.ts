// Who has to wait before it makes things worse: tasks about to reclaim, and tasks that wrote out.

/** One zone as the throttle sees it, in pages. */
export interface ThrottleZone {
  readonly managedPages: number;
  readonly freePages: number;
  /** Min mark, boost included where the era includes it. */
  readonly minPages: number;
  /** Pages on the zone's LRU lists that reclaim could look at. */
  readonly reclaimablePages: number;
}

export interface ThrottleView {
  /** Zones up to ZONE_NORMAL, lowest first. */
  readonly zones: readonly ThrottleZone[];
  /** Balance passes of kswapd in a row that freed nothing. */
  readonly kswapdFailures: number;
}

export interface ThrottlePolicy {
  readonly name: string;
  /** One line for menus and the generated reference. */
  readonly summary: string;
  /** Whether a task may start direct reclaim now; if not it sleeps until kswapd says so. */
  allowDirectReclaim(view: ThrottleView): boolean;
  /** Whether a reclaimer waits for writes in flight to finish, both in pages. Linux: throttle_vm_writeout(). */
  holdWriteout(view: {
    readonly writebackPages: number;
    readonly dirtyThresholdPages: number;
  }): boolean;
}
