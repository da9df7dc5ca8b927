// Who may take the last pages of a zone, below every mark.

/**
 * Whose the rest of a slab is whose pages were taken by ignoring the marks: anybody's, only theirs who might have taken
 * those pages too, or, with the whole cache, nobody's else until a slab could be had within the marks again.
 */
export type SlabGuard = "none" | "by-slab" | "by-cache";

/** What the rule may look at: one request for memory. */
export interface ReserveView {
  /** GFP_* bits of the request. */
  readonly gfp: number;
  /** PF_* bits of whoever asks; 0 in a softirq unless the receive path has set PF_MEMALLOC for itself. */
  readonly processFlags: number;
  readonly inSoftirq: boolean;
}

/** What a part of the memory set aside has to hold; how many pages that takes is kernel/mm/reserve-estimate.ts's to say. */
export type ReserveDemand =
  | { readonly type: "pages"; readonly pages: number }
  | { readonly type: "kmalloc"; readonly bytes: number }
  | { readonly type: "objects"; readonly count: number; readonly objectBytes: number };

/** A part of it, and the parts of that. */
export interface ReservePart {
  readonly name: string;
  /** Of a part without parts. */
  readonly demand?: ReserveDemand;
  readonly parts?: readonly ReservePart[];
  /** What is charged here: memory of received packets; or nothing, but so much is wanted for each marked socket. */
  readonly role?: "packets" | "each-socket";
}

/** The machine that memory is set aside in. */
export interface ReserveFacts {
  /** Most entries that the route cache may have. Linux: net.ipv4.route.max_size. */
  readonly routeEntriesMax: number;
  /** What received packets may have, in bytes: what reassembly may hold (net.ipv4.ipfrag_high_thresh), or as it is set. */
  readonly packetBytes: number;
}

export interface ReservePolicy {
  readonly name: string;
  /** One line for menus and the generated reference. */
  readonly summary: string;
  /** Whether the request may ignore every mark (ALLOC_NO_WATERMARKS). */
  mayIgnoreWatermarks(view: ReserveView): boolean;
  readonly slabGuard: SlabGuard;
  /** What is kept above every mark as long as a socket is marked; null: the marks are all the reserve there is. */
  readonly setAside: ((facts: ReserveFacts) => ReservePart) | null;
  /** Whether a request of one page that nothing else serves may have one of those kept apart; null: none are kept. */
  readonly mayTakeKept: ((view: ReserveView) => boolean) | null;
  /** Pages that a card adds to min_free_kbytes when it comes up, for so many packets; null: none. */
  readonly pagesOfDevice: ((packets: number) => number) | null;
}
