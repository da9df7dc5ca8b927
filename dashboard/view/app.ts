// The page as a whole: one film, one playhead, one view at a time. Draws at most twenty times a second, and only when
// something has changed.

import type { Film, TimedFault } from "#sim/index.ts";
import { filmOf } from "../live/cluster-api.ts";
import type { LiveSource } from "../live/live-source.ts";
import type { LocalSource } from "../local/local-source.ts";
import type { CatalogueEntry } from "../local/messages.ts";
import { NoReturnSeeker } from "../local/no-return-seeker.ts";
import { Playhead } from "../model/playhead.ts";
import { type Reel, reelOf } from "../model/reel.ts";
import type { Session } from "../model/session.ts";
import { placeText, readPlace } from "../model/whereabouts.ts";
import { ChartsView } from "./charts.ts";
import { ClusterView } from "./cluster.ts";
import { ControlsView } from "./controls.ts";
import { h, replaceChildren } from "./dom.ts";
import { FleetView } from "./fleet.ts";
import { HeadLine } from "./head-line.ts";
import { KeyMap } from "./key-map.ts";
import { LiveControlsView } from "./live-controls.ts";
import { LiveRunsView } from "./live-runs.ts";
import { RunsView } from "./runs.ts";
import { StoryView } from "./story.ts";
import { Transport } from "./transport.ts";
import type { Deck, View } from "./view.ts";
import { WedgeView } from "./wedge.ts";

const DRAW_EVERY_MS = 50;
/** Films kept while the page is open. */
const REELS_MAX = 12;

export class App implements Deck {
  readonly #playhead = new Playhead();
  readonly #head: HeadLine;
  readonly #transport: Transport;
  readonly #views: readonly View[];
  readonly #main = h("main", { id: "view", tabindex: "-1" });
  readonly #notice = h("p", { class: "notice", role: "alert", hidden: true });
  readonly #keys: KeyMap;
  readonly #still = matchMedia("(prefers-reduced-motion: reduce)");
  readonly #trouble = h("p", { class: "notice", role: "alert", hidden: true });
  readonly #live: LiveSource | null;
  readonly #seeker = new NoReturnSeeker({
    changed: () => this.#touch(),
    refused: (why) => this.complain(why),
  });
  #source: LocalSource | null = null;
  /** The cluster's film is the one that is shown. */
  #isOnAir = false;
  #reel: Reel | null = null;
  #view: View;
  #isDirty = true;
  #drawnMs = 0;
  session: Session | null = null;
  document: string | null = null;
  catalogue: readonly CatalogueEntry[] = [];
  policies: readonly string[] = [];
  readonly reels: Reel[] = [];

  /** `live`: of the cluster that is watched; null: there is none. */
  constructor(root: HTMLElement, live: LiveSource | null) {
    this.#live = live;
    const [cluster, ...others] = [
      new ClusterView(),
      new FleetView(),
      new ChartsView(this),
      new WedgeView(this),
      new StoryView(this),
      live === null ? new RunsView(this) : new LiveRunsView(this, live),
      live === null ? new ControlsView(this) : new LiveControlsView(live),
    ] as const;
    this.#views = [cluster, ...others];
    this.#view = cluster;
    this.#head = new HeadLine(this, this.#views);
    this.#transport = new Transport(this.#playhead, {
      touch: () => this.#touch(),
      follow: live === null ? null : () => this.follow(),
    });
    this.#keys = new KeyMap({
      playhead: this.#playhead,
      deck: this,
      views: this.#views,
      span: () => this.#reel?.spanNs ?? 0,
      touch: () => this.#touch(),
    });
    root.append(
      this.#head.element,
      this.#trouble,
      this.#notice,
      this.#main,
      this.#transport.element,
      this.#keys.element,
    );
    window.addEventListener("hashchange", () => this.#goThere());
    // Charts have their colours from the style, and nothing else moves while a film stands still.
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#touch());
    new MutationObserver(() => this.#touch()).observe(document.documentElement, {
      attributes: true,
    });
    requestAnimationFrame((nowMs) => this.#draw(nowMs));
  }

  /** A film that is complete. */
  show(film: Film): void {
    this.watch(reelOf(film));
    this.#goThere();
  }

  get isLive(): boolean {
    return this.#live !== null;
  }

  /** A run is being told, and who tells it is not at its present: another one that begins does not break that off. */
  get #isHeld(): boolean {
    return this.#view.stopsNs !== undefined && !this.#playhead.isFollowing;
  }

  /** What a cluster does, as it does it. */
  attend(live: LiveSource): void {
    this.open(readPlace(location.hash).view ?? "cluster");
    live.listen({
      changed: () => this.#touch(),
      begins: () => {
        if (this.#reel === null || (this.#isOnAir && !this.#isHeld)) this.follow();
      },
      troubled: (why) => {
        this.#trouble.hidden = why === "";
        this.#trouble.textContent = why;
      },
      idle: (run) => {
        if (this.#reel === null) this.#showLast(run);
      },
    });
  }

  /** The run that goes on, at its latest instant. */
  follow(): void {
    const film = this.#live?.state.film ?? null;
    if (film === null) return;
    if (film.reel !== this.#reel) this.watch(film.reel);
    this.#isOnAir = true;
    this.#playhead.follow(film.reel.lastNs);
    this.#touch();
  }

  /** No run goes on: the last one that was filmed is better than nothing. */
  #showLast(run: string | null): void {
    if (run === null) {
      this.complain("Nothing has been run here yet. Ask for a run: ./unwedge up begins with one.");
      return;
    }
    filmOf(run).then(
      (film) => this.show(film),
      (error: unknown) => this.complain(String(error)),
    );
  }

  /** Films that are made while they are watched. */
  shoot(source: LocalSource): void {
    this.#source = source;
    source.listen({
      catalogue: (scenarios, policies) => this.#begin(scenarios, policies),
      begins: (reel, session, document) => {
        this.session = session;
        this.document = document;
        this.watch(reel);
        this.#playhead.isPlaying = true;
      },
      grew: () => this.#touch(),
      ended: (document) => {
        this.document = document;
        this.#touch();
      },
      refused: (why) => this.complain(why),
    });
  }

  /** Tells whoever looks what went wrong and what to do; nothing: it goes right again. */
  complain(why: string): void {
    this.#notice.hidden = why === "";
    this.#notice.textContent = why;
  }

  watch(reel: Reel): void {
    if (!this.reels.includes(reel)) this.reels.push(reel);
    if (this.reels.length > REELS_MAX) this.reels.shift();
    this.#reel = reel;
    this.#isOnAir = false;
    this.#playhead.seek(0, reel.spanNs);
    this.complain("");
    this.#touch();
  }

  run(session: Session): void {
    this.session = session;
    this.#source?.run(session);
    this.#writePlace();
  }

  seekNoReturn(reel: Reel, fault: TimedFault): void {
    this.#seeker.seek(reel, fault);
  }

  stopSeeking(): void {
    this.#seeker.cancel();
  }

  seek(atNs: number): void {
    this.#playhead.seek(atNs, this.#reel?.spanNs ?? 0);
    this.#touch();
  }

  pause(): void {
    this.#playhead.isPlaying = false;
    this.#touch();
  }

  open(id: string): void {
    this.#view = this.#views.find((view) => view.id === id) ?? this.#view;
    this.#writePlace();
    this.#touch();
  }

  #begin(scenarios: readonly CatalogueEntry[], policies: readonly string[]): void {
    this.catalogue = scenarios;
    this.policies = policies;
    const place = readPlace(location.hash);
    const first =
      scenarios.find(({ id }) => id === (place.scenario ?? "zijlstra-wedge")) ?? scenarios[0];
    if (first === undefined) {
      this.complain("this page was built without scenarios: build it again");
      return;
    }
    this.open(place.view ?? "cluster");
    this.run({
      scenario: first.id,
      variant: place.variant ?? first.variants[0]?.name ?? null,
      seed: place.seed ?? first.seed,
      policy: null,
      settings: [],
    });
    if (place.atNs !== null) this.#playhead.seek(place.atNs, Number.POSITIVE_INFINITY);
  }

  #goThere(): void {
    const { view, atNs } = readPlace(location.hash);
    if (view !== null) this.#view = this.#views.find(({ id }) => id === view) ?? this.#view;
    if (atNs !== null) this.seek(atNs);
    this.#touch();
  }

  #writePlace(): void {
    const text = placeText(this.#view.id, this.session);
    if (location.hash !== text) history.replaceState(null, "", text);
  }

  #touch(): void {
    this.#isDirty = true;
  }

  #draw(nowMs: number): void {
    requestAnimationFrame((nextMs) => this.#draw(nextMs));
    const elapsedMs = nowMs - this.#drawnMs;
    if (elapsedMs < DRAW_EVERY_MS || document.hidden) return;
    this.#drawnMs = nowMs;
    const reel = this.#reel;
    if (reel === null || reel.frames.length === 0) return;
    const { isPlaying } = this.#playhead;
    this.#playhead.tick(Math.min(elapsedMs, 1_000), {
      lastNs: reel.lastNs,
      isOver: reel.end !== null,
      stopsNs: this.#view.stopsNs?.(reel) ?? [],
    });
    if (!isPlaying && !this.#isDirty) return;
    this.#isDirty = false;
    this.#render(reel, nowMs);
  }

  #render(reel: Reel, nowMs: number): void {
    const { atNs, isPlaying } = this.#playhead;
    const frame = reel.frameAt(atNs);
    if (frame === null) return;
    const isMoving = isPlaying && !this.#still.matches;
    const look = { reel, frame, atNs, isMoving, nowMs };
    replaceChildren(this.#main, [this.#view.element]);
    this.#head.update(look, this.#view);
    this.#view.update(look);
    this.#transport.update(look);
  }
}
