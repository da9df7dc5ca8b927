// A machine's surroundings on a host: real TCP and UDP under one Wire.

import type { Effect, MachineEvent } from "#kernel/index.ts";
import type { Wire } from "#ports/wire.ts";
import type { HostAddress } from "#wire/control/command.ts";
import { Peers, realPort } from "./peers.ts";
import { TcpWire } from "./tcp-wire.ts";
import { UdpWire } from "./udp-wire.ts";

export interface HostWireSpec {
  readonly self: string;
  readonly address: string;
  readonly tcpPorts: readonly number[];
  readonly udpPorts: readonly number[];
  /** Real ports that were asked for. */
  readonly ports: readonly (readonly [emulated: number, real: number])[];
}

export class HostWire implements Wire {
  readonly #spec: HostWireSpec;
  readonly #peers: Peers;
  readonly #tcp: TcpWire;
  readonly #udp: UdpWire;
  #listener: ((event: MachineEvent) => void) | null = null;
  /** What came before the machine booted: peers that are a message ahead call already. Nothing is granted before. */
  #early: MachineEvent[] = [];
  #isClosed = false;

  constructor(spec: HostWireSpec) {
    this.#spec = spec;
    this.#peers = new Peers(spec.self);
    const emit = (event: MachineEvent): void => this.#hear(event);
    const parts = { self: spec.self, address: spec.address, peers: this.#peers, emit };
    this.#tcp = new TcpWire(parts);
    this.#udp = new UdpWire(parts);
  }

  /** Opens every port; gives where they are. */
  async open(): Promise<HostAddress> {
    const { self, address, tcpPorts, udpPorts, ports } = this.#spec;
    const tcp: [number, number][] = [];
    const udp: [number, number][] = [];
    for (const port of tcpPorts)
      tcp.push([port, await this.#tcp.listen(port, realPort(ports, port) ?? 0)]);
    for (const port of udpPorts)
      udp.push([port, await this.#udp.listen(port, realPort(ports, port) ?? 0)]);
    const signalPort = await this.#tcp.listenForSignals();
    return { host: self, address, isForeign: false, tcp, udp, signalPort };
  }

  async connect(addresses: readonly HostAddress[]): Promise<void> {
    this.#peers.know(addresses);
    await this.#tcp.connectSignals();
  }

  perform(effect: Effect): void {
    switch (effect.type) {
      case "connect":
        this.#tcp.connect(effect);
        return;
      case "send":
        this.#tcp.send(effect);
        return;
      case "grant":
        this.#tcp.grant(effect);
        return;
      case "close":
        this.#tcp.finish(effect);
        return;
      case "datagram":
        this.#udp.send(effect);
        return;
    }
  }

  onEvent(listener: (event: MachineEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#early.splice(0)) listener(event);
  }

  /** May be called twice. */
  close(): void {
    this.#listener = null;
    this.#isClosed = true;
    this.#tcp.close();
    this.#udp.close();
  }

  #hear(event: MachineEvent): void {
    if (this.#listener !== null) this.#listener(event);
    else if (!this.#isClosed) this.#early.push(event);
  }
}
