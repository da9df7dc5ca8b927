// What the keyboard does, and the dialog that says so.

import type { Playhead } from "../model/playhead.ts";
import { h } from "./dom.ts";
import type { Deck, View } from "./view.ts";

interface Parts {
  readonly playhead: Playhead;
  readonly deck: Deck;
  readonly views: readonly View[];
  readonly span: () => number;
  readonly touch: () => void;
}

const FRAME_NS = 100_000_000;

export class KeyMap {
  readonly element: HTMLDialogElement;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
    const rows = [
      ["space", "play or pause"],
      ["← →", "0.1 s back or on; with shift 1 s"],
      ["− +", "slower or faster"],
      ["Home End", "to the beginning or the end"],
      [`1 … ${parts.views.length}`, parts.views.map(({ name }) => name).join(", ")],
      ["?", "this list"],
    ];
    const close = h("button", { type: "button" }, ["Close"]);
    this.element = h("dialog", { "aria-labelledby": "keys-title" }, [
      h("h2", { id: "keys-title" }, ["Keys"]),
      h(
        "dl",
        { class: "keys" },
        rows.flatMap(([key = "", does = ""]) => [h("dt", {}, [key]), h("dd", {}, [does])]),
      ),
      close,
    ]);
    close.addEventListener("click", () => this.element.close());
    document.addEventListener("keydown", (event) => this.#press(event));
  }

  #turn(): void {
    const { playhead } = this.#parts;
    playhead.isPlaying = !playhead.isPlaying;
  }

  #press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
    const { playhead, deck, views, span, touch } = this.#parts;
    const stepNs = FRAME_NS * (event.shiftKey ? 10 : 1);
    const actions = new Map<string, () => void>([
      [" ", () => this.#turn()],
      ["ArrowLeft", () => playhead.seek(playhead.atNs - stepNs, span())],
      ["ArrowRight", () => playhead.seek(playhead.atNs + stepNs, span())],
      ["-", () => playhead.slower()],
      ["+", () => playhead.faster()],
      ["Home", () => playhead.seek(0, span())],
      ["End", () => playhead.seek(span(), span())],
      ["?", () => this.element.showModal()],
    ]);
    const action = actions.get(event.key);
    const view = views[Number(event.key) - 1];
    if (action === undefined && view === undefined) return;
    event.preventDefault();
    action?.();
    if (action === undefined && view !== undefined) deck.open(view.id);
    touch();
  }
}

/** A control that wants the key itself. */
const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof Element &&
  target.closest("input, select, textarea, button, dialog, a") !== null;
