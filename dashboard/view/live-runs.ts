// The coordinator's history: every run with its verdict, a film of it where one was kept, policy × scenario, and two runs at
// the same instant.

import type { ToldCampaign, ToldRun } from "#sim/index.ts";
import { filmOf } from "../live/cluster-api.ts";
import type { LiveSource } from "../live/live-source.ts";
import { countText } from "../model/figures.ts";
import { type Cell, matrixOf } from "../model/matrix.ts";
import { type Reel, reelOf } from "../model/reel.ts";
import { verdictText } from "../model/verdict.ts";
import { h, panel, replaceChildren, scrolled, setText, tableOf } from "./dom.ts";
import { SideBySide } from "./side-by-side.ts";
import type { Deck, Look, View } from "./view.ts";

const HEAD =
  "verdict|as expected|scenario|variant|policy|seed|changes|asked at (UTC)|digest|film".split("|");
const ROWS_MAX = 50;

export class LiveRunsView implements View {
  readonly id = "runs";
  readonly name = "Runs";
  readonly #deck: Deck;
  readonly #live: LiveSource;
  readonly #rows = h("tbody");
  readonly #matrix = h("div");
  readonly #beside: SideBySide;
  readonly #said = h("p", { class: "said-back", role: "status" });
  readonly #bars = h("ul", { class: "campaigns" });
  readonly #campaigns = panel("Campaigns", this.#bars);
  readonly #films = new Map<string, Reel>();
  readonly element: HTMLElement;
  #told: readonly ToldRun[] = [];
  #toldCampaigns: readonly ToldCampaign[] | null = null;
  #shown: Reel | null = null;
  #reels = -1;

  constructor(deck: Deck, live: LiveSource) {
    this.#deck = deck;
    this.#live = live;
    this.#beside = new SideBySide(deck);
    this.element = h("section", { class: "view runs", "aria-label": "Runs" }, [
      this.#campaigns,
      panel(
        "Runs of this coordinator",
        scrolled("list of runs", tableOf(HEAD, this.#rows)),
        this.#said,
      ),
      panel(
        "Policy × scenario",
        h("p", { class: "muted" }, [
          "Of each pair the verdict of the latest run, and how many of its runs agreed.",
        ]),
        scrolled("policy by scenario", this.#matrix),
      ),
      this.#beside.element,
    ]);
  }

  update({ atNs, reel }: Look): void {
    const { runs, campaigns } = this.#live.state;
    if (campaigns !== this.#toldCampaigns) this.#tellCampaigns(campaigns);
    const { reels } = this.#deck;
    if (runs !== this.#told || reel !== this.#shown) {
      this.#told = runs;
      this.#shown = reel;
      replaceChildren(
        this.#rows,
        runs.slice(0, ROWS_MAX).map((run) => this.#row(run)),
      );
      replaceChildren(this.#matrix, [matrixTable(runs)]);
    }
    if (reels.length !== this.#reels) this.#beside.offer(reels);
    this.#reels = reels.length;
    this.#beside.update(reels, atNs);
  }

  #tellCampaigns(campaigns: readonly ToldCampaign[]): void {
    this.#toldCampaigns = campaigns;
    this.#campaigns.hidden = campaigns.length === 0;
    replaceChildren(this.#bars, campaigns.map(barOf));
  }

  #row(run: ToldRun): HTMLElement {
    const isLive = this.#live.state.film?.run === run.id;
    const reel = isLive ? this.#live.state.film?.reel : this.#films.get(run.id);
    const isShown = reel !== undefined && reel === this.#shown;
    const cells = [
      standingText(run),
      run.status ?? "—",
      run.scenario,
      run.variant ?? "—",
      run.policy ?? "—",
      run.seed === null ? "—" : String(run.seed),
      run.settings.length === 0 ? "—" : run.settings.join(" "),
      new Date(run.askedAtMs).toISOString().replace("T", " ").slice(0, 19),
      run.digest ?? "—",
    ];
    return h("tr", isShown ? { "aria-current": "true" } : {}, [
      ...cells.map((text, i) => h("td", i === 0 ? { title: run.why.join("\n") } : {}, [text])),
      h("td", {}, [isLive || run.hasFilm ? this.#pick(run, isLive, isShown) : "none"]),
    ]);
  }

  #pick(run: ToldRun, isLive: boolean, isShown: boolean): HTMLElement {
    const pick = h("button", { type: "button" }, [isShown ? "shown" : isLive ? "live" : "open"]);
    pick.addEventListener("click", () => this.#open(run, isLive));
    return pick;
  }

  #open(run: ToldRun, isLive: boolean): void {
    const known = this.#films.get(run.id);
    if (isLive) this.#deck.follow();
    else if (known !== undefined) this.#deck.watch(known);
    else this.#fetch(run);
  }

  #fetch(run: ToldRun): void {
    setText(this.#said, "…");
    filmOf(run.id).then(
      (film) => {
        const reel = reelOf(film);
        this.#films.set(run.id, reel);
        setText(this.#said, "");
        this.#deck.watch(reel);
      },
      (error: unknown) =>
        setText(this.#said, `✕ ${error instanceof Error ? error.message : String(error)}.`),
    );
  }
}

function barOf({ title, runs, done }: ToldCampaign): HTMLElement {
  const said = `${countText(done)} of ${countText(runs)} runs`;
  return h("li", { title: "Runs of a sweep, search, matrix or claims that workers do." }, [
    h("b", {}, [title]),
    h("progress", { max: runs, value: done, "aria-label": `${title}: ${said}` }),
    h("span", {}, [said]),
  ]);
}

function standingText({ state, verdict, certainty }: ToldRun): string {
  if (verdict === null) return state === "queued" ? "· waits" : "▸ running";
  return verdictText(verdict, certainty);
}

function matrixTable(runs: readonly ToldRun[]): HTMLElement {
  const { scenarios, rows } = matrixOf(runs);
  if (rows.length === 0) return h("p", { class: "muted" }, ["No run has been judged yet."]);
  const body = rows.map(({ policy, cells }) =>
    h("tr", {}, [h("th", { scope: "row" }, [policy]), ...cells.map(cellOf)]),
  );
  return tableOf(["variant and changes", ...scenarios], h("tbody", {}, body));
}

function cellOf(cell: Cell | null): HTMLElement {
  if (cell === null) return h("td", { class: "muted" }, ["—"]);
  const { verdict, certainty, runs, agreed } = cell;
  return h("td", { title: `${agreed} of ${runs} runs were judged so.` }, [
    `${verdictText(verdict, certainty)} ${agreed}/${runs}`,
  ]);
}
