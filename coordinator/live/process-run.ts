// A cluster of processes on real TCP as the coordinator's engine drives it: SocketsRun behind the interface of a live run.

import type { RunResult } from "#coordinator/scenario/index.ts";
import { type Certificate, proofOf } from "#explain/index.ts";
import type { OpenFault } from "#faults/index.ts";
import type { Machine } from "#kernel/index.ts";
import type { Closure, FilmEnd, Frame } from "#sim/index.ts";
import type { JudgedSample } from "#wire/telemetry/sample.ts";
import { wholeText } from "#wire/telemetry/written-sample.ts";
import { SocketsRun, type SocketsRunOptions } from "../engine/index.ts";
import type { LiveRun } from "./live-run.ts";
import { SampleCamera } from "./sample-camera.ts";

export class ProcessRun implements LiveRun {
  readonly #run: SocketsRun;
  readonly #camera: SampleCamera;
  #closure: Closure | null = null;

  constructor(options: SocketsRunOptions) {
    this.#run = new SocketsRun(options);
    this.#camera = new SampleCamera(options.scenario.cluster.hosts);
  }

  get phase(): string | null {
    return this.#run.interpreter.phase;
  }

  get stage(): string {
    return this.#run.isBooting ? "booting" : this.#run.interpreter.stage;
  }

  get isJudged(): boolean {
    return this.#run.isJudged;
  }

  get broken(): string | null {
    return this.#run.broken;
  }

  get tooLate(): string | null {
    return this.#run.tooLate;
  }

  get nowNs(): number {
    return this.#run.nowNs;
  }

  get waitMs(): number {
    return this.#run.waitMs;
  }

  get certificate(): Certificate | null {
    return this.#run.certificate;
  }

  start(): Promise<void> {
    return this.#run.start();
  }

  async step(): Promise<void> {
    await this.#run.step();
    const { nowNs, interpreter, fleet, certificate } = this.#run;
    const { phase, stage } = interpreter;
    const faults = interpreter.openFaults();
    this.#camera.observe({ nowNs, phase, stage, faults, fleet });
    // The judge asks for a proof where it may end the run: here the knot closed at the latest.
    const proof = proofOf(certificate);
    this.#closure = proof === null ? null : (this.#closure ?? { atNs: nowNs, certificate: proof });
  }

  open(fault: OpenFault): Promise<number> {
    return this.#run.open(fault);
  }

  heal(id: string): Promise<number> {
    return this.#run.heal(id);
  }

  isOpen(id: string): boolean {
    return this.#run.interpreter.openFaults().some((fault) => fault.id === id);
  }

  samples(): readonly JudgedSample[] {
    return this.#run.fleet.samples;
  }

  texts(): readonly (readonly [host: string, text: string])[] {
    return this.#run.fleet.written.map(([host, written]) => [host, wholeText(written)] as const);
  }

  machines(): Promise<readonly Machine[]> {
    return this.#run.machines();
  }

  machine(host: string): Promise<Machine | null> {
    return this.#run.machine(host);
  }

  result(): RunResult {
    return this.#run.result();
  }

  takeFrames(): readonly Frame[] {
    return this.#camera.takeFrames();
  }

  get closure(): Closure | null {
    return this.#closure;
  }

  filmEnd(): FilmEnd {
    const certificate = proofOf(this.#run.certificate);
    const result = this.#run.result();
    // A run on real sockets has no digest. It ends with its last frame, so that whoever looks at that sees the verdict.
    return { atNs: this.#camera.lastNs, digest: "", events: 0, result, certificate };
  }

  close(): Promise<void> {
    return this.#run.close();
  }
}
