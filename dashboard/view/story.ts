// A run told step by step: the thread's argument, then the instants that decided it. A film that is played is held at each,
// also that of a run which goes on meanwhile.

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
  readonly #live = h("p", { class: "muted", hidden: true }, [
    "This run goes on while its story is held. ▶ tells on from here; ● live leads to its present.",
  ]);
  readonly #stage = new Stage();
  readonly element: HTMLElement;
  #told: Told | null = null;
  #current: Element | null = null;

  constructor(deck: Deck) {
    this.#deck = deck;
    this.element = h("section", { class: "view story", "aria-label": "Story" }, [
      h("div", { class: "story-text" }, [
        this.#title,
        this.#argument,
        this.#live,
        this.#moments,
        this.#refs,
      ]),
      this.#stage.element,
    ]);
  }

  stopsNs(reel: Reel): readonly number[] {
    return this.#read(reel).moments.map(({ atNs }) => atNs);
  }

  update(look: Look): void {
    const { reel, atNs } = look;
    const { moments } = this.#read(reel);
    this.#live.hidden = !this.#deck.isLive || reel.end !== null;
    this.#point(moments.findLastIndex((moment) => moment.atNs <= atNs));
    this.#stage.update(look);
  }

  /** Its moments as far as they are known; told anew when there are others. */
  #read(reel: Reel): Told {
    const { frames, closure, end, noReturn } = reel;
    const key = [reel, frames.length, closure, end, noReturn] as const;
    const known = this.#told;
    if (known?.key.every((part, i) => part === key[i])) return known;
    const moments = momentsOf(reel);
    const text = moments
      .map(({ atNs, ...said }) => `${atNs} ${said.title} ${said.text}`)
      .join("\n");
    if (known === null || known.key[0] !== reel || known.text !== text) this.#tell(reel, moments);
    this.#told = { key, moments, text };
    return this.#told;
  }

  #tell({ title }: Reel, moments: readonly Moment[]): void {
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
      moments.map((moment) => this.#row(moment)),
    );
    this.#current = null;
  }

  /** Marks the moment that is told, and brings it into sight when it is another than before. */
  #point(index: number): void {
    const row = this.#moments.children[index]?.firstElementChild ?? null;
    if (row === this.#current) return;
    this.#current?.removeAttribute("aria-current");
    row?.setAttribute("aria-current", "step");
    row?.scrollIntoView({ block: "nearest" });
    this.#current = row;
  }

  #row(moment: Moment): HTMLElement {
    const pick = h("button", { type: "button" }, [
      h("span", { class: "instant" }, [clockText(moment.atNs)]),
      h("b", {}, [moment.title]),
      h("span", { class: "told" }, [moment.text]),
    ]);
    pick.addEventListener("click", () => {
      this.#deck.pause();
      this.#deck.seek(moment.atNs);
    });
    return h("li", {}, [pick]);
  }
}

interface Told {
  /** What it was read from. */
  readonly key: readonly unknown[];
  readonly moments: readonly Moment[];
  readonly text: string;
}
