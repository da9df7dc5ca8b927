// `unwedge rescue FILE`: the smallest sets of changes with which a run that wedges comes back, each with its price.

import { EXIT, UnwedgeError } from "#base/error.ts";
import type { ResolvedScenario } from "#coordinator/scenario/index.ts";
import {
  type Answer,
  isRescued,
  type Rescue,
  rescue,
  type StudyJob,
  StudyPool,
  type StudyRun,
} from "#coordinator/study/index.ts";
import type { MachineSpec } from "#kernel/index.ts";
import { Bar } from "./bar.ts";
import { openBundle } from "./bundle-read.ts";
import { columnsOf, wrapped } from "./figures.ts";
import type { Io } from "./io.ts";
import {
  decisionChanges,
  isOfOnePreset,
  knobsOf,
  type NodeChange,
  settingsOfChanges,
} from "./rescue-changes.ts";
import { type PlannedRun, planRuns } from "./run-plan.ts";
import { repeatCommand } from "./run-report.ts";
import { leftOf, leftSetting, setAsideOf, setAsideSetting, workOf } from "./study-price.ts";
import { whileOpen } from "./study-runs.ts";
import { verdictsText } from "./study-text.ts";

export interface RescueOptions {
  readonly variant: string | null;
  /** null: the scenario's. */
  readonly seed: number | null;
  readonly policy: string | null;
  readonly set: readonly string[];
  readonly seeds: number;
  /** Every pair, not only those of which some preset has both. */
  readonly allPairs: boolean;
  readonly threads: number | null;
  readonly json: boolean;
}

export async function rescueCommand(name: string, options: RescueOptions, io: Io): Promise<number> {
  const planned = plannedOf(name, options, io);
  const machine = machineIn(planned.resolved);
  const pool = new StudyPool({ threads: options.threads });
  const bar = new Bar(io, 0);
  const run = (
    trials: readonly { readonly changes: readonly NodeChange[]; readonly seed: number }[],
    isPatient?: boolean,
  ): Promise<readonly StudyRun[]> => {
    bar.more(trials.length);
    const titleOf = (i: number): string => nameOf(trials[i]?.changes ?? []);
    const jobs = trials.map(({ changes, seed }) => jobOf(planned, machine, { changes, seed }));
    return pool.runAll(jobs, (_, i) => bar.step(titleOf(i)), isPatient);
  };
  const interrupted = (): string => "before everything was tried";
  return await whileOpen({ pool, io, interrupted }, async () => {
    const found = await rescue({
      changes: decisionChanges(machine),
      knobs: knobsOf(machine, planned.resolved),
      isPair: options.allPairs ? () => true : isOfOnePreset,
      seeds: Array.from({ length: options.seeds }, (_, i) => planned.seed + i),
      run,
    });
    bar.clear();
    const told = { planned, machine, found };
    const { columns } = io.settings;
    io.out(`${options.json ? JSON.stringify(jsonOf(told), null, 2) : text(told, columns)}\n`);
    return exitOf(found);
  });
}

function plannedOf(name: string, options: RescueOptions, io: Io): PlannedRun {
  if (!name.endsWith(".unwedge")) {
    const [planned] = planRuns(name, { ...options, runs: 1, all: false }, io);
    if (planned === undefined) throw new UnwedgeError("internal", "one run is planned");
    return planned;
  }
  const { planned } = openBundle(name, io);
  if ((planned.forks ?? []).length === 0) return planned;
  throw new UnwedgeError("usage", `${name}: it is of a fork; give the bundle of a whole run`);
}

function machineIn({ cluster, id }: ResolvedScenario): MachineSpec {
  const machine = cluster.hosts.find((host) => host.role === "machine");
  if (machine?.role === "machine") return machine;
  throw new UnwedgeError("usage", `${id}: it has no machine`);
}

function jobOf(
  { file, text, variant, policy, settings }: PlannedRun,
  machine: MachineSpec,
  { changes, seed }: { readonly changes: readonly NodeChange[]; readonly seed: number },
): StudyJob {
  const changed = settingsOfChanges(changes, machine);
  return {
    ...{ file, text, variant, policy, seed },
    settings: [...settings, ...changed, setAsideSetting(machine.name), leftSetting(machine.name)],
    watched: machine.name,
  };
}

function exitOf({ before, answers }: Found): number {
  if (!before.every(({ result }) => result.judged === "wedged")) return EXIT.inconclusive;
  return answers.length === 0 ? EXIT.failed : EXIT.ok;
}

type Found = Rescue<NodeChange>;

interface Told {
  readonly planned: PlannedRun;
  readonly machine: MachineSpec;
  readonly found: Found;
}

const nameOf = (changes: readonly NodeChange[]): string =>
  changes.length === 0 ? "as it stands" : changes.map(({ name }) => name).join(" + ");

const resultsOf = (runs: readonly StudyRun[]) => runs.map(({ result }) => result);
const judgedText = (runs: readonly StudyRun[]): string =>
  verdictsText(runs.map(({ result }) => ({ verdict: result.judged })));

function text({ planned, machine, found }: Told, columns: number): string {
  const { before, answers, sometimes, lost } = found;
  const { scenario, variant, file, seed } = planned;
  const head = `${scenario} ${variant ?? "-"} ${seed}: ${machine.name} under ${machine.policy.name}: ${judgedText(before)}`;
  if (!before.every(({ result }) => result.judged === "wedged"))
    return `${head}\nit does not wedge for every seed: there is nothing to be rescued from`;
  const rows = [
    ["", "verdicts", "set aside", "programs had", "work before the outage"],
    rowOf({ changes: [], runs: before, tooLittle: null }),
    ...answers.map(rowOf),
  ];
  const commands = answers.map(({ changes }) => {
    const settings = [...planned.settings, ...settingsOfChanges(changes, machine)];
    return repeatCommand({ ...planned, file, settings });
  });
  const singles = lost.filter(({ length }) => length === 1);
  const counts = `${singles.length} single changes and ${lost.length - singles.length} pairs`;
  return [
    head,
    ...(answers.length === 0 ? ["nothing that was tried saves it"] : columnsOf(rows)),
    ...answers.flatMap((answer) => tooLittleLine(answer)),
    ...sometimes.map((answer) => `not for every seed: ${rowOf(answer).slice(0, 2).join(", ")}`),
    ...wrapped(
      `${counts} do not save it; alone: ${singles.map(nameOf).join("; ")}`,
      columns,
      "",
      "  ",
    ),
    ...commands,
  ].join("\n");
}

const rowOf = ({ changes, runs }: Answer<NodeChange>): string[] => [
  nameOf(changes),
  judgedText(runs),
  setAsideOf(resultsOf(runs)),
  leftOf(resultsOf(runs)),
  workOf(resultsOf(runs)),
];

const tooLittleLine = ({ changes, tooLittle }: Answer<NodeChange>): string[] =>
  tooLittle === null ? [] : [`${nameOf(changes)}: ${tooLittle.value} does not save it`];

function jsonOf({ planned, machine, found }: Told): object {
  const { scenario, variant, seed } = planned;
  const told = ({ changes, runs, tooLittle }: Answer<NodeChange>): object => ({
    changes: changes.map(({ name }) => name),
    set: settingsOfChanges(changes, machine),
    rescued: runs.filter(isRescued).length,
    of: runs.length,
    digests: runs.map(({ digest }) => digest),
    setAside: setAsideOf(resultsOf(runs)),
    programs: leftOf(resultsOf(runs)),
    work: workOf(resultsOf(runs)),
    tooLittle: tooLittle?.value ?? null,
  });
  return {
    ...{ scenario, variant, seed, node: machine.name, policy: machine.policy.name },
    before: told({ changes: [], runs: found.before, tooLittle: null }),
    answers: found.answers.map(told),
    sometimes: found.sometimes.map(told),
    lost: found.lost.map((changes) => changes.map(({ name }) => name)),
  };
}
