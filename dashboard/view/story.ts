// A run told step by step: the thread's argument, then the instants that decided it. Each stops the film where it happens.

import { clockText } from "../model/figures.ts";
import { type Moment, momentsOf } from "../model/moments.ts";
import type { Reel } from "../model/reel.ts";
import { Stage } from "./cluster.ts";
import { h, replaceChildren, setText } from "./dom.ts";
import type { Deck, Look, View } from "./view.ts";

export class StoryView implements View {
  readonly id = "story";
  readonly name = "Story";
  readonly #deck: Deck;
  readonly #title = h("h2");
  readonly #argument = h("div", { class: "argument" });
  readonly #refs = h("ul", { class: "refs" });
  readonly #moments = h("ol", { class: "moments" });
  readonly #stage = new Stage();
  readonly element: HTMLElement;
  #key = "";
  #current: string | null = null;

  constructor(deck: Deck) {
    this.#deck = deck;
    this.element = h("section", { class: "view story", "aria-label": "Story" }, [
      h("div", { class: "story-text" }, [this.#title, this.#argument, this.#moments, this.#refs]),
      this.#stage.element,
    ]);
  }

  update(look: Look): void {
    const { reel, atNs } = look;
    const moments = momentsOf(reel);
    const current = moments.findLast((moment) => moment.atNs <= atNs) ?? null;
    const key = `${this.#deck.reels.indexOf(reel)} ${moments.map((moment) => moment.atNs).join(" ")} ${current?.title}`;
    if (key !== this.#key) this.#tell(reel, moments, current);
    this.#key = key;
    // Stops where something was decided; who plays on goes to the next.
    if (this.#current !== null && current !== null && current.title !== this.#current)
      this.#deck.pause();
    this.#current = current?.title ?? null;
    this.#stage.update(look);
  }

  #tell({ title }: Reel, moments: readonly Moment[], current: Moment | null): void {
    setText(this.#title, title.title);
    const paragraphs = title.story.split(/\n\s*\n/).map((text) => h("p", {}, [text.trim()]));
    const about = h("p", { class: "about" }, [`${title.variant ?? ""}: ${title.about}`]);
    replaceChildren(this.#argument, [...paragraphs, about]);
    replaceChildren(
      this.#refs,
      title.refs.map((ref) => h("li", {}, [ref])),
    );
    replaceChildren(
      this.#moments,
      moments.map((moment) => this.#row(moment, moment === current)),
    );
  }

  #row(moment: Moment, isCurrent: boolean): HTMLElement {
    const pick = h("button", { type: "button" }, [
      h("span", { class: "instant" }, [clockText(moment.atNs)]),
      h("b", {}, [moment.title]),
      h("span", { class: "told" }, [moment.text]),
    ]);
    if (isCurrent) pick.setAttribute("aria-current", "step");
    pick.addEventListener("click", () => {
      this.#deck.pause();
      this.#deck.seek(moment.atNs);
    });
    return h("li", {}, [pick]);
  }
}
