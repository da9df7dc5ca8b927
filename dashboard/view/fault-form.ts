// Which fault, and on what: the part that is the same whether it strikes a run of this page or a cluster.

import { faults, isFaultName } from "#faults/index.ts";
import type { Reel } from "../model/reel.ts";
import { h, labelled, replaceChildren, setText } from "./dom.ts";

export class FaultForm {
  readonly #fault = h("select");
  readonly #target = h("select");
  readonly #about = h("p", { class: "muted" });
  readonly choice = [labelled("what", this.#fault), labelled("on", this.#target)];
  readonly about = this.#about;
  #reel: Reel | null = null;

  constructor() {
    this.#fault.addEventListener("change", () => this.#targets());
  }

  get name(): string {
    return this.#fault.value;
  }

  get target(): string {
    return this.#target.value;
  }

  /** What it must be told, with a value that shows something. */
  get args(): readonly (readonly [name: string, value: string])[] {
    const { name } = this;
    const args = isFaultName(name) ? Object.entries(faults[name].args) : [];
    return args.flatMap(([arg, spec]) =>
      spec.default === null ? [[arg, TYPICAL[spec.dimension]] as const] : [],
    );
  }

  /** To strike the machines of another film. */
  offer(reel: Reel): void {
    if (reel === this.#reel) return;
    this.#reel = reel;
    if (this.#fault.options.length === 0) {
      const names = Object.keys(faults).map((name) => h("option", { value: name }, [name]));
      replaceChildren(this.#fault, names);
      this.#fault.value = "swap.stall";
    }
    this.#targets();
  }

  #targets(): void {
    const { name } = this;
    const { title } = this.#reel ?? {};
    if (!isFaultName(name) || title === undefined) return;
    setText(this.#about, faults[name].summary);
    const hosts = title.cast.map((member) => member.name);
    const targets = {
      "swap-server": title.cast.filter(({ serves }) => serves).map((member) => member.name),
      host: hosts,
      link: title.links.map(({ from, to }) => `${from}->${to}`),
      load: ["flood"],
      traffic: ["flood"],
      // One node against all others.
      group: hosts,
    }[faults[name].target];
    replaceChildren(
      this.#target,
      targets.map((target) => h("option", { value: target }, [target])),
    );
  }
}

/** Where a fault must be told how much. */
const TYPICAL = {
  duration: "200 ms",
  size: "8 MiB",
  ratio: "10 %",
  bandwidth: "10 Mbit/s",
  rate: "100/s",
} as const;
