// A space-time diagram of packets: one vertical line a machine, time downwards.

import type { Message } from "#sim/index.ts";
import type { Exchange } from "../model/exchange.ts";
import { timeText } from "../model/figures.ts";
import { svg } from "./dom.ts";

const WIDTH = 720;
const HEIGHT = 330;
const TOP = 30;
const LEFT = 90;

export function spaceTime({ lanes, fromNs, toNs, messages, leftOut }: Exchange): SVGElement {
  const span = Math.max(1, toNs - fromNs);
  const yOf = (atNs: number): number => TOP + 10 + ((atNs - fromNs) / span) * (HEIGHT - TOP - 40);
  const xOf = (name: string): number => {
    const index = Math.max(0, lanes.indexOf(name));
    return LEFT + ((WIDTH - LEFT - 60) * index) / Math.max(1, lanes.length - 1);
  };
  const label = `${messages.length} packets between ${lanes.join(", ")}, ${timeText(fromNs)} to ${timeText(toNs)}`;
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label, class: "space-time" },
    [
      ...lanes.flatMap((name) => [
        svg("text", { x: xOf(name), y: 18, "text-anchor": "middle", class: "lane-name" }, [name]),
        svg("line", { x1: xOf(name), y1: TOP, x2: xOf(name), y2: HEIGHT - 20, class: "lane" }),
      ]),
      ...[fromNs, fromNs + span / 2, toNs].map((atNs) =>
        svg("text", { x: 4, y: yOf(atNs) + 4, class: "instant" }, [timeText(atNs)]),
      ),
      ...messages.map((message) => packetOf(message, { xOf, yOf })),
      svg("text", { x: LEFT, y: HEIGHT - 2, class: "instant" }, [
        `◆ for swap   ● everybody else   ✕ lost at its receiver${leftOut > 0 ? `   (${leftOut} more not drawn)` : ""}`,
      ]),
    ],
  );
}

interface Scales {
  readonly xOf: (name: string) => number;
  readonly yOf: (atNs: number) => number;
}

function packetOf(
  { atNs, from, to, what, isCritical, reason }: Message,
  { xOf, yOf }: Scales,
): SVGElement {
  const [y, end] = [yOf(atNs), yOf(atNs)];
  const kind = `packet ${what} ${isCritical ? "critical" : "plain"}`;
  const why = reason === null ? "" : `, ${reason}`;
  const title = svg("title", {}, [
    `${timeText(atNs)} ${from} → ${to}: ${what}${isCritical ? ", for swap" : ""}${why}`,
  ]);
  if (from === to) return svg("g", { class: kind }, [title, cross(xOf(to), y)]);
  const [x1, x2] = [xOf(from), xOf(to)];
  const stop = what === "missed" ? x2 - Math.sign(x2 - x1) * 8 : x2;
  // What travels goes down a little: it takes time.
  const line = svg("line", { x1, y1: y, x2: stop, y2: end + 7 });
  const mark =
    what === "missed" ? cross(stop, end + 7) : head({ x: x2, y: end + 7 }, { isCritical });
  return svg("g", { class: kind }, [title, line, mark]);
}

const cross = (x: number, y: number): SVGElement =>
  svg("path", {
    d: `M${x - 4} ${y - 4}L${x + 4} ${y + 4}M${x + 4} ${y - 4}L${x - 4} ${y + 4}`,
    class: "lost",
  });

const head = (
  { x, y }: { readonly x: number; readonly y: number },
  { isCritical }: { readonly isCritical: boolean },
): SVGElement =>
  isCritical
    ? svg("path", { d: `M${x} ${y - 5}L${x + 5} ${y}L${x} ${y + 5}L${x - 5} ${y}Z` })
    : svg("circle", { cx: x, cy: y, r: 3 });
