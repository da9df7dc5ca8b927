// One machine: its memory, what it waits for, what its sockets hold.

import type { CastMember, Frame, MachineShot, SocketGroup, TaskGroup } from "#sim/index.ts";
import { counted, countText, pagesText, timeText } from "../model/figures.ts";
import type { Owner } from "../model/owners.ts";
import { isIdleWait, waitText } from "../model/waits.ts";
import { figure, h, place, replaceChildren, setText } from "./dom.ts";
import { FreeGauge, MemoryBar } from "./memory-bar.ts";

const ROLES: Readonly<Record<string, string>> = {
  client: "floods the service",
  machine: "swaps over the network",
  "swap-server": "swap server",
  manager: "manager",
};

const LENDER = "swaps over the network, and serves";

export class MachineCard {
  readonly element: HTMLElement;
  readonly name: string;
  readonly #isLarge: boolean;
  readonly #memory: MemoryBar;
  readonly #gauge = new FreeGauge();
  readonly #figures = h("dl", { class: "figures" });
  readonly #tasks = h("ul", { class: "rows" });
  readonly #sockets = h("ul", { class: "rows" });
  readonly #badge = h("span", { class: "badge", hidden: true });

  constructor({ name, role, policy, era, serves }: CastMember) {
    this.name = name;
    this.#isLarge = role === "machine";
    this.#memory = new MemoryBar({ hasLegend: this.#isLarge });
    const under = policy === null ? "" : `${policy} · rules of ${era}`;
    this.element = h(
      "article",
      { class: `card ${this.#isLarge ? "large" : "small"}`, "data-machine": name },
      [
        h("header", {}, [
          h("h2", {}, [name]),
          h("span", { class: "muted" }, [
            role === "machine" && serves ? LENDER : (ROLES[role] ?? role),
          ]),
          this.#badge,
          h(
            "span",
            {
              class: "policy",
              title: "The policy of this machine, and whose kernel's rules it follows.",
            },
            [under],
          ),
        ]),
        ...(this.#isLarge ? [this.#memory.element, this.#gauge.element] : []),
        this.#figures,
        h("div", { class: "two" }, [
          h("section", {}, [
            h("h3", {}, [this.#isLarge ? "Tasks, and what they wait for" : "Tasks"]),
            this.#tasks,
          ]),
          h("section", {}, [h("h3", {}, ["Sockets, and what they hold"]), this.#sockets]),
        ]),
      ],
    );
  }

  update(shot: MachineShot, frame: Frame, lit: readonly Owner[] = []): void {
    this.#memory.update(shot, lit);
    if (this.#isLarge) this.#gauge.update(shot);
    replaceChildren(this.#figures, figuresOf(shot, this.#isLarge));
    replaceChildren(this.#tasks, tasksOf(shot));
    replaceChildren(this.#sockets, socketsOf(shot));
    const open = frame.faults.filter(({ target }) => target === this.name);
    this.#badge.hidden = open.length === 0;
    setText(this.#badge, `⚡ ${open.map(({ name }) => name).join(", ")}`);
    this.element.classList.toggle("struck", open.length > 0);
  }
}

function figuresOf(
  { ring, swap, tcp, drops, latencyNs, counts }: MachineShot,
  isLarge: boolean,
): HTMLElement[] {
  const dropped = drops.reduce((sum, [, count]) => sum + count, 0);
  const why = drops.map(([reason, count]) => `${reason}: ${countText(count)}`).join("\n");
  const common = [
    figure("dropped", counted(dropped, "packet"), `Packets it could not take since boot.\n${why}`),
  ];
  if (!isLarge) {
    const own =
      swap.serverQueue > 0
        ? [
            figure(
              "queue",
              counted(swap.serverQueue, "request"),
              "Requests that wait for the store of this server.",
            ),
          ]
        : [];
    const slow =
      latencyNs === null
        ? []
        : [
            figure(
              "latency p99",
              timeText(latencyNs),
              "Of all answers so far 99 of 100 were faster, from when the request was due.",
            ),
          ];
    return [...own, ...slow, ...common];
  }
  return [
    figure(
      "receive buffers",
      `${ring.filled} of ${ring.size}`,
      "Descriptors of the card's receive ring that have a buffer. Without one a packet is lost, whoever it is for.",
    ),
    figure(
      "swap in flight",
      counted(swap.inFlight, "request"),
      "Requests that the swap server has not answered.",
    ),
    figure(
      "oldest",
      timeText(swap.oldestNs),
      "Age of the oldest request that was sent and not answered.",
    ),
    figure(
      "TCP memory",
      pagesText(tcp.pages),
      `Charged to all TCP sockets. Pressure begins at ${countText(tcp.pressurePages)}, the limit is ${pagesText(tcp.maxPages)}.`,
    ),
    figure(
      "answered",
      counted(counts.requests, "request"),
      "Requests of clients that were answered since boot: useful progress.",
    ),
    ...common,
  ];
}

const ROWS_MAX = 8;

function firstRows<T>(all: readonly T[], rowOf: (one: T) => HTMLElement): HTMLElement[] {
  const left = all.length - ROWS_MAX;
  const rows = all.slice(0, ROWS_MAX).map(rowOf);
  return left > 0 ? [...rows, h("li", { class: "idle" }, [`and ${countText(left)} more`])] : rows;
}

function tasksOf({ tasks }: MachineShot): HTMLElement[] {
  const live = tasks.filter(({ state }) => state !== "finished");
  const order = [...live].sort(
    (a, b) => Number(isIdleWait(a.on)) - Number(isIdleWait(b.on)) || b.longestNs - a.longestNs,
  );
  return firstRows(order, taskRow);
}

function taskRow({ name, count, state, on, longestNs }: TaskGroup): HTMLElement {
  const isIdle = isIdleWait(on);
  const sign = state === "runnable" ? "▸" : isIdle ? "·" : "‖";
  const word = state === "runnable" ? "runs" : `waits for ${waitText(on ?? "")}`;
  const title =
    on === null ? "Could run, or does." : `Blocked: ${on}, the longest for ${timeText(longestNs)}.`;
  return h("li", { class: isIdle ? "idle" : "stuck", title }, [
    h("span", { class: "sign", "aria-hidden": "true" }, [sign]),
    h("b", {}, [count === 1 ? name : `${count} × ${name}`]),
    h("span", { class: "what" }, [word]),
    h("span", { class: "since" }, [isIdle || state === "runnable" ? "" : timeText(longestNs)]),
  ]);
}

function socketsOf({ sockets }: MachineShot): HTMLElement[] {
  return sockets.length > 0
    ? firstRows(sockets, socketRow)
    : [h("li", { class: "idle" }, ["none is open"])];
}

function socketRow(group: SocketGroup): HTMLElement {
  const { peer, port, count, receivedPages, receiveLimitPages, sendingPages, isMemalloc } = group;
  const fill = h("span", { class: "fill" });
  const share = receiveLimitPages === 0 ? 0 : (receivedPages * 100) / receiveLimitPages;
  place(fill, { width: `${Math.min(100, share)}%` });
  const title = `${pagesText(receivedPages)} received and not read, of ${pagesText(receiveLimitPages)} that their limits allow; ${pagesText(sendingPages)} to be sent or acknowledged.${isMemalloc ? " The VM depends on it: SOCK_MEMALLOC." : ""}`;
  return h("li", { class: isMemalloc ? "critical" : "", title }, [
    h("b", {}, [`${count === 1 ? "" : `${count} × `}${peer}:${port}`]),
    ...(isMemalloc ? [h("span", { class: "mark" }, ["◆ memalloc"])] : []),
    h("span", { class: "mini" }, [fill]),
    h("span", { class: "held" }, [`${countText(receivedPages)} p unread`]),
    h("span", { class: "since" }, [
      sendingPages === 0 ? "" : `${countText(sendingPages)} p to send`,
    ]),
  ]);
}
