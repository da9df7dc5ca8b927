// Any number of machines at once: the sum, the worst, how many are in which state, and each of them small.

import type { Frame, MachineShot } from "#sim/index.ts";
import { counted, mebibytesText, pagesText } from "../model/figures.ts";
import { isDownToMin } from "../model/marks.ts";
import type { Reel } from "../model/reel.ts";
import { isIdleWait } from "../model/waits.ts";
import { figure, h, replaceChildren, setText } from "./dom.ts";
import { FreeGauge, MemoryBar } from "./memory-bar.ts";
import type { Look, View } from "./view.ts";

interface Tile {
  readonly element: HTMLElement;
  readonly bar: MemoryBar;
  readonly gauge: FreeGauge;
  readonly state: HTMLElement;
}

export class FleetView implements View {
  readonly id = "fleet";
  readonly name = "Fleet";
  readonly #sums = h("dl", { class: "figures sums" });
  readonly #grid = h("div", { class: "fleet" });
  readonly element = h("section", { class: "view", "aria-label": "Fleet" }, [
    this.#sums,
    this.#grid,
  ]);
  #reel: Reel | null = null;
  #tiles: readonly Tile[] = [];

  update({ reel, frame }: Look): void {
    if (reel !== this.#reel) this.#make(reel);
    for (const [i, tile] of this.#tiles.entries()) {
      const shot = frame.machines[i];
      if (shot === undefined) continue;
      tile.bar.update(shot);
      tile.gauge.update(shot);
      const { sign, word } = stateOf(shot);
      setText(tile.state, `${sign} ${word}`);
    }
    replaceChildren(this.#sums, sumsOf(reel, frame));
  }

  #make(reel: Reel): void {
    this.#reel = reel;
    this.#tiles = reel.title.cast.map(({ name, role }) => {
      const [bar, gauge, state] = [
        new MemoryBar({ hasLegend: false }),
        new FreeGauge(),
        h("span", { class: "muted" }),
      ];
      const element = h("article", { class: "card tile" }, [
        h("header", {}, [h("h2", {}, [name]), h("span", { class: "muted" }, [role]), state]),
        bar.element,
        gauge.element,
      ]);
      return { element, bar, gauge, state };
    });
    replaceChildren(
      this.#grid,
      this.#tiles.map(({ element }) => element),
    );
  }
}

/** What one machine does, and what many do. */
const OF_MANY = { works: "work", waits: "wait", "down to min": "down to min" } as const;

interface State {
  readonly sign: string;
  readonly word: keyof typeof OF_MANY;
}

function stateOf(shot: MachineShot): State {
  if (isDownToMin(shot)) return { sign: "▼", word: "down to min" };
  const isWaiting = shot.tasks.every(
    ({ on, state }) => state !== "runnable" && (state === "finished" || !isIdleWait(on)),
  );
  return isWaiting ? { sign: "‖", word: "waits" } : { sign: "▸", word: "works" };
}

function sumsOf({ title }: Reel, { machines }: Frame): HTMLElement[] {
  const total = machines.reduce((sum, { pages }) => sum + pages.total, 0);
  const free = machines.reduce((sum, { pages }) => sum + pages.free, 0);
  const inFlight = machines.reduce((sum, { swap }) => sum + swap.inFlight, 0);
  const dropped = machines.reduce(
    (sum, { drops }) => sum + drops.reduce((all, [, count]) => all + count, 0),
    0,
  );
  const worst = machines.map(({ pages, marks }, i) => ({
    name: title.cast[i]?.name ?? "",
    above: pages.free - marks.minPages,
  }));
  const [lowest] = worst.sort((a, b) => a.above - b.above);
  const words = machines.map((shot) => stateOf(shot).word);
  const states = [...new Set(words)].map((word) => {
    const count = words.filter((each) => each === word).length;
    return `${count} ${count === 1 ? word : OF_MANY[word]}`;
  });
  return [
    figure("memory", mebibytesText(total), "Of all machines together."),
    figure("free", mebibytesText(free), "Of all machines together."),
    figure(
      "worst",
      `${lowest?.name ?? "—"}: ${pagesText(Math.abs(lowest?.above ?? 0))} ${(lowest?.above ?? 0) < 0 ? "below" : "above"} min`,
      "The machine that is nearest to its min mark, or furthest below it.",
    ),
    figure("swap in flight", counted(inFlight, "request"), "Of all machines together."),
    figure("dropped", counted(dropped, "packet"), "Of all machines together, since boot."),
    figure("states", states.join(", "), "Machines by state."),
  ];
}
