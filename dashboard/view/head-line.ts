// The top of the page: what is being shown, how it stands, and the way to the other views.

import type { Frame } from "#sim/index.ts";
import { timeText } from "../model/figures.ts";
import type { Reel } from "../model/reel.ts";
import { standingAt, verdictAt } from "../model/verdict.ts";
import { h, replaceChildren, setAttribute, setText } from "./dom.ts";
import type { Deck, Look, View } from "./view.ts";

export class HeadLine {
  readonly element: HTMLElement;
  readonly #deck: Deck;
  readonly #tabs: ReadonlyMap<string, HTMLElement>;
  readonly #scenario = h("select", { "aria-label": "scenario" });
  readonly #variant = h("select", { "aria-label": "variant" });
  readonly #what = h("span", { class: "what-run" });
  readonly #pill = h("strong", { class: "pill" });
  readonly #age = h("span", {
    class: "age",
    title:
      "Since the last useful progress: a request answered, a page brought in from swap, a task finished.",
  });
  readonly #phase = h("span", { class: "phase", title: "Phase of the scenario's timeline." });
  readonly #about = h("span", { class: "muted about-run" });
  readonly #live = h("p", { class: "unseen", role: "status" });
  #said = "";

  constructor(deck: Deck, views: readonly View[]) {
    this.#deck = deck;
    this.#tabs = new Map(
      views.map(({ id, name }) => [id, h("button", { type: "button" }, [name])]),
    );
    for (const [id, tab] of this.#tabs) tab.addEventListener("click", () => deck.open(id));
    this.#scenario.addEventListener("change", () => this.#choose(null));
    this.#variant.addEventListener("change", () => this.#choose(this.#variant.value));
    const theme = h("button", { type: "button", class: "quiet", title: "Dark or light" }, ["◐"]);
    theme.setAttribute("aria-label", "dark or light");
    theme.addEventListener("click", turnTheme);
    this.element = h("header", { class: "head" }, [
      h("h1", {}, ["Unwedge"]),
      h("div", { class: "choice" }, [this.#scenario, this.#variant, this.#what]),
      h("nav", { "aria-label": "views" }, [...this.#tabs.values()]),
      theme,
      h("div", { class: "standing" }, [this.#pill, this.#age, this.#phase, this.#about]),
      this.#live,
    ]);
  }

  update(look: Look, view: View): void {
    const { reel, frame } = look;
    const { tone, sign, word, definition } = standingAt(reel, frame);
    setAttribute(this.#pill, "class", `pill ${tone}`);
    setAttribute(this.#pill, "title", definition);
    setText(this.#pill, `${sign} ${word}`);
    const stillNs = Math.max(0, look.atNs - frame.usefulAtNs);
    setText(this.#age, stillNs < 5e7 ? "progress now" : `no progress for ${timeText(stillNs)}`);
    setText(this.#phase, phaseText(reel, frame));
    for (const [id, tab] of this.#tabs) {
      if (id === view.id) setAttribute(tab, "aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    setText(this.#about, reel.title.about);
    setAttribute(this.#about, "title", reel.title.about);
    // In a report there is nothing to be done to a run.
    const controls = this.#tabs.get("controls");
    if (controls !== undefined) controls.hidden = this.#deck.session === null && !this.#deck.isLive;
    this.#offer(look);
    this.#announce(`${reel.title.variant ?? reel.title.scenario}: ${word}`);
  }

  /** A verdict is told once, to who cannot see the pill turn. */
  #announce(said: string): void {
    if (said === this.#said) return;
    this.#said = said;
    setText(this.#live, said);
  }

  #offer({ reel }: Look): void {
    const { catalogue, session } = this.#deck;
    const canChoose = catalogue.length > 0;
    this.#scenario.hidden = !canChoose;
    this.#variant.hidden = !canChoose;
    const { scenario, variant, seed } = reel.title;
    setText(
      this.#what,
      [...(canChoose ? [] : [scenario, variant]), `seed ${seed}`]
        .filter((part) => part !== null)
        .join(" · "),
    );
    if (!canChoose || session === null) return;
    const entry = catalogue.find(({ id }) => id === session.scenario);
    fill(
      this.#scenario,
      catalogue.map(({ id }) => id),
      session.scenario,
    );
    fill(this.#variant, entry?.variants.map(({ name }) => name) ?? [], session.variant ?? "");
    setAttribute(
      this.#variant,
      "title",
      entry?.variants.find(({ name }) => name === session.variant)?.about ?? "",
    );
  }

  #choose(variant: string | null): void {
    const entry = this.#deck.catalogue.find(({ id }) => id === this.#scenario.value);
    if (entry === undefined) return;
    this.#deck.run({
      scenario: entry.id,
      variant: variant ?? entry.variants[0]?.name ?? null,
      seed: entry.seed,
      policy: null,
      settings: [],
    });
  }
}

function phaseText(reel: Reel, frame: Frame): string {
  if (verdictAt(reel, frame) !== null) return "judged";
  return frame.stage === "running"
    ? `phase: ${frame.phase ?? "—"}`
    : "faults healed, load over: judging";
}

function fill(select: HTMLSelectElement, names: readonly string[], chosen: string): void {
  const now = [...select.options].map(({ value }) => value);
  if (now.join("\n") !== names.join("\n"))
    replaceChildren(
      select,
      names.map((name) => h("option", { value: name }, [name])),
    );
  if (select.value !== chosen) select.value = chosen;
}

function turnTheme(): void {
  const root = document.documentElement;
  const isDark =
    root.dataset["theme"] === undefined
      ? matchMedia("(prefers-color-scheme: dark)").matches
      : root.dataset["theme"] === "dark";
  root.dataset["theme"] = isDark ? "light" : "dark";
}
