// What TCP sends on: the card, at whose other end somebody plays the peer, or the loopback device, at whose other end is
// another socket of this machine. A connection stays with the one it began on.

import type { SegmentFields } from "./card-tap.ts";
import type { Edge } from "./edge.ts";
import { isLooped } from "./frame.ts";
import type { Link, OutKind } from "./link.ts";
import type { Loopback } from "./loopback.ts";
import type { PeerStream } from "./peer-stream.ts";
import type { Skb } from "./skb.ts";

export class Wires {
  readonly loopback: Loopback;
  readonly #edge: Edge;

  constructor(edge: Edge, loopback: Loopback) {
    this.#edge = edge;
    this.loopback = loopback;
  }

  /** A new connection of ours; null when there is no link to that peer. */
  open(peer: string, port: number): PeerStream | null {
    const { loopback } = this;
    return peer === loopback.link.peer ? loopback.open(port) : this.#edge.open(peer, port);
  }

  streamById(id: number): PeerStream | null {
    return isLooped(id) ? this.loopback.streamById(id) : this.#edge.streamById(id);
  }

  /** The link that a frame says it came over. */
  linkAt(index: number): Link | undefined {
    const { link } = this.loopback;
    return index === link.index ? link : this.#edge.links()[index];
  }

  /** Hand bytes over, each once and in order. */
  emitBytes(stream: PeerStream, bytes: Uint8Array): void {
    if (isLooped(stream.id)) this.loopback.putBytes(stream, bytes);
    else this.#edge.emitBytes(stream, bytes);
  }

  /** We sent FIN behind our last byte. */
  emitFin(stream: PeerStream, finSeq: number): void {
    if (!isLooped(stream.id)) this.#edge.emitFin(stream, finSeq);
  }

  emitReset(stream: PeerStream): void {
    if (isLooped(stream.id)) this.loopback.reset(stream);
    else this.#edge.emitReset(stream);
  }

  /** A segment of ours leaves; `looped` is its skb where that goes with it. */
  segment(stream: PeerStream, kind: OutKind, fields: SegmentFields, looped: Skb | null): void {
    if (looped === null) this.#edge.segment(stream, kind, fields);
    else this.loopback.send(stream, looped, kind, fields);
  }

  /** The socket is gone. */
  orphan(stream: PeerStream): void {
    if (isLooped(stream.id)) this.loopback.orphan(stream);
    else this.#edge.orphan(stream);
  }

  /** The peer takes nothing from this on. Of a peer that is played it is not known: its host takes bytes or does not. */
  peerWindowEnd(stream: PeerStream): number {
    if (!isLooped(stream.id)) return Number.POSITIVE_INFINITY;
    return this.loopback.twinOf(stream)?.wndEnd ?? Number.POSITIVE_INFINITY;
  }
}
