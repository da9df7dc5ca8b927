// A space-time diagram: a line for each machine, time downwards, an arrow for each packet. What is drawn, not how.

import type { Message } from "#sim/index.ts";
import type { Reel } from "./reel.ts";

export interface Exchange {
  /** Machines in the order of their lines. */
  readonly lanes: readonly string[];
  readonly fromNs: number;
  readonly toNs: number;
  readonly messages: readonly Message[];
  /** Packets that were not kept. */
  readonly leftOut: number;
}

const MESSAGES_MAX = 60;

/** The last packets up to an instant. */
export function exchangeBefore(reel: Reel, atNs: number, lanes: readonly string[]): Exchange {
  const until = reel.indexAt(atNs);
  const messages: Message[] = [];
  let leftOut = 0;
  for (let i = until; i >= 0 && messages.length < MESSAGES_MAX; i--) {
    const frame = reel.frames[i];
    if (frame === undefined) break;
    messages.unshift(...frame.messages);
    leftOut += frame.messagesLeftOut;
  }
  const shown = messages.slice(-MESSAGES_MAX);
  return {
    lanes,
    fromNs: shown[0]?.atNs ?? 0,
    toNs: shown.at(-1)?.atNs ?? 0,
    messages: shown,
    leftOut: leftOut + messages.length - shown.length,
  };
}
