// What work costs in CPU time, in ns. Orders of magnitude of one core near 2 GHz, not measurements of any machine.
//
// They decide how fast a healthy machine goes and nothing else: a verdict that changes when they are halved or doubled
// would be a verdict about these numbers, and a test holds that it does not. Sources: LMbench's published page-fault,
// context-switch and copy times for such cores; one cache miss is taken as 100 ns.

export const COST = {
  /** Reading or writing a page that is there: a handful of cache misses. */
  touchNs: 200,
  /** Entering and leaving the kernel for a fault, and the page-table work. */
  faultNs: 1_000,
  /** Clearing a page. */
  zeroPageNs: 500,
  /** Taking a page from the allocator, slow path included once. */
  allocNs: 300,
  /** Looking at one page during reclaim: its struct page and its entry are not in the cache. */
  scanPageNs: 200,
  /** Unmapping a page and flushing it from the TLB. */
  unmapNs: 400,
  /** Building and queueing one request. */
  submitNs: 1_500,
  /** Copying 4 KiB. */
  copyPageNs: 700,
  /** A system call. */
  syscallNs: 500,
  /** Parsing a request and formatting the answer of a small service. */
  serviceNs: 3_000,
  /** Waking and switching to another task. */
  switchNs: 2_000,
  /** One round of the allocator's retry loop with nothing found. */
  retryNs: 2_000,
} as const;
