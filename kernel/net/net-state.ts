// A network as plain data.

import type { CardsState } from "./cards.ts";
import type { EdgeState } from "./edge.ts";
import type { IpFragmentsState } from "./ip-fragment.ts";
import type { LoopbackState } from "./loopback.ts";
import type { Neighbours } from "./neighbour.ts";
import type { NetCore } from "./net-build.ts";
import type { NetContextState } from "./net-context.ts";
import type { ProtoMemoryState } from "./proto-memory.ts";
import type { SkbMemoryState } from "./skb-memory.ts";
import type { SockTableState } from "./sock-table.ts";
import type { UdpSockState } from "./udp.ts";

export interface NetStackState {
  readonly context: NetContextState;
  readonly memory: SkbMemoryState;
  readonly cards: CardsState;
  readonly edge: EdgeState;
  readonly loopback: LoopbackState;
  readonly neighbours: ReturnType<Neighbours["save"]>;
  readonly tcpMemory: ProtoMemoryState;
  readonly udpMemory: ProtoMemoryState;
  readonly udp: readonly UdpSockState[];
  readonly fragments: IpFragmentsState;
  readonly socks: SockTableState;
  readonly queues: readonly (readonly number[])[];
}

export function saveNet(core: NetCore): NetStackState {
  const { readable, writable, connecting, acceptable } = core.queues;
  return {
    context: core.context.save(),
    memory: core.memory.save(),
    cards: core.cards.save(),
    edge: core.edge.save(),
    loopback: core.loopback.save(),
    neighbours: core.neighbours.save(),
    tcpMemory: core.tcpMemory.save(),
    udpMemory: core.udpMemory.save(),
    udp: core.udp.save(),
    fragments: core.fragments.save(),
    socks: core.socks.save(),
    queues: [readable, writable, connecting, acceptable].map((queue) => queue.save()),
  };
}

export function loadNet(core: NetCore, state: NetStackState): void {
  core.context.load(state.context);
  core.memory.load(state.memory);
  core.cards.load(state.cards);
  core.edge.load(state.edge);
  core.loopback.load(state.loopback);
  core.neighbours.load(state.neighbours);
  core.tcpMemory.load(state.tcpMemory);
  core.udpMemory.load(state.udpMemory);
  core.udp.load(state.udp);
  core.fragments.load(state.fragments);
  core.socks.load(state.socks);
  const { readable, writable, connecting, acceptable } = core.queues;
  [readable, writable, connecting, acceptable].forEach((queue, i) => {
    queue.load(state.queues[i] ?? []);
  });
}
