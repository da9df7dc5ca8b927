// Two films at the same instant, one beside the other.

import { clockText, countText } from "../model/figures.ts";
import type { Reel } from "../model/reel.ts";
import { standingAt } from "../model/verdict.ts";
import { h, panel, replaceChildren, setText } from "./dom.ts";
import { FreeGauge, MemoryBar } from "./memory-bar.ts";
import type { Deck } from "./view.ts";

interface Half {
  readonly element: HTMLElement;
  readonly select: HTMLSelectElement;
  readonly bar: MemoryBar;
  readonly gauge: FreeGauge;
  readonly state: HTMLElement;
}

export class SideBySide {
  readonly #halves = [halfOf("first run"), halfOf("second run")];
  /** In which somebody has chosen; the others have the latest two. */
  readonly #chosen = new Set<HTMLSelectElement>();
  readonly element = panel(
    "Two of them at the same instant",
    h(
      "div",
      { class: "halves" },
      this.#halves.map(({ element }) => element),
    ),
  );

  constructor(deck: Deck) {
    for (const { select } of this.#halves)
      select.addEventListener("change", () => {
        this.#chosen.add(select);
        deck.pause();
      });
  }

  update(reels: readonly Reel[], atNs: number): void {
    for (const { select, bar, gauge, state } of this.#halves) {
      const shown = reels[Number(select.value)];
      const frame = shown?.frameAt(Math.min(atNs, shown.lastNs));
      const shot = frame?.machines[shown?.heroIndex ?? 0];
      if (shown === undefined || frame === null || frame === undefined || shot === undefined)
        continue;
      bar.update(shot);
      gauge.update(shot);
      const { sign, word } = standingAt(shown, frame);
      setText(
        state,
        `${sign} ${word} at ${clockText(frame.atNs)} · ${countText(frame.useful)} pieces of useful work`,
      );
    }
  }

  /** Other films than before may be chosen. */
  offer(reels: readonly Reel[]): void {
    this.element.hidden = reels.length < 2;
    for (const [i, { select }] of this.#halves.entries()) {
      const chosen = this.#chosen.has(select) ? select.value : "";
      replaceChildren(
        select,
        reels.map(({ title }, n) =>
          h("option", { value: n }, [`${n + 1}: ${title.variant ?? title.scenario}`]),
        ),
      );
      select.value = chosen === "" ? String(Math.max(0, reels.length - 2 + i)) : chosen;
      if (select.selectedIndex < 0) select.value = "0";
    }
  }
}

function halfOf(label: string): Half {
  const select = h("select", { "aria-label": label });
  const [bar, gauge, state] = [
    new MemoryBar({ hasLegend: true }),
    new FreeGauge(),
    h("p", { class: "muted" }),
  ];
  return {
    element: h("div", { class: "half" }, [select, state, bar.element, gauge.element]),
    ...{ select, bar, gauge, state },
  };
}
