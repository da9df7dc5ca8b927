// What has been run while the page was open: open one again, or hold two side by side at the same instant.

import { clockText, countText } from "../model/figures.ts";
import type { Reel } from "../model/reel.ts";
import { verdictText } from "../model/verdict.ts";
import { h, panel, replaceChildren, scrolled, tableOf } from "./dom.ts";
import { SideBySide } from "./side-by-side.ts";
import type { Deck, Look, View } from "./view.ts";

const HEAD = "verdict|scenario|variant|policy|seed|changes|at|events|digest|shown".split("|");

export class RunsView implements View {
  readonly id = "runs";
  readonly name = "Runs";
  readonly #deck: Deck;
  readonly #rows = h("tbody");
  readonly #beside: SideBySide;
  readonly element: HTMLElement;
  #key = "";

  constructor(deck: Deck) {
    this.#deck = deck;
    this.#beside = new SideBySide(deck);
    this.element = h("section", { class: "view runs", "aria-label": "Runs" }, [
      panel("Runs of this page", scrolled("list of runs", tableOf(HEAD, this.#rows))),
      this.#beside.element,
    ]);
  }

  update({ atNs, reel }: Look): void {
    const { reels } = this.#deck;
    const key = reels.map(({ end }) => end?.digest ?? "…").join(" ") + reels.indexOf(reel);
    if (key !== this.#key) this.#list(reels, reel);
    this.#key = key;
    this.#beside.update(reels, atNs);
  }

  #list(reels: readonly Reel[], current: Reel): void {
    replaceChildren(
      this.#rows,
      reels.map((reel) => this.#row(reel, reel === current)),
    );
    this.#beside.offer(reels);
  }

  #row(reel: Reel, isCurrent: boolean): HTMLElement {
    const { title, end } = reel;
    const watch = h("button", { type: "button" }, [isCurrent ? "shown" : "show"]);
    watch.addEventListener("click", () => this.#deck.watch(reel));
    const policy = title.cast[reel.heroIndex]?.policy ?? "—";
    const changes = [
      ...(title.policy === null ? [] : [`--policy ${title.policy}`]),
      ...title.settings,
    ];
    const cells = [
      end === null ? "▸ running" : verdictText(end.result.verdict, end.result.certainty),
      title.scenario,
      title.variant ?? "—",
      policy,
      String(title.seed),
      changes.length === 0 ? "—" : changes.join(" "),
      end === null ? "" : clockText(end.atNs),
      end === null ? "" : countText(end.events),
      end?.digest ?? "",
    ];
    return h("tr", isCurrent ? { "aria-current": "true" } : {}, [
      ...cells.map((text) => h("td", {}, [text])),
      h("td", {}, [watch]),
    ]);
  }
}
