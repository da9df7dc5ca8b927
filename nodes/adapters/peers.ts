// Who is who on the real network: the address book of a run, asked from both sides.

import type { HostAddress } from "#wire/control/command.ts";

export class Peers {
  readonly #self: string;
  #addresses: readonly HostAddress[] = [];

  constructor(self: string) {
    this.#self = self;
  }

  know(addresses: readonly HostAddress[]): void {
    this.#addresses = addresses.filter(({ host }) => host !== this.#self);
  }

  /** In the order of the book, which is the same for everybody. */
  get all(): readonly HostAddress[] {
    return this.#addresses;
  }

  of(host: string): HostAddress | null {
    return this.#addresses.find((each) => each.host === host) ?? null;
  }

  /** Whose call this is. Emulated hosts call from their own address; anybody else plays the foreign one there is. */
  caller(remoteAddress: string | undefined): HostAddress | null {
    const address = (remoteAddress ?? "").replace(/^::ffff:/, "");
    const known = this.#addresses.find((each) => each.address === address);
    return known ?? this.#addresses.find(({ isForeign }) => isForeign) ?? null;
  }
}

/** Real port of an emulated one; null: there is none. */
export const realPort = (
  ports: readonly (readonly [emulated: number, real: number])[],
  emulated: number,
): number | null => ports.find(([port]) => port === emulated)?.[1] ?? null;

/** Emulated port of a real one; the real one itself where it stands for none. */
export const emulatedPort = (
  ports: readonly (readonly [emulated: number, real: number])[],
  real: number,
): number => ports.find(([, port]) => port === real)?.[0] ?? real;
