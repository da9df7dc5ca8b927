// What the parts of TCP share: memory, the global account, the wire below and the sleepers above.

import type { SlabSource } from "./memory.ts";
import type { Neighbours } from "./neighbour.ts";
import type { NetContext } from "./net-context.ts";
import type { ProtoMemory } from "./proto-memory.ts";
import type { SkbMemory } from "./skb-memory.ts";
import type { Sock } from "./sock.ts";
import type { Wires } from "./wires.ts";

export interface Tcp {
  readonly context: NetContext;
  readonly memory: SkbMemory;
  readonly slab: SlabSource;
  readonly proto: ProtoMemory;
  readonly wires: Wires;
  readonly neighbours: Neighbours;
  /** tcp_rmem and tcp_wmem: least, default, most, in bytes. */
  readonly rmemBytes: readonly [number, number, number];
  readonly wmemBytes: readonly [number, number, number];
  /** Its rcvbuf may grow and shrink; false when the spec gave its size (SO_RCVBUF). */
  readonly mayGrowRcvbuf: boolean;
  /** Wake who reads: data, FIN or an error. */
  wakeReaders(sock: Sock): void;
  /** Wake who writes or connects. */
  wakeWriters(sock: Sock): void;
  /** A child of a listener is ready to be accepted. */
  onEstablished(sock: Sock): void;
  /** Nobody needs the socket any more: its struct goes. */
  destroy(sock: Sock): void;
}
