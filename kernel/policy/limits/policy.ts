// Who is let past the global limit on socket memory (tcp_mem, third value).

export interface LimitsView {
  readonly pfmemalloc: boolean;
  readonly memallocSocket: boolean;
  readonly receiveQueueEmpty: boolean;
}

export interface LimitsPolicy {
  readonly name: string;
  /** One line for menus and the generated reference. */
  readonly summary: string;
  /** Whether a segment that the limit refuses is queued all the same. */
  mayPassLimit(view: LimitsView): boolean;
}
