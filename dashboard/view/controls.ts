// What may be done to a run: faults, the flood, the policy. Each is a setting that the command line takes too, so nothing
// that was tried here is lost. A change runs the scenario again from its beginning; up to the change it is the same run.

import { clockText } from "../model/figures.ts";
import type { Reel } from "../model/reel.ts";
import {
  commandOf,
  isChanged,
  type Session,
  undone,
  withFault,
  withSetting,
  yamlOf,
} from "../model/session.ts";
import { h, labelled, panel, replaceChildren, setCommand, setText } from "./dom.ts";
import { FaultForm } from "./fault-form.ts";
import { saveFile } from "./save-file.ts";
import type { Deck, Look, View } from "./view.ts";

export class ControlsView implements View {
  readonly id = "controls";
  readonly name = "Controls";
  readonly #deck: Deck;
  readonly #form = new FaultForm();
  readonly #seconds = h("input", { type: "number", min: 0.1, max: 600, step: 0.1, value: 3 });
  readonly #inject = h("button", { type: "button", class: "primary" }, ["inject at this instant"]);
  readonly #flood = h("input", { type: "range", min: 0, max: 2000, step: 50, value: 250 });
  readonly #rate = h("output");
  readonly #setFlood = h("button", { type: "button" }, ["run with this flood"]);
  readonly #policy = h("select");
  readonly #setPolicy = h("button", { type: "button" }, ["run under this policy"]);
  readonly #undo = h("button", { type: "button" }, ["undo the last change"]);
  readonly #save = h("button", { type: "button" }, ["save session as scenario"]);
  readonly #command = h("code", { class: "block" });
  readonly #yaml = h("pre");
  readonly element: HTMLElement;
  #atNs = 0;
  #reel: Reel | null = null;

  constructor(deck: Deck) {
    this.#deck = deck;
    this.element = h("section", { class: "view controls", "aria-label": "Controls" }, [
      panel(
        "Fault",
        ...this.#form.choice,
        labelled("for, in s", this.#seconds),
        this.#form.about,
        this.#inject,
      ),
      panel("Flood", labelled("requests of B a second", this.#flood), this.#rate, this.#setFlood),
      panel("Policy of every machine", labelled("preset", this.#policy), this.#setPolicy),
      panel(
        "This session",
        h("p", { class: "muted" }, ["The same on a command line:"]),
        this.#command,
        h("p", { class: "muted" }, ["The same in the scenario:"]),
        this.#yaml,
        h("div", { class: "buttons" }, [this.#undo, this.#save]),
      ),
    ]);
    this.#wire();
  }

  update({ reel, atNs }: Look): void {
    this.#atNs = atNs;
    const { session } = this.#deck;
    if (reel !== this.#reel) this.#offer(reel);
    for (const button of [this.#inject, this.#setFlood, this.#setPolicy])
      button.disabled = session === null;
    setText(this.#inject, `inject at ${clockText(atNs)}`);
    setText(this.#rate, `${this.#flood.value}/s`);
    setCommand(this.#command, commandOf(session ?? reel.title));
    const changes = (session ?? reel.title).settings.map(yamlOf);
    setText(this.#yaml, changes.length === 0 ? "(nothing is changed)" : changes.join("\n"));
    this.#save.disabled = session === null;
    this.#undo.disabled = session === null || !isChanged(session);
  }

  #wire(): void {
    this.#inject.addEventListener("click", () => this.#run((session) => this.#withFault(session)));
    this.#setFlood.addEventListener("click", () =>
      this.#run((session) => withSetting(session, `params.flood=${this.#flood.value}/s`)),
    );
    this.#setPolicy.addEventListener("click", () =>
      this.#run((session) => ({ ...session, policy: this.#policy.value })),
    );
    this.#undo.addEventListener("click", () => this.#run(undone));
    this.#save.addEventListener("click", () => this.#download());
  }

  #run(change: (session: Session) => Session): void {
    const { session } = this.#deck;
    if (session !== null) this.#deck.run(change(session));
  }

  #withFault(session: Session): Session {
    return withFault(session, {
      name: this.#form.name,
      target: this.#form.target,
      atNs: this.#atNs,
      forNs: Number(this.#seconds.value) * 1e9,
      args: this.#form.args,
    });
  }

  #offer(reel: Reel): void {
    this.#reel = reel;
    this.#form.offer(reel);
    replaceChildren(
      this.#policy,
      this.#deck.policies.map((name) => h("option", { value: name }, [name])),
    );
  }

  /** A file that `unwedge run` takes, and that gives the same digest. */
  #download(): void {
    const { session, document: text } = this.#deck;
    if (session !== null && text !== null) saveFile(`${session.scenario}-session.yaml`, text);
  }
}
