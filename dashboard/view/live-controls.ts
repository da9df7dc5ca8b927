// What may be done to a cluster that is up: open a fault and heal it, ask for another run, end one. Each shows the command
// that does the same; each needs the token.

import {
  askForRun,
  endRun,
  heal,
  type Listed,
  listScenarios,
  openFault,
  sessionOf,
} from "../live/cluster-api.ts";
import type { LiveSource } from "../live/live-source.ts";
import { keepToken, knownToken } from "../live/token.ts";
import {
  type FaultWish,
  faultCommand,
  healCommand,
  type RunWish,
  runCommand,
} from "../model/orders.ts";
import { stepOf, yamlOf } from "../model/session.ts";
import { h, labelled, panel, replaceChildren, setCommand, setText } from "./dom.ts";
import { FaultForm } from "./fault-form.ts";
import { saveFile } from "./save-file.ts";
import type { Look, View } from "./view.ts";

const button = (text: string, isFirst = false): HTMLButtonElement =>
  h("button", { type: "button", ...(isFirst && { class: "primary" }) }, [text]);

const NOTHING: Listed = { scenarios: [], policies: [] };

export class LiveControlsView implements View {
  readonly id = "controls";
  readonly name = "Controls";
  readonly #live: LiveSource;
  readonly #said = h("p", { class: "said-back", role: "status" });
  readonly #token = h("input", { type: "password", autocomplete: "off" });
  readonly #known = h("p", { class: "muted" });
  readonly #form = new FaultForm();
  readonly #seconds = h("input", { type: "number", min: 1, max: 600, step: 1, value: 15 });
  readonly #inject = button("open this fault now", true);
  readonly #faultCommand = h("code", { class: "block" });
  readonly #faultYaml = h("pre");
  readonly #open = h("ul", { class: "rows" });
  readonly #healAll = button("heal all");
  readonly #save = button("save session as scenario");
  readonly #scenario = h("select");
  readonly #variant = h("select");
  readonly #policy = h("select");
  readonly #seed = h("input", { type: "number", min: 0, step: 1, placeholder: "the scenario's" });
  readonly #set = h("input", { type: "text", placeholder: "params.flood=500/s" });
  readonly #run = button("run it", true);
  readonly #end = button("end the run that goes on");
  readonly #runCommand = h("code", { class: "block" });
  readonly element: HTMLElement;
  #listed: Listed | null = null;
  #faultsKey = "";

  constructor(live: LiveSource) {
    this.#live = live;
    const keep = button("use it in this tab");
    keep.addEventListener("click", () => {
      keepToken(this.#token.value.trim());
      this.#token.value = "";
      this.#tellToken();
    });
    this.element = h("section", { class: "view controls", "aria-label": "Controls" }, [
      panel(
        "Fault, now",
        ...this.#form.choice,
        labelled("heals itself after, in s", this.#seconds),
        this.#form.about,
        h("div", { class: "buttons" }, [this.#inject]),
        this.#faultCommand,
        h("p", { class: "muted" }, ["The same at this instant, in a scenario:"]),
        this.#faultYaml,
      ),
      panel(
        "Open by hand",
        this.#open,
        h("div", { class: "buttons" }, [this.#healAll]),
        command(healCommand(null)),
        h("p", { class: "muted" }, [
          "Save the run as it has come so far, with each fault at its instant: unwedge run on the file is the same run again.",
        ]),
        h("div", { class: "buttons" }, [this.#save]),
      ),
      panel(
        "Another run",
        labelled("scenario", this.#scenario),
        labelled("variant", this.#variant),
        labelled("policy", this.#policy),
        labelled("seed", this.#seed),
        labelled("changed, path=value", this.#set),
        h("div", { class: "buttons" }, [this.#run, this.#end]),
        this.#runCommand,
      ),
      panel("Token", this.#known, labelled("token", this.#token), keep),
      this.#said,
    ]);
    this.#wire();
    this.#tellToken();
  }

  update({ reel, atNs }: Look): void {
    this.#form.offer(reel);
    if (this.#listed === null) this.#list();
    setCommand(this.#faultCommand, faultCommand(this.#fault()));
    const { leaseS, ...wish } = this.#fault();
    setText(this.#faultYaml, yamlOf(stepOf({ ...wish, atNs, forNs: leaseS * 1e9 }, "page-1")));
    setCommand(this.#runCommand, runCommand(this.#wish()));
    this.#save.disabled = this.#live.state.film === null;
    this.#end.disabled = this.#running() === null;
    const { faults } = this.#live.state;
    const key = faults.map(({ id }) => id).join(" ");
    if (key !== this.#faultsKey || this.#open.childElementCount === 0) this.#tellFaults();
    this.#faultsKey = key;
  }

  #wire(): void {
    this.#inject.addEventListener("click", () =>
      this.#do(
        () => openFault(this.#fault()),
        `${this.#form.name} is open on ${this.#form.target}`,
      ),
    );
    this.#healAll.addEventListener("click", () =>
      this.#do(() => heal(null), "every fault is healed"),
    );
    this.#save.addEventListener("click", () => this.#keep());
    this.#run.addEventListener("click", () =>
      this.#do(
        () => askForRun(this.#wish()),
        "it is queued, and runs when those before it have ended",
      ),
    );
    this.#end.addEventListener("click", () => {
      const id = this.#running();
      if (id !== null) this.#do(() => endRun(id), "it was ended");
    });
    this.#scenario.addEventListener("change", () => this.#offerVariants());
  }

  #do(order: () => Promise<void>, done: string): void {
    setText(this.#said, "…");
    order().then(
      () => setText(this.#said, `✓ ${done}.`),
      (error: unknown) => {
        setText(this.#said, `✕ ${error instanceof Error ? error.message : String(error)}.`);
        this.#tellToken();
      },
    );
  }

  #keep(): void {
    const { film } = this.#live.state;
    if (film === null) return;
    const name = `${film.reel.title.scenario}-session.yaml`;
    const save = async (): Promise<void> => saveFile(name, await sessionOf(film.run));
    this.#do(save, `saved; ./unwedge run ${name} is this run again`);
  }

  #running(): string | null {
    return this.#live.state.runs.find(({ state }) => state === "running")?.id ?? null;
  }

  #fault(): FaultWish {
    const { name, target, args } = this.#form;
    return { name, target, args, leaseS: Number(this.#seconds.value) };
  }

  #wish(): RunWish {
    const orNull = (text: string): string | null => (text === "" ? null : text);
    return {
      scenario: this.#scenario.value,
      variant: orNull(this.#variant.value),
      seed: this.#seed.value === "" ? null : Number(this.#seed.value),
      policy: orNull(this.#policy.value),
      set: this.#set.value.trim() === "" ? [] : [this.#set.value.trim()],
    };
  }

  #tellToken(): void {
    setText(
      this.#known,
      knownToken() === ""
        ? "Looking is free; what changes something needs the token that unwedge up printed."
        : "A token is kept until this tab is closed.",
    );
  }

  #tellFaults(): void {
    const rows = this.#live.state.faults.map(({ id, name, target }) => {
      const close = h("button", { type: "button", title: healCommand(id) }, ["heal"]);
      close.addEventListener("click", () =>
        this.#do(() => heal(id), `${name} on ${target} is healed`),
      );
      return h("li", {}, [
        h("b", {}, [name]),
        h("span", { class: "what" }, [`on ${target}`]),
        close,
      ]);
    });
    replaceChildren(this.#open, rows.length > 0 ? rows : [h("li", { class: "idle" }, ["none"])]);
  }

  /** Once, when somebody looks: the coordinator reads every scenario for it. */
  #list(): void {
    this.#listed = NOTHING;
    listScenarios().then(
      (listed) => {
        this.#listed = listed;
        const { film } = this.#live.state;
        fill(
          this.#scenario,
          listed.scenarios.map(({ name }) => name),
          film?.reel.title.scenario,
        );
        fill(this.#policy, ["", ...listed.policies], "");
        this.#offerVariants();
      },
      (error: unknown) => setText(this.#said, `✕ ${String(error)}`),
    );
  }

  #offerVariants(): void {
    const found = this.#listed?.scenarios.find(({ name }) => name === this.#scenario.value);
    fill(this.#variant, found?.variants ?? [], this.#live.state.film?.reel.title.variant);
  }
}

function command(text: string): HTMLElement {
  const element = h("code", { class: "block" });
  setCommand(element, text);
  return element;
}

function fill(
  select: HTMLSelectElement,
  names: readonly string[],
  chosen: string | null | undefined,
): void {
  replaceChildren(
    select,
    names.map((name) =>
      h("option", { value: name }, [name === "" ? "as the scenario has it" : name]),
    ),
  );
  if (chosen !== undefined && chosen !== null && names.includes(chosen)) select.value = chosen;
}
