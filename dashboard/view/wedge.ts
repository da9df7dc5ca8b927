// The proof, one sentence at a time: what each is about is lit on the machines, and behind it stands what was last sent.

import { machinesText } from "#explain/index.ts";
import { exchangeBefore } from "../model/exchange.ts";
import { pagesText, timeText } from "../model/figures.ts";
import { type KnotStep, knotOf } from "../model/knot.ts";
import type { Reel } from "../model/reel.ts";
import { commandOf } from "../model/session.ts";
import { columnsOf } from "../model/topology.ts";
import { h, panel, replaceChildren, scrolled, setCommand, setText, tableOf } from "./dom.ts";
import { circleOf } from "./knot-circle.ts";
import { MemoryBar } from "./memory-bar.ts";
import { NoReturnLine } from "./no-return.ts";
import { spaceTime } from "./space-time.ts";
import type { Deck, Look, View } from "./view.ts";

export class WedgeView implements View {
  readonly id = "wedge";
  readonly name = "Wedge";
  readonly #deck: Deck;
  readonly #head = h("header", { class: "wedge-head" });
  readonly #list = h("ol", { class: "sentences" });
  readonly #circle = h("div", { class: "circle" });
  readonly #said = h("div", { class: "said", "aria-live": "polite" });
  readonly #memory = new MemoryBar({ hasLegend: true });
  readonly #exchange = h("div", { class: "exchange" });
  readonly #owners = h("div", { class: "owners" });
  readonly #noReturn: NoReturnLine;
  readonly element: HTMLElement;
  #reel: Reel | null = null;
  #closedNs = -1;
  #steps: readonly KnotStep[] = [];
  #step = 0;
  #isOpenedFor: Reel | null = null;

  constructor(deck: Deck) {
    this.#deck = deck;
    const back = h("button", { type: "button" }, ["◂ back"]);
    const next = h("button", { type: "button", class: "primary" }, ["next sentence ▸"]);
    back.addEventListener("click", () => this.#go(this.#step - 1));
    next.addEventListener("click", () => this.#go(this.#step + 1));
    this.#noReturn = new NoReturnLine(deck);
    this.element = h("section", { class: "view wedge", "aria-label": "Wedge" }, [
      this.#head,
      this.#noReturn.element,
      h("div", { class: "wedge-grid" }, [
        panel("The knot", this.#circle, this.#said, h("div", { class: "buttons" }, [back, next])),
        panel("The certificate", this.#list),
        panel("The pages it is about", this.#memory.element, this.#owners),
        panel("The last packets before it closed", this.#exchange),
      ]),
    ]);
  }

  update({ reel }: Look): void {
    const closedNs = reel.closure?.atNs ?? -1;
    if (reel !== this.#reel || closedNs !== this.#closedNs) this.#read(reel, closedNs);
    this.#noReturn.update(reel);
    this.element.classList.toggle("open", reel.closure === null);
    // Freezes at the moment of closure, once for each film: whoever plays on may.
    if (reel.closure !== null && this.#isOpenedFor !== reel) {
      this.#isOpenedFor = reel;
      this.#deck.pause();
      this.#deck.seek(reel.closure.atNs);
    }
    const shot = reel.frameAt(closedNs)?.machines[reel.heroIndex];
    if (shot !== undefined) this.#memory.update(shot, this.#steps[this.#step]?.owners ?? []);
  }

  #read(reel: Reel, closedNs: number): void {
    this.#reel = reel;
    this.#closedNs = closedNs;
    this.#step = 0;
    const { closure, title } = reel;
    replaceChildren(
      this.#head,
      closure === null ? openHead(reel) : this.#closedHead(reel, closedNs),
    );
    if (closure === null) return;
    this.#steps = knotOf(
      closure.certificate,
      title.cast.map(({ name }) => name),
    );
    replaceChildren(
      this.#list,
      this.#steps.map((step, i) => this.#row(step, i)),
    );
    const { left, middle, right } = columnsOf(title);
    const exchange = exchangeBefore(reel, closedNs, [...left, ...middle, ...right]);
    replaceChildren(this.#exchange, [scrolled("the last packets", spaceTime(exchange))]);
    replaceChildren(this.#owners, [ownersTable(closure.certificate.owners)]);
    this.#go(0);
  }

  #closedHead({ closure, title }: Reel, closedNs: number): HTMLElement[] {
    const command = commandOf(title);
    const code = h("code");
    setCommand(code, command);
    const copy = h("button", { type: "button" }, ["copy the replay command"]);
    copy.addEventListener("click", () => {
      navigator.clipboard.writeText(command).then(
        () => setText(copy, "copied"),
        () => setText(copy, "select it and copy by hand"),
      );
    });
    return [
      h("p", { class: "proven" }, [
        h("strong", { class: "pill bad" }, ["✕ proven"]),
        ` By ${timeText(closedNs)} the last way out of ${closure === null ? "" : machinesText(closure.certificate)} had closed: nobody named below can ever move, whatever all others do.`,
      ]),
      h("p", { class: "command" }, [code, copy]),
    ];
  }

  #go(step: number): void {
    const count = this.#steps.length;
    if (count === 0) return;
    this.#step = (step + count) % count;
    const chosen = this.#steps[this.#step];
    if (chosen === undefined) return;
    for (const [i, { firstElementChild: pick }] of [...this.#list.children].entries()) {
      if (i === this.#step) pick?.setAttribute("aria-current", "step");
      else pick?.removeAttribute("aria-current");
    }
    replaceChildren(this.#said, saidOf(chosen));
    replaceChildren(this.#circle, [
      circleOf(
        this.#steps.filter(({ isInCircle }) => isInCircle),
        chosen.n,
      ),
    ]);
    const { closure, heroIndex } = this.#reel ?? {};
    const shot = this.#reel?.frameAt(closure?.atNs ?? 0)?.machines[heroIndex ?? 0];
    if (shot !== undefined) this.#memory.update(shot, chosen.owners);
  }

  #row({ n, text, rule, isInCircle }: KnotStep, index: number): HTMLElement {
    const pick = h("button", { type: "button" }, [
      h("b", {}, [String(n)]),
      h("span", {}, [text]),
      ...(rule === null
        ? []
        : [
            h(
              "code",
              { title: "The rule that refuses its step, by the name it has in the kernel." },
              [rule],
            ),
          ]),
    ]);
    pick.addEventListener("click", () => this.#go(index));
    return h("li", { class: isInCircle ? "in-circle" : "" }, [pick]);
  }
}

function openHead({ end }: Reel): HTMLElement[] {
  const text =
    end === null
      ? "No knot has closed so far. When one does, this view stops there and tells it sentence by sentence."
      : `No knot closed in this run: ${end.result.verdict}. Choose a variant that wedges, vanilla-2007 for example.`;
  return [h("p", { class: "empty" }, [text])];
}

function saidOf({ n, text, rule, sinceNs, because, heldPages }: KnotStep): HTMLElement[] {
  const facts = [
    ...(sinceNs === null ? [] : [`since ${timeText(sinceNs)}`]),
    ...(heldPages === 0 ? [] : [`holds ${pagesText(heldPages)} meanwhile`]),
    ...(rule === null ? [] : [`refused by ${rule}`]),
    ...(because.length === 0
      ? []
      : [`because of ${because.map((each) => `sentence ${each}`).join(", ")}`]),
  ];
  return [
    h("p", { class: "sentence" }, [`${n}. ${text}`]),
    h("p", { class: "muted" }, [facts.join(" · ")]),
  ];
}

function ownersTable(
  owners: readonly { readonly owner: string; readonly pages: number; readonly by: string }[],
): HTMLElement {
  const rows = owners.map(({ owner, pages, by }) =>
    h("tr", {}, [
      h("td", {}, [owner]),
      h("td", { class: "number" }, [pagesText(pages)]),
      h("td", {}, [by === "" ? "—" : by]),
    ]),
  );
  return tableOf(["owner", "pages", "who could free them"], h("tbody", {}, rows));
}
