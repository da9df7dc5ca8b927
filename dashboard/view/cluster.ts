// The cluster as the threads draw it: who asks, who swaps, who serves swap; and what travels between them now.

import type { Closure } from "#sim/index.ts";
import { knotOf } from "../model/knot.ts";
import type { Owner } from "../model/owners.ts";
import type { Reel } from "../model/reel.ts";
import { columnsOf, linesOf } from "../model/topology.ts";
import { h, replaceChildren } from "./dom.ts";
import { Lanes } from "./lanes.ts";
import { MachineCard } from "./machine-card.ts";
import type { Look, View } from "./view.ts";

export class Stage {
  readonly element = h("div", { class: "stage" });
  readonly #lanes = new Lanes();
  #reel: Reel | null = null;
  #cards: readonly MachineCard[] = [];
  readonly #columns = ["left", "middle", "right"].map((side) =>
    h("div", { class: `column ${side}` }),
  );

  constructor() {
    this.element.append(...this.#columns, this.#lanes.element);
    new ResizeObserver(() => this.#lay()).observe(this.element);
  }

  update({ reel, frame, isMoving, nowMs }: Look, lit: readonly Owner[] = []): void {
    if (this.#reel !== reel) this.#cast(reel);
    for (const [i, card] of this.#cards.entries()) {
      const shot = frame.machines[i];
      if (shot !== undefined) card.update(shot, frame, i === reel.heroIndex ? lit : []);
    }
    this.#lanes.update(frame, isMoving ? nowMs : null);
  }

  /** Marks the machines that a sentence is about. */
  point(names: readonly string[]): void {
    for (const card of this.#cards)
      card.element.classList.toggle("meant", names.includes(card.name));
  }

  #cast(reel: Reel): void {
    this.#reel = reel;
    this.#cards = reel.title.cast.map((member) => new MachineCard(member));
    const columns = columnsOf(reel.title);
    const sides = [columns.left, columns.middle, columns.right];
    for (const [i, names] of sides.entries()) {
      const column = this.#columns[i];
      const cards = this.#cards
        .filter(({ name }) => names.includes(name))
        .map(({ element }) => element);
      if (column !== undefined) replaceChildren(column, cards);
    }
    const { classList } = this.element;
    classList.toggle("no-left", columns.left.length === 0);
    classList.toggle("no-right", columns.right.length === 0);
    classList.toggle("several", columns.middle.length > 1);
    this.#lay();
  }

  #lay(): void {
    if (this.#reel === null) return;
    const boxOf = (name: string): DOMRect | null =>
      this.#cards.find((card) => card.name === name)?.element.getBoundingClientRect() ?? null;
    this.#lanes.lay(linesOf(this.#reel.title), boxOf, this.element.getBoundingClientRect());
  }
}

export class ClusterView implements View {
  readonly id = "cluster";
  readonly name = "Cluster";
  readonly #stage = new Stage();
  #told: (Meant & { readonly closure: Closure }) | null = null;
  readonly element = h("section", { class: "view cluster", "aria-label": "Cluster" }, [
    this.#stage.element,
  ]);

  update(look: Look): void {
    const meant = this.#meantBy(look);
    this.#stage.update(look, meant.owners);
    this.#stage.point(meant.machines);
  }

  /** Once the knot is closed: the machines and the pages of its circle. */
  #meantBy({ reel, atNs }: Look): Meant {
    const { closure, title } = reel;
    if (closure === null || atNs < closure.atNs) return NOTHING;
    if (this.#told?.closure !== closure) {
      const steps = knotOf(
        closure.certificate,
        title.cast.map(({ name }) => name),
      );
      const circle = steps.filter(({ isInCircle }) => isInCircle);
      const machines = circle.flatMap((step) => step.machines);
      this.#told = { closure, machines, owners: circle.flatMap((step) => step.owners) };
    }
    return this.#told;
  }
}

interface Meant {
  readonly machines: readonly string[];
  readonly owners: readonly Owner[];
}

const NOTHING: Meant = { machines: [], owners: [] };
