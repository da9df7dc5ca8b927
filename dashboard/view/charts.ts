// Time series of the machine that all is about: one cursor through all of them, phases and faults behind them.

import uPlot from "uplot";
import { type Band, bandsOf } from "#sim/index.ts";
import type { Reel } from "../model/reel.ts";
import { CHARTS, type Chart, ceilingOf, columnsOf } from "../model/series.ts";
import { h, setText } from "./dom.ts";
import type { Deck, Look, View } from "./view.ts";

const SYNC = "unwedge";
const HEIGHT_PX = 168;
/** Also told apart by how they are drawn. */
const DASHES = [[], [6, 4], [2, 3], [8, 3, 2, 3]];

interface Drawn {
  readonly chart: Chart;
  readonly box: HTMLElement;
  readonly plot: uPlot;
}

export class ChartsView implements View {
  readonly id = "charts";
  readonly name = "Charts";
  readonly #grid = h("div", { class: "charts" });
  readonly #whose = h("p", { class: "muted" });
  readonly element = h("section", { class: "view", "aria-label": "Charts" }, [
    this.#whose,
    this.#grid,
  ]);
  readonly #deck: Deck;
  #drawn: readonly Drawn[] = [];
  #reel: Reel | null = null;
  #frames = -1;
  #theme = "";
  #bands: readonly Band[] = [];
  #atS = 0;

  constructor(deck: Deck) {
    this.#deck = deck;
    new ResizeObserver(() => this.#resize()).observe(this.#grid);
  }

  update({ reel, atNs }: Look): void {
    this.#atS = atNs / 1e9;
    const theme = getComputedStyle(document.documentElement).getPropertyValue("--ink");
    if (reel !== this.#reel || theme !== this.#theme) this.#make(reel, theme);
    if (reel.frames.length !== this.#frames) this.#fill(reel);
    else for (const { plot } of this.#drawn) plot.redraw(false);
    for (const { plot } of this.#drawn) this.#tellNow(plot);
  }

  /** While nobody points at a chart its figures are those of the instant that is shown. */
  #tellNow(plot: uPlot): void {
    const idx = this.#reel?.indexAt(this.#atS * 1e9) ?? -1;
    if ((plot.cursor.left ?? -1) < 0 && idx >= 0) plot.setLegend({ idx }, false);
  }

  #make(reel: Reel, theme: string): void {
    this.#reel = reel;
    this.#theme = theme;
    this.#frames = -1;
    for (const { plot } of this.#drawn) plot.destroy();
    this.#grid.replaceChildren();
    const name = reel.title.cast[reel.heroIndex]?.name ?? "";
    setText(
      this.#whose,
      `Machine ${name}. Click anywhere to go to that instant. Shaded: a fault is open. Thin lines: a phase begins. Red: the knot closes.`,
    );
    this.#drawn = CHARTS.map((chart) => this.#draw(chart));
  }

  #draw(chart: Chart): Drawn {
    const box = h("figure", { class: "chart", title: chart.definition }, [
      h("figcaption", {}, [h("b", {}, [chart.title]), h("span", { class: "muted" }, [chart.unit])]),
    ]);
    this.#grid.append(box);
    const plot = new uPlot(this.#options(chart, box), emptyOf(chart), box);
    plot.over.addEventListener("click", () =>
      this.#deck.seek(Math.max(0, plot.posToVal(plot.cursor.left ?? 0, "x")) * 1e9),
    );
    return { chart, box, plot };
  }

  #options(chart: Chart, box: HTMLElement): uPlot.Options {
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string): string => style.getPropertyValue(name).trim();
    const axis = {
      stroke: colour("--muted"),
      grid: { stroke: colour("--rule"), width: 1 },
      ticks: { stroke: colour("--rule") },
      font: "11px system-ui",
    };
    return {
      width: Math.max(200, box.clientWidth),
      height: HEIGHT_PX,
      cursor: { sync: { key: SYNC }, drag: { x: false, y: false } },
      legend: { live: true },
      scales: {
        x: { time: false },
        y: { range: (plot) => [0, ceilingOf(chart, rowsOf(plot)) * ROOM] },
      },
      axes: [
        { ...axis, values: (_, ticks) => ticks.map((tick) => `${tick} s`), size: 26 },
        { ...axis, size: 58 },
      ],
      series: [
        {
          label: "time",
          value: (_, value: number | null) => (value === null ? "—" : `${value.toFixed(1)} s`),
        },
        ...chart.lines.map((line, i) => ({
          label: line.name,
          stroke: colour(line.isLevel === true ? "--muted" : `--line-${i + 1}`),
          width: line.isLevel === true ? 1 : 2,
          dash: line.isLevel === true ? [4, 4] : (DASHES[i] ?? []),
          points: { show: false },
          value: (_: uPlot, value: number | null) =>
            value === null ? "—" : `${Math.round(value * 10) / 10}`,
        })),
      ],
      hooks: {
        drawClear: [(plot) => this.#paintBands(plot, colour)],
        draw: [(plot) => this.#paintNow(plot, colour)],
        setLegend: [(plot) => this.#tellNow(plot)],
      },
    };
  }

  #fill(reel: Reel): void {
    this.#frames = reel.frames.length;
    this.#bands = bandsOf(reel.frames);
    for (const { chart, plot } of this.#drawn) {
      const [atS = [], ...rows] = columnsOf(chart, reel.frames, reel.heroIndex);
      plot.setData([atS, ...rows]);
    }
  }

  #resize(): void {
    for (const { plot, box } of this.#drawn)
      if (box.clientWidth > 0 && plot.width !== box.clientWidth)
        plot.setSize({ width: box.clientWidth, height: HEIGHT_PX });
  }

  #paintBands({ ctx, bbox, valToPos }: uPlot, colour: (name: string) => string): void {
    ctx.save();
    for (const { kind, fromNs, toNs } of this.#bands) {
      const from = valToPos(fromNs / 1e9, "x", true);
      const to = valToPos(toNs / 1e9, "x", true);
      if (kind === "fault") {
        ctx.fillStyle = colour("--band-fault");
        ctx.fillRect(from, bbox.top, to - from, bbox.height);
      } else {
        ctx.fillStyle = colour("--rule");
        ctx.fillRect(from, bbox.top, 1, bbox.height);
      }
    }
    ctx.restore();
  }

  #paintNow({ ctx, bbox, valToPos }: uPlot, colour: (name: string) => string): void {
    const marks = [
      [this.#atS, "--ink"] as const,
      [(this.#reel?.closure?.atNs ?? -1) / 1e9, "--bad"] as const,
    ];
    ctx.save();
    for (const [atS, name] of marks) {
      if (atS < 0) continue;
      ctx.fillStyle = colour(name);
      ctx.fillRect(valToPos(atS, "x", true) - 1, bbox.top, 2, bbox.height);
    }
    ctx.restore();
  }
}

/** Room above the highest value. */
const ROOM = 1.08;

const emptyOf = (chart: Chart): uPlot.AlignedData => [[], ...chart.lines.map(() => [])];

const rowsOf = ({ data }: uPlot): number[][] =>
  data.slice(1).map((row) => Array.from(row, (value) => value ?? 0));
