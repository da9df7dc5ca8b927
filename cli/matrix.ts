// `unwedge matrix`: every preset in every scenario: verdicts, what the system sets aside, what the scenario's work comes to
// before anything fails, and, when it is asked for, the smallest reserve with which it comes through.
//
// A scenario is run as its first variant; its policies are exchanged as `run --policy` does it, on every machine.

import { EXIT, UnwedgeError } from "#base/error.ts";
import {
  axisValues,
  Bisection,
  nearest,
  type ResolvedScenario,
  toYaml,
} from "#coordinator/scenario/index.ts";
import type { StudyJob, StudyRun } from "#coordinator/study/index.ts";
import { presets } from "#kernel/index.ts";
import { columnsOf } from "./figures.ts";
import type { Io } from "./io.ts";
import { loadScenario, readScenario, resolveScenario } from "./scenario-file.ts";
import { setAsideOf, setAsideSetting, workOf } from "./study-price.ts";
import { type Planned, type Runners, runPlanned } from "./study-runs.ts";
import { verdictsText } from "./study-text.ts";

export interface MatrixOptions extends Runners {
  readonly scenarios: readonly string[];
  /** None: all presets. */
  readonly policies: readonly string[];
  readonly seeds: number;
  /** Also the smallest reserve that is survived. */
  readonly reserve: boolean;
  readonly json: boolean;
}

/** Shipped scenarios in which a machine's policy decides, in the order of the museum's threads. */
export const MATRIX_SCENARIOS = ["zijlstra-wedge", "closed-loop", "iscsi-music"] as const;

interface Row {
  readonly scenario: string;
  readonly policy: string;
  readonly verdicts: string;
  /** Pages that programs cannot have: the largest sum of min marks and pages kept apart. */
  readonly setAside: string;
  /** The scenario's first threshold check, as in `keeps-up 249/s`. */
  readonly work: string;
  /** null: not asked for; "none": not even the largest that was tried. */
  readonly smallestReserve: string | null;
}

interface Cell {
  readonly file: string;
  readonly text: string;
  readonly scenario: ResolvedScenario;
  readonly machine: string;
  readonly policy: string;
}

const SURVIVED: readonly string[] = ["recovers", "completes"];

export async function matrix(options: MatrixOptions, io: Io): Promise<number> {
  const cells = options.scenarios.flatMap((name) => cellsOf(name, options, io));
  const plan = cells.flatMap((cell) => planned(cell, options.seeds, []));
  const runs = await runPlanned(plan, options, io);
  const smallest = options.reserve ? await smallestReserves(cells, options, io) : null;
  const rows = cells.map((cell, i) =>
    rowOf(cell, runs.get(keyOf(cell)) ?? [], smallest === null ? null : (smallest[i] ?? "none")),
  );
  io.out(options.json ? `${JSON.stringify(rows, null, 2)}\n` : textOf(rows));
  return EXIT.ok;
}

function cellsOf(name: string, { policies }: MatrixOptions, io: Io): Cell[] {
  const { file, text } = readScenario(name, io);
  const scenario = resolveScenario(loadScenario(name, io), {});
  const machine = scenario.cluster.hosts.find(({ role }) => role === "machine")?.name;
  if (machine === undefined) throw new UnwedgeError("usage", `${file}: it has no machine`);
  const names = policies.length === 0 ? Object.keys(presets) : policies;
  return names.map((policy) => {
    checkPolicy(policy);
    return { file, text, scenario, machine, policy };
  });
}

function checkPolicy(name: string): void {
  const names = Object.keys(presets);
  if (names.includes(name)) return;
  const near = nearest(name, names);
  throw new UnwedgeError(
    "usage",
    `--policy ${name}: expected a preset${near === null ? "" : `, such as ${near}`}`,
  );
}

const keyOf = ({ scenario, policy }: Cell): string => `${scenario.id} ${policy}`;

function planned(cell: Cell, seeds: number, more: readonly string[]): Planned[] {
  const { file, text, scenario, machine, policy } = cell;
  const settings = [setAsideSetting(machine), ...more];
  return Array.from({ length: seeds }, (_, i) => {
    const seed = scenario.seed + i;
    const job: StudyJob = { file, text, variant: scenario.variant, policy, settings, seed };
    return { key: keyOf(cell), job };
  });
}

/** Halves what min_free_kbytes is set to, of all cells at once, so that every processor has something to do. */
async function smallestReserves(
  cells: readonly Cell[],
  options: MatrixOptions,
  io: Io,
): Promise<readonly (string | null)[]> {
  const axes = cells.map(({ machine, scenario }) => reservesOf(machine, scenario));
  const searches = axes.map(
    (values) => new Bisection({ count: values.length, checksOrder: false }),
  );
  for (;;) {
    const asked = cells.flatMap((cell, i) => {
      const at = searches[i]?.next() ?? null;
      return at === null ? [] : [{ cell, i, at }];
    });
    if (asked.length === 0) break;
    const plan = asked.flatMap(({ cell, i, at }) =>
      planned(cell, options.seeds, [
        `nodes.${cell.machine}.memory.reserve=${toYaml(axes[i]?.[at]).trim()}`,
      ]),
    );
    const runs = await runPlanned(plan, options, io);
    for (const { cell, i, at } of asked) searches[i]?.tell(at, isSurvived(runs.get(keyOf(cell))));
  }
  return searches.map(({ smallest }, i) =>
    smallest === null ? null : String(axes[i]?.[smallest]),
  );
}

/** From a sixteenth of a MiB, each twice the one before, to a quarter of RAM. */
export function reservesOf(machine: string, { cluster }: ResolvedScenario): readonly unknown[] {
  const host = cluster.hosts.find(({ name }) => name === machine);
  const ramKiB = host?.role === "machine" ? Math.floor(host.memory.ramBytes / 1024) : 0;
  const axis = { path: "reserve", from: "64 KiB", to: `${Math.floor(ramKiB / 4)} KiB` };
  const values = axisValues({ ...axis, scale: "log2" });
  return values.ok ? values.value : [];
}

const isSurvived = (runs: readonly StudyRun[] = []): boolean =>
  runs.length > 0 && runs.every(({ result }) => SURVIVED.includes(result.verdict));

function rowOf(cell: Cell, runs: readonly StudyRun[], smallestReserve: string | null): Row {
  const results = runs.map(({ result }) => result);
  return {
    scenario: cell.scenario.id,
    policy: cell.policy,
    verdicts: verdictsText(results),
    setAside: setAsideOf(results),
    work: workOf(results),
    smallestReserve,
  };
}

function textOf(rows: readonly Row[]): string {
  const heads = ["scenario", "policy", "verdicts", "set aside", "work before the outage"];
  const hasReserve = rows.some(({ smallestReserve }) => smallestReserve !== null);
  const body = rows.map(({ scenario, policy, verdicts, setAside, work, smallestReserve }) => [
    scenario,
    policy,
    verdicts,
    setAside,
    work,
    ...(smallestReserve === null ? [] : [smallestReserve]),
  ]);
  const lines = columnsOf([[...heads, ...(hasReserve ? ["smallest reserve"] : [])], ...body]);
  return `${lines.join("\n")}\n`;
}
