// `unwedge sweep FILE --id ID`: a scenario over every value of a setting, or every pair of two, over so many seeds each.

import { EXIT, UnwedgeError } from "#base/error.ts";
import {
  type Axis,
  axisValues,
  type RunResult,
  type Sweep,
  sweepsOf,
  toYaml,
} from "#coordinator/scenario/index.ts";
import { columnsOf } from "./figures.ts";
import type { Io } from "./io.ts";
import { loadScenario, readScenario, resolveScenario } from "./scenario-file.ts";
import { type Runners, runPlanned } from "./study-runs.ts";
import { chosenStudy, figuresText, valueText, verdictsText } from "./study-text.ts";

export interface SweepOptions extends Runners {
  /** null: the only one there is. */
  readonly id: string | null;
  /** null: as many as the sweep says, else five. */
  readonly seeds: number | null;
  readonly json: boolean;
}

/** One setting of both axes; `y` null: there is one axis. */
interface Point {
  readonly x: unknown;
  readonly y: unknown;
}

interface Cell extends Point {
  readonly runs: readonly RunResult[];
}

const SEEDS = 5;

export async function sweep(name: string, options: SweepOptions, io: Io): Promise<number> {
  const { file, text } = readScenario(name, io);
  const scenario = loadScenario(name, io);
  const { variant = null } = chosenStudy(sweepsOf(scenario), options.id);
  const resolved = resolveScenario(scenario, { variant });
  const spec = chosenStudy(sweepsOf(resolved), options.id);
  const seeds = options.seeds ?? spec.seedsPerPoint ?? SEEDS;
  const points = pointsOf(spec);
  const plan = points.flatMap((point) =>
    Array.from({ length: seeds }, (_, i) => ({
      key: keyOf(point),
      job: {
        file,
        text,
        variant: resolved.variant,
        policy: null,
        settings: settingsOf(spec, point),
        seed: resolved.seed + i,
      },
    })),
  );
  const runs = await runPlanned(plan, options, io);
  const cells = points.map((point) => ({
    ...point,
    runs: (runs.get(keyOf(point)) ?? []).map(({ result }) => result),
  }));
  const told = { scenario: resolved.id, id: spec.id, x: spec.x.path, y: spec.y?.path ?? null };
  io.out(options.json ? `${JSON.stringify({ ...told, cells }, null, 2)}\n` : textOf(told, cells));
  return EXIT.ok;
}

function pointsOf({ x, y }: Sweep): readonly Point[] {
  const ys = y === undefined ? [null] : valuesOf(y);
  return ys.flatMap((second) => valuesOf(x).map((first) => ({ x: first, y: second })));
}

function valuesOf(axis: Axis): readonly unknown[] {
  const values = axisValues(axis);
  if (!values.ok) throw new UnwedgeError("invalidScenario", values.message);
  return values.value;
}

const keyOf = ({ x, y }: Point): string =>
  [x, ...(y === null ? [] : [y])].map(valueText).join(", ");

const settingsOf = ({ x, y }: Sweep, point: Point): readonly string[] => [
  `${x.path}=${toYaml(point.x).trim()}`,
  ...(y === undefined ? [] : [`${y.path}=${toYaml(point.y).trim()}`]),
];

function textOf(
  { scenario, id, x, y }: { scenario: string; id: string; x: string; y: string | null },
  cells: readonly Cell[],
): string {
  const rows = cells.map(({ runs, ...point }) => [
    keyOf(point),
    verdictsText(runs),
    figuresText(runs),
  ]);
  const axes = y === null ? x : `${x}, ${y}`;
  return `${[`${scenario} ${id}: over ${axes}`, ...columnsOf(rows).map((row) => `  ${row}`)].join("\n")}\n`;
}
