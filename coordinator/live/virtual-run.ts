// A cluster in virtual time that keeps step with this host's clock, so that it can be watched and meddled with while it goes on.
//
// Between two rests it simulates at most a slice: an API that answers is worth more than a run that is never late.

import type { ResolvedScenario, RunResult } from "#coordinator/scenario/index.ts";
import type { Certificate } from "#explain/index.ts";
import type { OpenFault } from "#faults/index.ts";
import { type Machine, sampleOf } from "#kernel/index.ts";
import { Camera, type Closure, type FilmEnd, type Frame, Run } from "#sim/index.ts";
import type { MachineSample } from "#wire/telemetry/sample.ts";
import type { LiveRun } from "./live-run.ts";

/** Machine time of one step, in ns: 20 looks a second, as a cluster of processes is looked at. */
const SLICE_NS = 50_000_000;

export class VirtualRun implements LiveRun {
  readonly broken = null;
  readonly tooLate = null;
  readonly #run: Run;
  readonly #camera: Camera;
  readonly #hostMs: () => number;
  #startMs = 0;
  #nextNs = 0;

  constructor(
    of: { readonly scenario: ResolvedScenario; readonly seed: number },
    hostMs: () => number = () => performance.now(),
  ) {
    this.#run = new Run(of);
    this.#camera = new Camera(this.#run);
    this.#hostMs = hostMs;
  }

  get phase(): string | null {
    return this.#run.interpreter.phase;
  }

  get stage(): string {
    return this.#run.interpreter.stage;
  }

  get isJudged(): boolean {
    return this.#run.isJudged;
  }

  get nowNs(): number {
    return this.#run.world.nowNs;
  }

  get waitMs(): number {
    return Math.max(0, this.#startMs + this.#nextNs / 1e6 - this.#hostMs());
  }

  get certificate(): Certificate | null {
    return this.#run.certificate();
  }

  start(): Promise<void> {
    this.#startMs = this.#hostMs();
    return Promise.resolve();
  }

  step(): Promise<void> {
    this.#nextNs += SLICE_NS;
    this.#run.runTo(this.#nextNs);
    this.#camera.observe();
    return Promise.resolve();
  }

  open(fault: OpenFault): Promise<number> {
    this.#run.open(fault);
    return Promise.resolve(this.nowNs);
  }

  heal(id: string): Promise<number> {
    this.#run.heal(id);
    return Promise.resolve(this.nowNs);
  }

  isOpen(id: string): boolean {
    return this.#run.interpreter.openFaults().some((fault) => fault.id === id);
  }

  samples(): readonly MachineSample[] {
    return this.#run.world.machines.map(sampleOf);
  }

  texts(): readonly (readonly [host: string, text: string])[] {
    return this.samples().map((sample) => [sample.host, JSON.stringify(sample)] as const);
  }

  machines(): Promise<readonly Machine[]> {
    return Promise.resolve(this.#run.world.machines);
  }

  machine(host: string): Promise<Machine | null> {
    return Promise.resolve(this.#run.world.machines.find(({ spec }) => spec.name === host) ?? null);
  }

  result(): RunResult {
    return this.#run.interpreter.result();
  }

  takeFrames(): readonly Frame[] {
    return this.#camera.takeFrames();
  }

  get closure(): Closure | null {
    return this.#camera.closure;
  }

  filmEnd(): FilmEnd {
    return this.#camera.end();
  }

  close(): Promise<void> {
    this.#camera.close();
    return Promise.resolve();
  }
}
