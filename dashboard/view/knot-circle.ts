// The circle of waits, drawn as one: each waits for the next, the last for the first.

import type { KnotStep } from "../model/knot.ts";
import { svg } from "./dom.ts";

const WIDTH = 480;
const HEIGHT = 250;
const BOX_WIDTH = 156;
const BOX_HEIGHT = 40;

export function circleOf(steps: readonly KnotStep[], chosen: number): SVGElement {
  const places = steps.map((_, i) => {
    const angle = -Math.PI / 2 + (i * 2 * Math.PI) / steps.length;
    return {
      x: WIDTH / 2 + Math.cos(angle) * (WIDTH / 2 - BOX_WIDTH / 2 - 4),
      y: HEIGHT / 2 + Math.sin(angle) * (HEIGHT / 2 - BOX_HEIGHT / 2 - 4),
    };
  });
  const arrows = places.map((from, i) =>
    arrowBetween(from, places[(i + 1) % places.length] ?? from),
  );
  const boxes = steps.map((step, i) => boxOf(step, places[i] ?? { x: 0, y: 0 }, chosen));
  const said = steps.map(({ text }) => nameOf(text)).join(", which waits for ");
  return svg(
    "svg",
    { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `circle of waits: ${said}` },
    [
      svg("defs", {}, [
        svg(
          "marker",
          {
            id: "tip",
            viewBox: "0 0 8 8",
            refX: 7,
            refY: 4,
            markerWidth: 7,
            markerHeight: 7,
            orient: "auto",
          },
          [svg("path", { d: "M0 0L8 4L0 8Z" })],
        ),
      ]),
      ...arrows,
      ...boxes,
    ],
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** From the edge of one box to the edge of the next. */
function arrowBetween(from: Point, to: Point): SVGElement {
  const [start, end] = [edgeOf(from, to), edgeOf(to, from)];
  return svg("line", {
    x1: start.x,
    y1: start.y,
    x2: end.x,
    y2: end.y,
    class: "wait",
    "marker-end": "url(#tip)",
  });
}

function edgeOf(box: Point, towards: Point): Point {
  const [dx, dy] = [towards.x - box.x, towards.y - box.y];
  const scale = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : (BOX_WIDTH / 2 + 3) / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : (BOX_HEIGHT / 2 + 3) / Math.abs(dy),
  );
  return { x: box.x + dx * Math.min(1, scale), y: box.y + dy * Math.min(1, scale) };
}

/** `A's card: 0 of 256 receive buffers; …` is about A's card. */
const nameOf = (text: string): string => text.split(":")[0] ?? text;

function boxOf({ n, text }: KnotStep, { x, y }: Point, chosen: number): SVGElement {
  return svg("g", { class: n === chosen ? "party chosen" : "party" }, [
    svg("rect", {
      x: x - BOX_WIDTH / 2,
      y: y - BOX_HEIGHT / 2,
      width: BOX_WIDTH,
      height: BOX_HEIGHT,
      rx: 8,
    }),
    svg("text", { x, y: y + 5, "text-anchor": "middle" }, [`${n} · ${nameOf(text)}`]),
    svg("title", {}, [text]),
  ]);
}
