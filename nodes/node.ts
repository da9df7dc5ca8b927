// One process, one machine: what its controller orders becomes events of the machine, what it asks is read from it.
//
// The machine is the one that runs in virtual time, driven by the same pump; clock and wire are the host's. Orders come in
// the sequence of wire/control/command.ts, one at a time; what comes out of turn is answered with the reason and changes
// nothing.

import { serialize } from "node:v8";
import { type HostSpec, type Machine, sampleOf } from "#kernel/index.ts";
import { type Drive, drive } from "#ports/drive.ts";
import { machineOf } from "#ports/machine-of.ts";
import { tcpPortsOf, udpPortsOf } from "#ports/ports-of.ts";
import type { Answer, Command, Report } from "#wire/control/command.ts";
import { writtenSample } from "#wire/telemetry/written-sample.ts";
import { HostClock } from "./adapters/host-clock.ts";
import { HostWire } from "./adapters/host-wire.ts";

type Prepare = Extract<Command, { readonly type: "prepare" }>;

interface Life {
  readonly clock: HostClock;
  readonly drive: Drive;
}

export class Node {
  #machine: Machine | null = null;
  #wire: HostWire | null = null;
  #prepared: Prepare | null = null;
  #life: Life | null = null;
  readonly #say: (report: Report) => void;

  /** `say`: unasked, for as long as its machine runs. */
  constructor(say: (report: Report) => void) {
    this.#say = say;
  }

  async obey(command: Command): Promise<Answer> {
    switch (command.type) {
      case "prepare":
        return this.#prepare(command);
      case "connect":
        if (this.#wire === null) return failed("connect before prepare");
        await this.#wire.connect(command.addresses);
        return { type: "done" };
      case "go":
        return this.#go(command.sampleEveryNs);
      case "tell":
        if (this.#life === null) return failed("tell before go");
        for (const event of command.events) this.#life.drive.tell(event);
        return { type: "done" };
      case "save":
        return this.#save();
      case "stop":
        this.close();
        return { type: "done" };
    }
  }

  /** Time of its machine, in ns; 0 before it runs. */
  get nowNs(): number {
    return this.#machine?.nowNs ?? 0;
  }

  /** May be called twice. */
  close(): void {
    this.#life?.clock.close();
    this.#wire?.close();
    this.#life = null;
    this.#wire = null;
    this.#machine = null;
  }

  async #prepare(order: Prepare): Promise<Answer> {
    this.close();
    const { cluster, seed } = order;
    const host = cluster.hosts.find(({ name }) => name === order.host);
    if (host === undefined) return failed(`no host ${order.host} in the cluster`);
    this.#prepared = order;
    this.#machine = machineOf({ host, cluster, seed, foreign: new Set(order.foreign) });
    this.#wire = wireOf(host, order);
    return { type: "prepared", address: await this.#wire.open() };
  }

  #go(sampleEveryNs: number): Answer {
    const [machine, wire, order] = [this.#machine, this.#wire, this.#prepared];
    if (machine === null || wire === null || order === null) return failed("go before prepare");
    if (this.#life !== null) return failed("it goes already");
    const clock = new HostClock({
      slowdown: order.slowdown,
      budgetNs: order.lateBudgetNs,
      beatNs: sampleEveryNs,
      onBeat: () => this.#sayHowItIs(machine),
    });
    this.#life = { clock, drive: drive(machine, { clock, wire }) };
    return { type: "done" };
  }

  #sayHowItIs(machine: Machine): void {
    if (this.#life === null) return;
    const { clock, drive } = this.#life;
    drive.catchUp();
    const said = { atNs: clock.nowNs(), lateness: clock.lateness };
    this.#say({ type: "sample", sample: writtenSample(sampleOf(machine), said) });
  }

  #save(): Answer {
    if (this.#machine === null || this.#life === null) return failed("save before go");
    this.#life.drive.catchUp();
    return { type: "state", atNs: this.#machine.nowNs, bytes: serialize(this.#machine.save()) };
  }
}

const failed = (message: string): Answer => ({ type: "failed", message });

const wireOf = (host: HostSpec, { address, ports }: Prepare): HostWire =>
  new HostWire({
    self: host.name,
    address,
    tcpPorts: tcpPortsOf(host),
    udpPorts: udpPortsOf(host),
    ports,
  });
