// Received skbs as plain data.

import { type FrameState, loadFrame, saveFrame } from "./frame.ts";
import { Skb } from "./skb.ts";

export interface SkbState extends Readonly<Omit<Skb, "frame" | "list" | "fragCount">> {
  readonly frame: FrameState;
  readonly list: SkbState[] | null;
}

export function saveSkb(skb: Skb): SkbState {
  const { frame, list, frags, ...plain } = skb;
  return {
    ...plain,
    frags: frags === null ? null : [...frags],
    frame: saveFrame(frame),
    list: list === null ? null : list.map(saveSkb),
  };
}

export function loadSkb(state: SkbState): Skb {
  const { frame, list, frags, ...plain } = state;
  return Object.assign(new Skb(loadFrame(frame)), {
    ...plain,
    frags: frags === null ? null : [...frags],
    list: list === null ? null : list.map(loadSkb),
  });
}
