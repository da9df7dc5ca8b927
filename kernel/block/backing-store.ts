// What a block device is to the pages on it: where each one lies, and what it means that one was written or read.
//
// The queue, the driver and its threads are the same for a swap device and for one that holds files; this is what differs.

import type { Task } from "../sched/task.ts";

export interface BackingStore {
  /** Where on the device, in pages, this frame's page is kept. */
  slotOf(pfn: number): number;
  /** Whether this task's write is better left for later (may_write_to_queue(), up to 3.x). */
  refuses(task: Task): boolean;
  /** The write of a locked page begins. */
  startWrite(pfn: number): void;
  /** The write of a page was answered; `failed`: with an error. */
  endWrite(pfn: number, failed: boolean): void;
  /** A page has become part of a request. */
  noteSubmitted(op: "read" | "write", pfn: number): void;
  /** A request of this many pages was answered. */
  noteDone(op: "read" | "write", tag: number, pages: number): void;
  /** A page came back from `slot`: `bytes` are compared with what was written last. */
  check(pfn: number, slot: number, bytes: Uint8Array): void;
}
