// Play, pause, step, speed, and the whole film as one line to scrub along, with its phases, faults and the closing of the
// knot.

import { type Band, bandsOf } from "#sim/index.ts";
import { clockText, timeText } from "../model/figures.ts";
import { noReturnNs } from "../model/no-return.ts";
import { type Playhead, SPEEDS } from "../model/playhead.ts";
import type { Reel } from "../model/reel.ts";
import { h, place, replaceChildren, setAttribute, setText } from "./dom.ts";
import type { Look } from "./view.ts";

const button = (text: string, label: string): HTMLButtonElement =>
  h("button", { type: "button", "aria-label": label, title: label }, [text]);

interface Calls {
  touch(): void;
  /** To the latest instant of a cluster; null: there is none. */
  readonly follow: (() => void) | null;
}

export class Transport {
  readonly element: HTMLElement;
  readonly #playhead: Playhead;
  readonly #play = button("▶", "play (space)");
  readonly #live = button("● live", "● live: to the present of the cluster");
  readonly #speed = h("select", {
    "aria-label": "speed",
    title: "Seconds of the run in one of yours",
  });
  readonly #slider = h("input", { type: "range", min: 0, step: 1, "aria-label": "time" });
  readonly #bands = h("div", { class: "bands" });
  readonly #clock = h("output", {
    class: "clock",
    title: "Time of the run, and how far it has come.",
  });
  #reel: Reel | null = null;
  #drawn = "";

  constructor(playhead: Playhead, { touch, follow }: Calls) {
    this.#playhead = playhead;
    this.#live.hidden = follow === null;
    this.#live.addEventListener("click", () => follow?.());
    const back = button("|◂", "a frame back (←)");
    const forward = button("▸|", "a frame on (→)");
    this.#speed.append(...SPEEDS.map((speed) => h("option", { value: speed }, [`×${speed}`])));
    this.#play.addEventListener("click", () => {
      const isAtEnd =
        this.#reel !== null && this.#reel.end !== null && playhead.atNs >= this.#reel.lastNs;
      if (isAtEnd && !playhead.isPlaying) playhead.atNs = 0;
      playhead.isPlaying = !playhead.isPlaying;
      touch();
    });
    back.addEventListener("click", () => this.#step(-1, touch));
    forward.addEventListener("click", () => this.#step(1, touch));
    this.#speed.addEventListener("change", () => {
      playhead.setSpeed(Number(this.#speed.value));
      touch();
    });
    this.#slider.addEventListener("input", () => {
      playhead.isPlaying = false;
      playhead.seek(Number(this.#slider.value) * 1e6, this.#reel?.spanNs ?? 0);
      touch();
    });
    this.element = h("footer", { class: "transport" }, [
      h("div", { class: "buttons" }, [back, this.#play, forward, this.#speed, this.#live]),
      h("div", { class: "track" }, [this.#bands, this.#slider]),
      this.#clock,
    ]);
  }

  update({ reel, atNs }: Look): void {
    this.#reel = reel;
    const { isPlaying, isFollowing, speed } = this.#playhead;
    setAttribute(this.#live, "aria-pressed", String(isPlaying && isFollowing));
    setText(this.#play, isPlaying ? "❚❚" : "▶");
    setAttribute(this.#play, "aria-label", isPlaying ? "pause (space)" : "play (space)");
    if (this.#speed.value !== String(speed)) this.#speed.value = String(speed);
    setAttribute(this.#slider, "max", String(Math.round(reel.spanNs / 1e6)));
    this.#slider.value = String(Math.round(atNs / 1e6));
    setAttribute(this.#slider, "aria-valuetext", timeText(atNs));
    setText(this.#clock, `${clockText(atNs)} / ${clockText(reel.spanNs)}`);
    this.#drawBands(reel);
  }

  #step(by: number, touch: () => void): void {
    const reel = this.#reel;
    if (reel === null) return;
    this.#playhead.isPlaying = false;
    const index = Math.max(
      0,
      Math.min(reel.frames.length - 1, reel.indexAt(this.#playhead.atNs) + by),
    );
    this.#playhead.seek(reel.frames[index]?.atNs ?? 0, reel.spanNs);
    touch();
  }

  #drawBands(reel: Reel): void {
    const { spanNs, lastNs, closure } = reel;
    const lostNs = noReturnNs(reel.noReturn);
    const key = `${reel.frames.length} ${spanNs} ${closure?.atNs} ${lostNs}`;
    if (key === this.#drawn) return;
    this.#drawn = key;
    const filmed = h("span", { class: "filmed" });
    place(filmed, { width: `${(lastNs * 100) / spanNs}%` });
    const marks = [
      ...(closure === null
        ? []
        : [mark("closure", "✕", closure.atNs, "The knot had closed at the latest by")]),
      ...(lostNs === null
        ? []
        : [
            mark(
              "no-return-mark",
              "◆",
              lostNs,
              "Point of no return: healed later it is lost, from",
            ),
          ]),
    ];
    for (const { element, atNs } of marks) place(element, { left: `${(atNs * 100) / spanNs}%` });
    replaceChildren(this.#bands, [
      filmed,
      ...bandsOf(reel.frames).map((band) => bandOf(band, spanNs)),
      ...marks.map(({ element }) => element),
    ]);
  }
}

function mark(name: string, sign: string, atNs: number, means: string) {
  return {
    atNs,
    element: h("span", { class: name, title: `${means} ${timeText(atNs)}.` }, [sign]),
  };
}

function bandOf({ kind, name, fromNs, toNs }: Band, spanNs: number): HTMLElement {
  const title = `${kind} ${name}: ${timeText(fromNs)} to ${timeText(toNs)}`;
  const element = h("span", { class: `band ${kind}`, title }, [name]);
  place(element, {
    left: `${(fromNs * 100) / spanNs}%`,
    width: `${((toNs - fromNs) * 100) / spanNs}%`,
  });
  return element;
}
