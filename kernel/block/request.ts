// A request of the block layer: neighbouring pages that go to or come from the device in one piece.
// Linux: struct request, include/linux/blk-mq.h.

export interface Request {
  readonly tag: number;
  /** Which sending of the device it is, from 0; tags are used again, these are not. Linux: cmd_cookie. */
  serial: number;
  readonly op: "read" | "write";
  readonly firstSlot: number;
  /** Page frames, slot by slot from `firstSlot`. */
  readonly pfns: number[];
  /** One bio for each page: a slab object, or POOL_BIO; none where swap is a file. */
  readonly bios: number[];
  /** Page frames that a layer on top holds for it; none without such a layer. */
  readonly stacked: number[];
  /** Whether it counts against the writeback quota. */
  readonly isThrottled: boolean;
  /** plugged: held back by the task that builds it. queued: the driver may send it. sent: the server has it. */
  state: "plugged" | "queued" | "sending" | "sent";
  /** Task that holds it back; -1 once queued. */
  pluggedBy: number;
  /** When the first byte of it was sent, in ns. */
  sentNs: number;
}
