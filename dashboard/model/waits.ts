// What a blocked task waits for, in words. The keys are the kernel's reasons to block.

const WORDS: Readonly<Record<string, string>> = {
  "page-lock": "its page to come from swap",
  writeback: "a page to be written",
  throttle: "the reserve to fill again (throttled)",
  "reclaim-throttle": "reclaim to get somewhere (throttled)",
  "swap-slot": "a slot of the swap device",
  bio: "a bio from the pool",
  wbt: "writes to go back (throttled)",
  tag: "a free request of the device",
  "tx-lock": "the swap socket's sender",
  sndbuf: "room to send",
  "stream-memory": "memory to send with",
  "socket-readable": "something to read",
  "socket-writable": "room to write",
  accept: "a connection",
  connect: "its connection to be taken",
  "kswapd-idle": "work",
  "dirty-throttle": "dirty pages to become fewer (throttled)",
  "vm-writeout": "writeback to become less",
  "oom-retry": "memory that somebody is to free",
  work: "work",
  sleep: "its time",
  barrier: "the others",
  reply: "an answer",
};

export const waitText = (on: string): string => WORDS[on] ?? on;

/** Waiting for work is no trouble. */
const IDLE: ReadonlySet<string> = new Set([
  "kswapd-idle",
  "work",
  "sleep",
  "accept",
  "socket-readable",
  "barrier",
]);

export const isIdleWait = (on: string | null): boolean => on === null || IDLE.has(on);
