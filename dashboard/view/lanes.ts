// The lines between machines, and what travels them: a dot for each packet, a ring around those that swap depends on, and a
// cross that falls where one was lost.

import type { Frame, Message } from "#sim/index.ts";
import type { Line } from "../model/topology.ts";
import { replaceChildren, svg } from "./dom.ts";

/** Of one direction, at one time. */
const DOTS_MAX = 7;
/** A dot crosses a line in this much of the viewer's time. */
const CROSSING_MS = 1_600;

interface Point {
  readonly x: number;
  readonly y: number;
}
interface Track {
  readonly from: string;
  readonly to: string;
  readonly start: Point;
  readonly end: Point;
  /** From the middle between the two directions, in px: below or to the right of it, or on the other side. */
  readonly apart: number;
}

export class Lanes {
  readonly element = svg("svg", { class: "lanes", "aria-hidden": "true" });
  readonly #wires = svg("g");
  readonly #dots = svg("g");
  #tracks: readonly Track[] = [];
  #shown: { readonly frame: Frame; readonly motionMs: number | null } | null = null;

  constructor() {
    this.element.append(this.#wires, this.#dots);
  }

  /** Where the lines run now; to be called when cards have moved. */
  lay(lines: readonly Line[], boxOf: (name: string) => DOMRect | null, origin: DOMRect): void {
    const tracks: Track[] = [];
    for (const line of lines) {
      const [boxA, boxB] = [boxOf(line.a), boxOf(line.b)];
      if (boxA === null || boxB === null) continue;
      tracks.push(...tracksBetween(line, boxA, boxB, origin));
    }
    this.#tracks = tracks;
    replaceChildren(this.#wires, tracks.map(wireOf));
    if (this.#shown !== null) this.update(this.#shown.frame, this.#shown.motionMs);
  }

  update(frame: Frame, motionMs: number | null): void {
    this.#shown = { frame, motionMs };
    const dots = this.#tracks.flatMap((track) => dotsOf(track, frame.messages, motionMs));
    this.#dots.replaceChildren(...dots);
    for (const [i, wire] of [...this.#wires.children].entries()) {
      const track = this.#tracks[i];
      const isCut = track !== undefined && isStruck(frame, track);
      wire.classList.toggle("cut", isCut);
    }
  }
}

const isStruck = ({ faults }: Frame, { from, to }: Track): boolean =>
  faults.some(
    ({ target }) =>
      target === `${from}->${to}` ||
      target === `${to}->${from}` ||
      target === `${from}<->${to}` ||
      target === `${to}<->${from}`,
  );

/** Half of the distance between the two directions, in px. */
const APART = 13;
/** Lines leave a card this far below its top: cards grow, their heads stay. */
const BELOW_TOP = 66;

/** Side by side the way inwards is the lower one: what is lost at its end falls clear of the way back. */
function tracksBetween(
  { a, b, inner }: Line,
  boxA: DOMRect,
  boxB: DOMRect,
  origin: DOMRect,
): Track[] {
  const isBeside = boxA.right <= boxB.left;
  const start = isBeside
    ? { x: boxA.right - origin.left, y: boxA.top + BELOW_TOP - origin.top }
    : { x: boxA.left + boxA.width / 2 - origin.left, y: boxA.bottom - origin.top };
  const end = isBeside
    ? { x: boxB.left - origin.left, y: start.y }
    : { x: start.x, y: boxB.top - origin.top };
  // Below and to the left of it: aslant, to its side.
  if (boxB.right <= boxA.left)
    Object.assign(end, { x: boxB.right - origin.left, y: boxB.top + BELOW_TOP - origin.top });
  const shift = (point: Point, by: number): Point =>
    isBeside ? { x: point.x, y: point.y + by } : { x: point.x + by, y: point.y };
  const there = isBeside && inner === b ? APART : -APART;
  const track = (
    from: string,
    to: string,
    ends: readonly [Point, Point],
    apart: number,
  ): Track => ({
    ...{ from, to, apart },
    start: shift(ends[0], apart),
    end: shift(ends[1], apart),
  });
  return [track(a, b, [start, end], there), track(b, a, [end, start], -there)];
}

function wireOf({ start, end, from, to }: Track): SVGElement {
  return svg("g", { class: "wire" }, [
    svg("line", { x1: start.x, y1: start.y, x2: end.x, y2: end.y }),
    svg("path", { d: arrow(start, end), class: "arrow" }),
    svg("title", {}, [`${from} → ${to}`]),
  ]);
}

/** The head of an arrow at `end`. */
function arrow(start: Point, end: Point): string {
  const [dx, dy] = [Math.sign(end.x - start.x), Math.sign(end.y - start.y)];
  const isFlat = dx !== 0;
  const [bx, by] = [end.x - dx * 7, end.y - (isFlat ? 0 : dy * 7)];
  return isFlat
    ? `M${end.x} ${end.y}L${bx} ${by - 4}L${bx} ${by + 4}Z`
    : `M${end.x} ${end.y}L${bx - 4} ${by}L${bx + 4} ${by}Z`;
}

function dotsOf(track: Track, messages: readonly Message[], motionMs: number | null): SVGElement[] {
  const sent = messages.filter(
    ({ from, to, what }) => from === track.from && to === track.to && what !== "missed",
  );
  const lost = messages.filter((message) => isLostOn(message, track));
  const phase = motionMs === null ? 0.5 : (motionMs % CROSSING_MS) / CROSSING_MS;
  const shown = thinned(sent, DOTS_MAX);
  return [
    ...shown.map((message, i) => dotOf(track, message, ((i + phase) / shown.length) % 1)),
    ...thinned(lost, 3).map((message, i) => crossOf(track, message, { nth: i, phase })),
  ];
}

/** Missed by the card at the end of this track. */
const isLostOn = ({ from, to, what }: Message, track: Track): boolean =>
  what === "missed" && from === track.from && to === track.to;

function thinned<T>(items: readonly T[], max: number): readonly T[] {
  if (items.length <= max) return items;
  return Array.from({ length: max }, (_, i) => items[Math.floor((i * items.length) / max)]).filter(
    (item) => item !== undefined,
  );
}

function dotOf({ start, end }: Track, message: Message, t: number): SVGElement {
  const [x, y] = [start.x + (end.x - start.x) * t, start.y + (end.y - start.y) * t];
  const kind = `${message.isCritical ? "critical" : "plain"} ${message.what}`;
  const said = `${message.from} → ${message.to}, ${message.what}${message.isCritical ? ", for swap" : ""}`;
  return svg("circle", { cx: x, cy: y, r: message.isCritical ? 5 : 3.5, class: `dot ${kind}` }, [
    svg("title", {}, [said]),
  ]);
}

/** It leaves its own line on the side where the other is not, and never falls over what the cards say. */
function crossOf(
  { end, start, apart }: Track,
  message: Message,
  { nth, phase }: { readonly nth: number; readonly phase: number },
): SVGElement {
  const [dx, dy] = [Math.sign(end.x - start.x), Math.sign(end.y - start.y)];
  const fallen = Math.sign(apart) * (14 + ((phase + nth / 3) % 1) * 42);
  const [x, y] =
    dx === 0
      ? [end.x + fallen, end.y - dy * (8 + nth * 8)]
      : [end.x - dx * (14 + nth * 12), end.y + fallen];
  return svg(
    "path",
    {
      d: `M${x - 4} ${y - 4}L${x + 4} ${y + 4}M${x + 4} ${y - 4}L${x - 4} ${y + 4}`,
      class: `cross ${message.isCritical ? "critical" : "plain"}`,
    },
    [
      svg("title", {}, [
        `lost at ${message.to}: ${message.reason ?? "dropped"}${message.isCritical ? ", for swap" : ""}`,
      ]),
    ],
  );
}
