// Who may take the last pages of a zone, below every mark.

/** What the rule may look at: one request for memory. */
export interface ReserveView {
  /** GFP_* bits of the request. */
  readonly gfp: number;
  /** PF_* bits of whoever asks; 0 in a softirq unless the receive path has set PF_MEMALLOC for itself. */
  readonly processFlags: number;
  readonly inSoftirq: boolean;
}

export interface ReservePolicy {
  readonly name: string;
  /** One line for menus and the generated reference. */
  readonly summary: string;
  /** Whether the request may ignore every mark (ALLOC_NO_WATERMARKS). */
  mayIgnoreWatermarks(view: ReserveView): boolean;
}
