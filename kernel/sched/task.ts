// A task: a stack of frames, each a piece of kernel or program that can stop in the middle and go on later.
//
// A kernel function that sleeps keeps its place on a stack; here the stack is data, so that a machine can be saved in
// the middle of a page fault that is inside direct reclaim that is inside a swap write. A frame says what is being done
// and how far it has come; its program (see program.ts) takes it one step further. Linux: struct task_struct.

/** What a blocked task waits for. A closed list: the graph of waits is built from it. */
export type WaitReason =
  | "page-lock"
  | "writeback"
  | "throttle"
  | "reclaim-throttle"
  | "swap-slot"
  | "bio"
  | "wbt"
  | "tag"
  | "tx-lock"
  | "sndbuf"
  | "stream-memory"
  | "socket-readable"
  | "socket-writable"
  | "accept"
  | "connect"
  | "kswapd-idle"
  | "dirty-throttle"
  | "vm-writeout"
  | "oom-retry"
  | "work"
  | "sleep"
  | "barrier"
  | "reply";

export interface Wait {
  readonly on: WaitReason;
  /** Which one: a page frame, a socket, a queue; 0 where there is one only. */
  readonly what: number;
  readonly sinceNs: number;
}

/** Plain data: what a program has to remember between two steps. */
export interface Frame {
  readonly type: string;
}

/** Kernel flags of a task. Linux: include/linux/sched.h, values ours. */
export const PF_MEMALLOC = 1;
export const PF_KTHREAD = 2;
export const PF_KSWAPD = 4;
export const PF_MEMALLOC_NOIO = 8;
export const PF_MEMALLOC_NOFS = 16;
export const PF_LOCAL_THROTTLE = 32;
/** A real-time task (SCHED_FIFO, SCHED_RR): not a PF flag in Linux, but the allocator asks for it in the same breath. */
export const PF_REALTIME = 64;
/** TIF_MEMDIE and its successors: chosen by the OOM killer. */
export const PF_OOM_VICTIM = 128;
/** A fatal signal is pending (SIGKILL): it ends where it would go on as a program. */
export const PF_KILLED = 256;

export type TaskState = "runnable" | "blocked" | "finished";

export class Task {
  readonly id: number;
  readonly name: string;
  flags: number;
  state: TaskState = "runnable";
  /** Innermost frame last. */
  stack: Frame[] = [];
  /** What the frame that returned last answered: a page frame, a count, an errno; -1 is "nothing". */
  result = 0;
  /** A second number the frame that returned last had to say. */
  aside = 0;
  /** CPU time taken in the current dispatch and not yet slept off, in ns. */
  costNs = 0;
  /** CPU time taken since boot, in ns. */
  cpuNs = 0;
  wait: Wait | null = null;
  /** Whose memory it touches; -1 for a kernel thread. */
  spaceId = -1;
  /** Counts its sleeps, so that a timer set for an earlier one is known to be old. */
  sleeps = 0;
  /** Whether the last sleep ended by its timeout. */
  timedOut = false;
  /** When the current time slice began, in ns. */
  sliceStartNs = 0;
  /** Depth of stalls on memory it is in: a reclaim, a wait for a page of swap. Linux: psi_memstall_enter(). */
  memstall = 0;

  constructor(id: number, name: string, flags: number) {
    this.id = id;
    this.name = name;
    this.flags = flags;
  }
}
