// Who watches the card of a machine, as tcpdump would on its host: told of every frame that reaches it, of what became of
// those that were dropped, and of everything that leaves. It looks and never touches; nobody is asked to watch in a run.

import type { DropReason } from "./drop-reason.ts";
import type { Datagram, Frame } from "./frame.ts";
import type { OutKind } from "./link.ts";
import type { TxSkb } from "./tx-skb.ts";

/** A connection as its card sees it. */
export interface CardStream {
  /** Even: we opened it, and `port` is the peer's; odd: the peer did, and `port` is ours. */
  readonly id: number;
  readonly port: number;
  readonly link: { readonly peer: string };
  /** What the peer sends, as far as this host still has it. */
  readonly bytes: { peek(seq: number, countBytes: number): readonly Uint8Array[] };
}

export interface Arrival {
  readonly atNs: number;
  readonly peer: string;
  /** null: it belongs to none. */
  readonly stream: CardStream | null;
  readonly frame: Frame;
}

/** Payload of a segment of ours: the bytes as far as they had not been handed on before. */
export interface Carried {
  readonly skb: Pick<TxSkb, "seq" | "lenBytes" | "isFin">;
  readonly slices: readonly Uint8Array[];
}

/** What a segment of ours says. */
export interface SegmentFields {
  /** Our next byte; of one with payload the payload's counts. */
  readonly seq: number;
  /** We have everything before this. */
  readonly ack: number;
  /** We take nothing from this on. */
  readonly wndEnd: number;
  /** We hold data behind a hole. */
  readonly hasHole: boolean;
  readonly carried: Carried | null;
}

/** Of a reset. */
export const NOTHING_MORE: Omit<SegmentFields, "seq"> = {
  ...{ ack: 0, wndEnd: 0, hasHole: false, carried: null },
};

export interface Departure {
  readonly atNs: number;
  readonly stream: CardStream;
  readonly kind: OutKind;
  readonly fields: SegmentFields;
}

export interface CardTap {
  arrived(arrival: Arrival): void;
  /** A frame that had arrived, or one that GRO put it behind; `lenBytes` of payload went with it. */
  dropped(frame: Frame, reason: DropReason, lenBytes: number): void;
  left(departure: Departure): void;
  datagramLeft(atNs: number, peer: string, datagram: Omit<Datagram, "id">): void;
  arpLeft(atNs: number, peer: string): void;
}
