// The film of a run of which only samples are seen: a frame for each look at the nodes.
//
// Not shown: when a packet travelled and what it carried. A sample counts them by link, so as many as a line can show are put
// at the instant of the frame; between a machine and its swap server all of them count as swap's.

import type { CastMember, Frame, Message, OpenedFault } from "#sim/index.ts";
import type { MachineShot } from "#wire/telemetry/shot.ts";
import type { WrittenSample } from "#wire/telemetry/written-sample.ts";

/** Frames are not closer, in ns of the machines: as sim/camera.ts. */
const FRAME_NS = 100_000_000;
/** Of one direction of a link, between two frames. */
const SHOWN_MAX = 7;

export interface Looked {
  readonly nowNs: number;
  readonly phase: string | null;
  readonly stage: string;
  readonly faults: readonly OpenedFault[];
  /** Read where there is a frame to be made of it. */
  readonly fleet: {
    readonly written: readonly (readonly [host: string, written: WrittenSample])[];
    shot(host: string): MachineShot | null;
  };
}

export class SampleCamera {
  readonly #cast: readonly Pick<CastMember, "name">[];
  #nextNs = 0;
  #lastNs = 0;
  #useful = 0;
  #usefulAtNs = 0;
  /** Frames carried and lost so far, by `FROM TO`. */
  readonly #counted = new Map<string, readonly [carried: number, lost: number]>();
  #fresh: Frame[] = [];

  constructor(cast: readonly Pick<CastMember, "name">[]) {
    this.#cast = cast;
  }

  /** To be called after every look. Nothing is shown before every machine has said something. */
  observe({ nowNs, phase, stage, faults, fleet }: Looked): void {
    const useful = fleet.written.reduce((sum, [, { usefulProgress }]) => sum + usefulProgress, 0);
    if (useful !== this.#useful) this.#usefulAtNs = nowNs;
    this.#useful = useful;
    if (nowNs < this.#nextNs) return;
    const shown = new Map<string, MachineShot>();
    for (const { name } of this.#cast) {
      const shot = fleet.shot(name);
      if (shot === null) return;
      shown.set(name, shot);
    }
    this.#nextNs = nowNs + FRAME_NS;
    this.#lastNs = nowNs;
    const { messages, leftOut } = this.#travelled(shown, serversOf(fleet.written), nowNs);
    this.#fresh.push({
      ...{ atNs: nowNs, phase, stage, faults, useful, messages, messagesLeftOut: leftOut },
      usefulAtNs: this.#usefulAtNs,
      machines: [...shown.values()],
    });
  }

  /** Of the latest frame. */
  get lastNs(): number {
    return this.#lastNs;
  }

  /** Since it was last asked. */
  takeFrames(): readonly Frame[] {
    const frames = this.#fresh;
    this.#fresh = [];
    return frames;
  }

  #travelled(
    shots: ReadonlyMap<string, MachineShot>,
    servers: ReadonlyMap<string, string | null>,
    atNs: number,
  ): { readonly messages: readonly Message[]; readonly leftOut: number } {
    const messages: Message[] = [];
    let leftOut = 0;
    for (const [host, { lines }] of shots)
      for (const { from: peer, carried, lost } of lines) {
        const key = `${peer} ${host}`;
        const [carriedBefore, lostBefore] = this.#counted.get(key) ?? [0, 0];
        this.#counted.set(key, [carried, lost]);
        const isCritical = servers.get(host) === peer || servers.get(peer) === host;
        const message = { atNs, from: peer, to: host, isCritical };
        const sent = Math.min(SHOWN_MAX, Math.max(0, carried - carriedBefore));
        const missed = Math.min(SHOWN_MAX, Math.max(0, lost - lostBefore));
        leftOut += carried - carriedBefore - sent + (lost - lostBefore - missed);
        for (let i = 0; i < sent; i++) messages.push({ ...message, what: "sent", reason: null });
        for (let i = 0; i < missed; i++)
          messages.push({ ...message, what: "missed", reason: "lost on the way" });
      }
    return { messages, leftOut: Math.max(0, leftOut) };
  }
}

const serversOf = (written: Looked["fleet"]["written"]): ReadonlyMap<string, string | null> =>
  new Map(written.map(([host, { server }]) => [host, server]));
