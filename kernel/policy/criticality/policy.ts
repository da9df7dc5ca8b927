// What is marked as needed to free memory, and in whose name it runs.

export interface CriticalityPolicy {
  readonly name: string;
  /** One line for menus and the generated reference. */
  readonly summary: string;
  /** Whether the block driver marks its socket SOCK_MEMALLOC. */
  readonly marksSwapSocket: boolean;
  /** Who sends a swap request: the task that submitted it, or a thread of the driver. */
  readonly sender: "submitter" | "thread";
  /** Whether the driver sends and receives with PF_MEMALLOC set. */
  readonly driverMemalloc: boolean;
  /** Whether one sk_buff was allocated in advance, for a critical socket's datagram that finds no memory. */
  readonly keepsSendSkb: boolean;
}
