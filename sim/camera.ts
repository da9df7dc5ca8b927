// Films a run: a frame every so often and at every turn, and the instant at which the knot closes. It looks and never
// touches: a filmed run has the digest of one that nobody watched.

import type { ResolvedScenario } from "#coordinator/scenario/index.ts";
import { explain, proofOf } from "#explain/index.ts";
import { exportsWanted, shotOf, storeOf, usefulProgressOf } from "#kernel/index.ts";
import { turnOf } from "./bands.ts";
import type { Closure, FilmEnd, FilmTitle, Frame } from "./film.ts";
import { MessageTap } from "./message-tap.ts";
import type { Run } from "./run.ts";

/** Ten frames a second of the run's own time; a wedge is watched for minutes in which nothing is to be seen. */
const FRAME_NS = 100_000_000;
const LATE_FRAME_NS = 5_000_000_000;
const LATE_AFTER_NS = 60_000_000_000;

/** Without useful progress for this long it is worth asking whether there can be any; then whenever it has lasted half as
 * long again, since a proof costs as much as half a second of a run. So a knot closes at most that much before it is told. */
const STILL_NS = 300_000_000;
const ASK_AGAIN_PERCENT = 150;

export class Camera {
  readonly #run: Run;
  readonly #taps: readonly MessageTap[];
  #nextNs = 0;
  #turn = "";
  #useful = 0;
  #usefulAtNs = 0;
  #closure: Closure | null = null;
  #askAfterNs = STILL_NS;
  #fresh: Frame[] = [];

  /** Of a run that has just begun. */
  constructor(run: Run) {
    this.#run = run;
    this.#taps = run.world.machines.map((machine) => new MessageTap(machine));
  }

  /** When the knot closed, as far as is known; progress opens it again. */
  get closure(): Closure | null {
    return this.#closure;
  }

  /** To be called after every step. */
  observe(): void {
    const { world, interpreter } = this.#run;
    const { nowNs } = world;
    this.#noteProgress(nowNs);
    const { phase, stage } = interpreter;
    const turn = turnOf({ phase, stage, faults: interpreter.openFaults() });
    if (nowNs < this.#nextNs && turn === this.#turn) return;
    this.#turn = turn;
    this.#nextNs = nowNs + (nowNs < LATE_AFTER_NS ? FRAME_NS : LATE_FRAME_NS);
    this.#noteClosure(nowNs);
    this.#fresh.push(this.#frame(nowNs));
  }

  /** Frames since it was last asked. */
  takeFrames(): readonly Frame[] {
    const frames = this.#fresh;
    this.#fresh = [];
    return frames;
  }

  /** Of a run that has been judged. */
  end(): FilmEnd {
    const { result, digest, events, simNs } = this.#run.outcome();
    const certificate = this.#run.certificate();
    return { atNs: simNs, digest, events, result, certificate: proofOf(certificate) };
  }

  /** May be called twice. */
  close(): void {
    for (const tap of this.#taps) tap.close();
  }

  #noteProgress(nowNs: number): void {
    const useful = this.#run.world.machines.reduce(
      (sum, machine) => sum + usefulProgressOf(machine),
      0,
    );
    if (useful === this.#useful) return;
    this.#useful = useful;
    this.#usefulAtNs = nowNs;
    this.#closure = null;
    this.#askAfterNs = STILL_NS;
  }

  #noteClosure(nowNs: number): void {
    const stillNs = nowNs - this.#usefulAtNs;
    if (this.#closure !== null || stillNs < this.#askAfterNs) return;
    this.#askAfterNs = Math.floor((stillNs * ASK_AGAIN_PERCENT) / 100);
    const certificate = proofOf(explain(this.#run.world.machines, { nowNs }));
    if (certificate !== null) this.#closure = { atNs: nowNs, certificate };
  }

  #frame(nowNs: number): Frame {
    const { world, interpreter } = this.#run;
    const told = this.#taps.map((tap) => tap.take());
    return {
      atNs: nowNs,
      phase: interpreter.phase,
      stage: interpreter.stage,
      faults: interpreter.openFaults(),
      useful: this.#useful,
      usefulAtNs: this.#usefulAtNs,
      machines: world.machines.map((machine) => shotOf(machine, nowNs)),
      messages: told.flatMap(({ messages }) => messages).sort((a, b) => a.atNs - b.atNs),
      messagesLeftOut: told.reduce((sum, { leftOut }) => sum + leftOut, 0),
    };
  }
}

/** What a run is called, who plays in it, and how long it is planned to be. */
export function titleOf(
  scenario: ResolvedScenario,
  told: Pick<FilmTitle, "seed" | "policy" | "settings">,
): FilmTitle {
  const { id, title, story, about, refs, variant, cluster, steps } = scenario;
  const planned = steps.map(({ trigger, action }) => {
    const fromNs = trigger.on === "time" ? trigger.atNs : 0;
    return fromNs + (action?.type === "fault" ? (action.forNs ?? 0) : 0);
  });
  return {
    ...{ scenario: id, title, story, about, refs, variant },
    ...told,
    cast: cluster.hosts.map((host) => ({
      name: host.name,
      role: host.role,
      policy: host.role === "machine" ? host.policy.name : null,
      era: host.role === "machine" ? host.policy.era : null,
      serves: storeOf(host) !== null,
      uses: host.role === "machine" ? exportsWanted(host).map(({ server }) => server) : [],
    })),
    links: cluster.links.map(({ from, to }) => ({ from, to })),
    plannedNs: Math.max(0, ...planned),
  };
}
