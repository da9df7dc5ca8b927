// A machine's memory: one bar of who holds it, and one gauge of what is free against the marks, which are too close to the
// left end of the first to be seen there.

import type { MachineShot } from "#sim/index.ts";
import { countText, mebibytesText, pagesText } from "../model/figures.ts";
import { isDownToMin } from "../model/marks.ts";
import { barParts, OWNERS, type Owner } from "../model/owners.ts";
import { h, place, setAttribute, setText } from "./dom.ts";

export class MemoryBar {
  readonly element: HTMLElement;
  readonly #parts = new Map<Owner, HTMLElement>();
  readonly #figures = new Map<Owner, HTMLElement>();
  readonly #legend = new Map<Owner, HTMLElement>();

  constructor({ hasLegend }: { readonly hasLegend: boolean }) {
    const bar = h("div", { class: "memory-bar", role: "img" });
    const legend = h("ul", { class: "legend" });
    for (const { owner, name, definition } of OWNERS) {
      const part = h("span", { class: `part owner-${owner}` });
      const value = h("b");
      const row = h("li", { title: definition }, [
        h("span", { class: `swatch owner-${owner}` }),
        h("span", {}, [name]),
        value,
      ]);
      this.#parts.set(owner, part);
      this.#figures.set(owner, value);
      this.#legend.set(owner, row);
      bar.append(part);
      legend.append(row);
    }
    this.element = h("div", { class: "memory" }, hasLegend ? [bar, legend] : [bar]);
  }

  update({ pages }: MachineShot, lit: readonly Owner[] = []): void {
    const parts = barParts(pages);
    for (const { owner } of OWNERS) {
      const part = parts.find((each) => each.owner === owner);
      this.#show(owner, part?.pages ?? 0, part?.percent ?? 0);
      this.#parts.get(owner)?.classList.toggle("lit", lit.includes(owner));
    }
    const said = parts.map(({ name, pages: held }) => `${name} ${mebibytesText(held)}`);
    const bar = this.element.firstElementChild;
    if (bar !== null)
      setAttribute(
        bar,
        "aria-label",
        `memory of ${mebibytesText(pages.total)}: ${said.join(", ")}`,
      );
  }

  #show(owner: Owner, held: number, percent: number): void {
    const { name, definition } = DEFINED.get(owner) ?? { name: owner, definition: "" };
    const [element, row, value] = [this.#parts, this.#legend, this.#figures].map((map) =>
      map.get(owner),
    );
    if (element === undefined || row === undefined || value === undefined) return;
    place(element, { "flex-grow": String(percent) });
    element.hidden = held === 0;
    const said = `${pagesText(held)}, ${mebibytesText(held)}`;
    setAttribute(element, "title", `${name}: ${said}. ${definition}`);
    row.hidden = held === 0 && owner.startsWith("file");
    setText(value, mebibytesText(held));
  }
}

const DEFINED = new Map(OWNERS.map((part) => [part.owner, part]));

/** The gauge reaches this far above its highest mark. */
const ABOVE = 1.25;

const MARKS = [
  ["min", "minPages", "Below min only those with a right to the reserve are served."],
  ["low", "lowPages", "Below low kswapd is woken."],
  ["high", "highPages", "At high kswapd goes to sleep again."],
] as const;

export class FreeGauge {
  readonly element: HTMLElement;
  readonly #fill = h("span", { class: "fill" });
  readonly #ticks = MARKS.map(([name, , definition]) =>
    h("span", { class: `tick tick-${name}`, title: definition }, [h("i"), h("b", {}, [name])]),
  );
  readonly #aside = h("span", {
    class: "aside",
    title: "Memory set aside for the network by the policy; the marks stand above it.",
  });
  readonly #value = h("b");
  readonly #gauge: HTMLElement;

  constructor() {
    this.#gauge = h("div", { class: "gauge", role: "img" }, [
      this.#aside,
      this.#fill,
      ...this.#ticks,
    ]);
    this.element = h("div", { class: "free" }, [
      h("div", { class: "free-head" }, [h("span", {}, ["free against the marks"]), this.#value]),
      this.#gauge,
    ]);
  }

  update(shot: MachineShot): void {
    const { pages, marks, reserve } = shot;
    const scale = marks.highPages === 0 ? 0 : 100 / (marks.highPages * ABOVE);
    const percent = (count: number): string => `${Math.min(100, count * scale)}%`;
    place(this.#fill, { width: percent(pages.free) });
    this.#fill.classList.toggle("below", isDownToMin(shot));
    place(this.#aside, { width: percent(reserve?.pages ?? 0) });
    for (const [i, [name, key]] of MARKS.entries()) {
      const tick = this.#ticks[i];
      if (tick === undefined) continue;
      place(tick, { left: percent(marks[key]) });
      setText(tick.lastElementChild ?? tick, `${name} ${countText(marks[key])}`);
    }
    const used =
      reserve === null
        ? ""
        : ` · set aside ${countText(reserve.pages)}, of it used ${countText(reserve.usedBytes / 1024)} KiB`;
    setText(
      this.#value,
      `${pagesText(pages.free)}${isDownToMin(shot) ? " ▼ down to min" : ""}${used}`,
    );
    setAttribute(
      this.#gauge,
      "aria-label",
      `${pagesText(pages.free)} free; min ${marks.minPages}, low ${marks.lowPages}, high ${marks.highPages}`,
    );
  }
}
