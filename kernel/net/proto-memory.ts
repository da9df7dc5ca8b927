// The global limit on socket memory of one protocol (tcp_mem, udp_mem), and each socket's account with it.
//
// Sockets take whole pages in advance and spend bytes of truesize from them. Between the first and second mark nothing
// happens, above the second the protocol is "under pressure", above the third nobody gets more. This limit is what keeps
// an unread flood from the allocator's floor, and also what can refuse the one reply that would end it.
// Linux: __sk_mem_raise_allocated() and its kin, net/core/sock.c.
//
// Not modelled: memory cgroups; sk_reserved_mem; before 6.x unspent pages stay longer with their socket.

import { PAGE_BYTES, pagesOf } from "#base/units.ts";
import type { Current } from "../sched/current.ts";

/** What the account needs of a socket. */
export interface Account {
  rmemAllocBytes: number;
  wmemQueuedBytes: number;
  sndbufBytes: number;
  forwardAllocBytes: number;
}

export interface ProtoMemorySpec {
  /** low, pressure, high. */
  readonly limitPages: readonly [number, number, number];
  /** Below this a socket is served even under pressure: tcp_rmem[0], tcp_wmem[0], udp_rmem_min. */
  readonly minBytes: number;
  /** UDP has no pressure state. */
  readonly hasPressure: boolean;
  /** Pages a CPU counts on its own; 0 is none. */
  readonly perCpuReservePages: number;
}

export class ProtoMemory {
  readonly limitPages: readonly [number, number, number];
  /** As /proc/net/sockstat would print it: without what the CPUs have not told yet. */
  allocatedPages = 0;
  isUnderPressure = false;
  /** Times pressure began: TCPMemoryPressures. */
  pressures = 0;
  sockets = 0;
  readonly #spec: ProtoMemorySpec;
  readonly #current: Current;
  readonly #perCpu: number[] = [];

  constructor(spec: ProtoMemorySpec, current: Current) {
    this.limitPages = spec.limitPages;
    this.#spec = spec;
    this.#current = current;
  }

  /** All pages that sockets have been given. */
  get chargedPages(): number {
    return this.#perCpu.reduce((sum, pages) => sum + pages, this.allocatedPages);
  }

  /** Whether received data of `bytes` may be charged to the socket's account; pages are taken for it if need be. */
  scheduleReceive(sock: Account, bytes: number): boolean {
    const deltaBytes = bytes - sock.forwardAllocBytes;
    if (deltaBytes <= 0) return true;
    const pages = pagesOf(deltaBytes);
    this.#add(pages);
    if (!this.#mayRaise() && !this.#mayReceive(sock, pages)) {
      this.#add(-pages);
      return false;
    }
    sock.forwardAllocBytes += pages * PAGE_BYTES;
    return true;
  }

  /** The same for data to be sent; a socket over its own limit is served, for it cannot be made to wait here. */
  scheduleSend(sock: Account, bytes: number): boolean {
    const deltaBytes = bytes - sock.forwardAllocBytes;
    if (deltaBytes <= 0) return true;
    const pages = pagesOf(deltaBytes);
    this.#add(pages);
    if (!this.#mayRaise() && !this.#maySend(sock, pages)) {
      moderateSndbuf(sock);
      if (sock.wmemQueuedBytes + deltaBytes < sock.sndbufBytes) {
        this.#add(-pages);
        return false;
      }
    }
    sock.forwardAllocBytes += pages * PAGE_BYTES;
    return true;
  }

  /** Charge whatever the limits say. Linux: sk_forced_mem_schedule(). */
  force(sock: Account, bytes: number): void {
    const deltaBytes = bytes - sock.forwardAllocBytes;
    if (deltaBytes <= 0) return;
    const pages = pagesOf(deltaBytes);
    sock.forwardAllocBytes += pages * PAGE_BYTES;
    this.#add(pages);
  }

  /** `bytes` of the account are free again; whole pages go back. Linux: sk_mem_uncharge(). */
  uncharge(sock: Account, bytes: number): void {
    sock.forwardAllocBytes += bytes;
    this.reclaim(sock);
  }

  /** Give the account's whole pages back. */
  reclaim(sock: Account): void {
    const pages = Math.floor(sock.forwardAllocBytes / PAGE_BYTES);
    if (pages < 1) return;
    sock.forwardAllocBytes -= pages * PAGE_BYTES;
    this.#add(-pages);
    if (this.isUnderPressure && this.allocatedPages < this.limitPages[0])
      this.isUnderPressure = false;
  }

  enterPressure(): void {
    if (this.isUnderPressure || !this.#spec.hasPressure) return;
    this.isUnderPressure = true;
    this.pressures++;
  }

  #add(pages: number): void {
    const { perCpuReservePages } = this.#spec;
    if (perCpuReservePages === 0) {
      this.allocatedPages += pages;
      return;
    }
    const { cpu } = this.#current;
    const local = (this.#perCpu[cpu] ?? 0) + pages;
    const isOver = local >= perCpuReservePages || local <= -perCpuReservePages;
    if (isOver) this.allocatedPages += local;
    this.#perCpu[cpu] = isOver ? 0 : local;
  }

  /** The part that both directions share: fine below the first mark, and pressure above the second. */
  #mayRaise(): boolean {
    const [lowPages, pressurePages] = this.limitPages;
    if (this.allocatedPages <= lowPages) {
      this.isUnderPressure = false;
      return true;
    }
    if (this.allocatedPages > pressurePages) this.enterPressure();
    return false;
  }

  #mayReceive(sock: Account, pages: number): boolean {
    if (this.allocatedPages > this.limitPages[2]) return false;
    return sock.rmemAllocBytes < this.#spec.minBytes || this.#hasFairShare(sock, pages);
  }

  #maySend(sock: Account, pages: number): boolean {
    if (this.allocatedPages > this.limitPages[2]) return false;
    return sock.wmemQueuedBytes < this.#spec.minBytes || this.#hasFairShare(sock, pages);
  }

  /** Under pressure a socket gets on while it holds less than an equal share of the third mark. */
  #hasFairShare(sock: Account, pages: number): boolean {
    if (!this.#spec.hasPressure) return false;
    if (!this.isUnderPressure) return true;
    const heldBytes = sock.wmemQueuedBytes + sock.rmemAllocBytes + sock.forwardAllocBytes;
    return this.limitPages[2] > this.sockets * (pagesOf(heldBytes) + pages);
  }

  save(): ProtoMemoryState {
    return {
      allocatedPages: this.allocatedPages,
      isUnderPressure: this.isUnderPressure,
      pressures: this.pressures,
      sockets: this.sockets,
      perCpu: [...this.#perCpu],
    };
  }

  load(state: ProtoMemoryState): void {
    this.allocatedPages = state.allocatedPages;
    this.isUnderPressure = state.isUnderPressure;
    this.pressures = state.pressures;
    this.sockets = state.sockets;
    this.#perCpu.splice(0, this.#perCpu.length, ...state.perCpu);
  }
}

/** SOCK_MIN_SNDBUF: two skbs of 2 KiB, include/net/sock.h. */
export const SNDBUF_MIN_BYTES = 2 * (2048 + 256);

/** Memory is short: a socket may hold no more than half of what it has queued. Linux: sk_stream_moderate_sndbuf(). */
export function moderateSndbuf(sock: Account): void {
  const halfBytes = Math.max(sock.wmemQueuedBytes >> 1, SNDBUF_MIN_BYTES);
  sock.sndbufBytes = Math.min(sock.sndbufBytes, halfBytes);
}

export interface ProtoMemoryState {
  readonly allocatedPages: number;
  readonly isUnderPressure: boolean;
  readonly pressures: number;
  readonly sockets: number;
  readonly perCpu: readonly number[];
}
