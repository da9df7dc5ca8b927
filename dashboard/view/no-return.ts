// Looks for the last instant at which healing would have rescued a run that is lost, and leads there.

import { healedAfter } from "#sim/index.ts";
import { noReturnNs, noReturnText } from "../model/no-return.ts";
import type { Reel, SoughtNoReturn } from "../model/reel.ts";
import { withSetting } from "../model/session.ts";
import { h, replaceChildren, setText } from "./dom.ts";
import type { Deck } from "./view.ts";

export class NoReturnLine {
  readonly #deck: Deck;
  readonly #fault = h("select", { "aria-label": "fault that heals sooner" });
  readonly #seek = h("button", { type: "button" }, ["find the point of no return"]);
  readonly #cancel = h("button", { type: "button" }, ["stop looking"]);
  readonly #rewind = h("button", { type: "button" }, ["rewind to it"]);
  readonly #rescue = h("button", { type: "button" }, ["run it, healed by then"]);
  readonly #said = h("span", { role: "status" });
  readonly element: HTMLElement;
  #reel: Reel | null = null;

  constructor(deck: Deck) {
    this.#deck = deck;
    this.element = h("p", { class: "command no-return" }, [
      this.#fault,
      this.#seek,
      this.#said,
      this.#cancel,
      this.#rewind,
      this.#rescue,
    ]);
    this.#seek.addEventListener("click", () => this.#begin());
    this.#cancel.addEventListener("click", () => deck.stopSeeking());
    this.#rewind.addEventListener("click", () => this.#goThere());
    this.#rescue.addEventListener("click", () => this.#runRescued());
  }

  update(reel: Reel): void {
    const { healable, closure, noReturn } = reel;
    if (reel !== this.#reel) this.#offer(reel);
    const isLost = closure !== null && healable.length > 0;
    this.element.hidden = !isLost && noReturn === null;
    this.#fault.hidden = noReturn !== null || healable.length < 2;
    this.#seek.hidden = noReturn !== null;
    this.#cancel.hidden = noReturn === null || noReturn.found !== null;
    this.#rewind.hidden = noReturnNs(noReturn) === null;
    // In a report there is nothing that could run it.
    this.#rescue.hidden = noReturnNs(noReturn) === null || this.#deck.session === null;
    setText(this.#said, saidOf(noReturn));
  }

  #offer(reel: Reel): void {
    this.#reel = reel;
    replaceChildren(
      this.#fault,
      reel.healable.map(({ id }) => h("option", { value: id }, [id])),
    );
  }

  #begin(): void {
    const reel = this.#reel;
    const fault = reel?.healable.find(({ id }) => id === this.#fault.value);
    if (reel !== null && fault !== undefined) this.#deck.seekNoReturn(reel, fault);
  }

  /** To where the machines are to be seen. */
  #goThere(): void {
    const atNs = noReturnNs(this.#reel?.noReturn ?? null);
    if (atNs === null) return;
    this.#deck.pause();
    this.#deck.seek(atNs);
    this.#deck.open("cluster");
  }

  #runRescued(): void {
    const { title, noReturn } = this.#reel ?? {};
    const last = noReturn?.found?.last;
    if (title === undefined || noReturn == null || last == null) return;
    const { scenario, variant, seed, policy, settings } = title;
    const session = { scenario, variant, seed, policy, settings };
    this.#deck.run(withSetting(session, healedAfter(noReturn.fault, last.afterNs)));
  }
}

const saidOf = (noReturn: SoughtNoReturn | null): string =>
  noReturn === null
    ? "The last instant at which healing still rescues this run: it is healed sooner and sooner, on forks of it."
    : noReturnText(noReturn);
