// A machine at an instant, as a person is shown it: who holds its memory, how far free memory is from the marks, what its
// sockets hold, and who waits for what. Plain data, so that a node can send it and a film keep it.

export interface MachineShot {
  readonly pages: PagesByOwner;
  readonly marks: MarksShot;
  /** Memory set aside for the network; null: the policy has none. */
  readonly reserve: { readonly pages: number; readonly usedBytes: number } | null;
  readonly ring: { readonly filled: number; readonly size: number };
  readonly tcp: {
    readonly pages: number;
    readonly pressurePages: number;
    readonly maxPages: number;
  };
  readonly swap: SwapShot;
  /** By peer and port; the fullest first. */
  readonly sockets: readonly SocketGroup[];
  /** By name, state and what they wait for. */
  readonly tasks: readonly TaskGroup[];
  /** Packets dropped since boot, by reason. */
  readonly drops: readonly (readonly [reason: string, count: number])[];
  readonly counts: CountsShot;
  /** Of clients: 99 of 100 answers so far were faster, in ns; null: no answer yet, or no client. */
  readonly latencyNs: number | null;
  readonly lines: readonly LineShot[];
}

/** In pages; together they are `total`. */
export interface PagesByOwner {
  readonly total: number;
  readonly free: number;
  /** Anonymous memory of programs, what is being written not counted. */
  readonly anon: number;
  readonly writeback: number;
  readonly fileClean: number;
  readonly fileDirty: number;
  readonly slab: number;
  /** What sockets hold by truesize: those of swap, and all others. */
  readonly swapPackets: number;
  readonly otherPackets: number;
  /** All the rest: receive buffers, page tables, per-CPU lists. */
  readonly kernel: number;
}

/** In pages, all zones together. */
export interface MarksShot {
  readonly minPages: number;
  readonly lowPages: number;
  readonly highPages: number;
}

export interface SwapShot {
  readonly inFlight: number;
  /** Age of the oldest request that was sent. */
  readonly oldestNs: number;
  readonly usedPages: number;
  readonly totalPages: number;
  /** Of a swap server: requests that wait for its store. */
  readonly serverQueue: number;
}

export interface SocketGroup {
  readonly peer: string;
  readonly port: number;
  readonly count: number;
  /** Received and not read. */
  readonly receivedPages: number;
  /** What all of them may hold of it. */
  readonly receiveLimitPages: number;
  /** To be sent, or sent and not acknowledged. */
  readonly sendingPages: number;
  readonly isMemalloc: boolean;
}

export interface TaskGroup {
  readonly name: string;
  readonly count: number;
  readonly state: "runnable" | "blocked" | "finished";
  /** What it waits for; null: for nothing. */
  readonly on: string | null;
  /** Of those, the longest wait. */
  readonly longestNs: number;
}

/** Since boot. */
export interface CountsShot {
  readonly requests: number;
  readonly swapIns: number;
  readonly swapOuts: number;
  readonly throttled: number;
  readonly oomKills: number;
}

/** One direction of a link as its receiver knows it. */
export interface LineShot {
  readonly from: string;
  readonly carried: number;
  readonly lost: number;
  readonly held: number;
  readonly isCut: boolean;
  readonly isHeld: boolean;
}
