// `unwedge search FILE --id ID`: the smallest value with which a scenario's check passes, over so many seeds each.

import { EXIT, UnwedgeError } from "#base/error.ts";
import {
  axisValues,
  Bisection,
  type Search,
  searchesOf,
  toYaml,
} from "#coordinator/scenario/index.ts";
import type { StudyJob, StudyRun } from "#coordinator/study/index.ts";
import { columnsOf } from "./figures.ts";
import type { Io } from "./io.ts";
import { loadScenario, readScenario, resolveScenario } from "./scenario-file.ts";
import { poolOf, type Runners, whileOpen } from "./study-runs.ts";
import { chosenStudy, valueText } from "./study-text.ts";
import { wilson } from "./tally.ts";

export interface SearchOptions extends Runners {
  /** null: the only one there is. */
  readonly id: string | null;
  readonly seeds: number;
  readonly json: boolean;
}

/** One value that was tried. */
interface Trial {
  readonly value: string;
  readonly passed: number;
  readonly of: number;
}

interface SearchResult {
  readonly scenario: string;
  readonly id: string;
  readonly path: string;
  readonly until: string;
  /** null: not even the largest value does. */
  readonly smallest: string | null;
  /** The largest value below it that does not; null: the smallest of the axis does. */
  readonly failsAt: string | null;
  /** Values that do though a larger one does not: halving was not allowed. */
  readonly contradictions: readonly string[];
  readonly trials: readonly Trial[];
}

export async function search(name: string, options: SearchOptions, io: Io): Promise<number> {
  const { file, text } = readScenario(name, io);
  const scenario = loadScenario(name, io);
  const found = chosenStudy(searchesOf(scenario), options.id);
  const resolved = resolveScenario(scenario, { variant: found.variant ?? null });
  const spec = chosenStudy(searchesOf(resolved), found.id);
  if (!resolved.checks.some(({ id }) => id === spec.until))
    throw new UnwedgeError("invalidScenario", `${file}: no check is called ${spec.until}`);
  const seeds = Array.from({ length: options.seeds }, (_, i) => resolved.seed + i);
  const jobOf = (value: unknown, seed: number): StudyJob => ({
    file,
    text,
    variant: resolved.variant,
    policy: null,
    settings: [`${spec.minimise.path}=${toYaml(value).trim()}`],
    seed,
  });
  const result = await bisect(spec, { seeds, jobOf, scenario: resolved.id, runners: options }, io);
  io.out(options.json ? `${JSON.stringify(result, null, 2)}\n` : searchText(result));
  return result.smallest === null ? EXIT.failed : EXIT.ok;
}

interface Bisecting {
  readonly scenario: string;
  readonly seeds: readonly number[];
  readonly runners: Runners;
  readonly jobOf: (value: unknown, seed: number) => StudyJob;
}

async function bisect(
  spec: Search,
  { scenario, seeds, runners, jobOf }: Bisecting,
  io: Io,
): Promise<SearchResult> {
  const axis = axisValues(spec.minimise);
  if (!axis.ok) throw new UnwedgeError("invalidScenario", axis.message);
  const values = axis.value;
  const bisection = new Bisection({
    count: values.length,
    checksOrder: spec.checkMonotone === true,
  });
  const trials: Trial[] = [];
  const pool = await poolOf(runners, (line) => io.err(`${line}\n`));
  const kept = runners.redisUrl === null ? "" : "; the same command goes on from there";
  const interrupted = (): string => `after ${trials.length} values${kept}`;
  await whileOpen({ pool, io, interrupted }, async () => {
    for (let at = bisection.next(); at !== null; at = bisection.next()) {
      const value = values[at];
      const runs = await pool.runAll(seeds.map((seed) => jobOf(value, seed)));
      const passed = runs.filter(({ result }) => passes(result, spec.until)).length;
      bisection.tell(at, passed === runs.length);
      trials.push({ value: valueText(value), passed, of: runs.length });
      if (io.settings.isErrTerminal) io.err(`${trialText(trials.at(-1))}\n`);
    }
  });
  const named = (at: number | null): string | null =>
    at === null || at < 0 ? null : valueText(values[at]);
  return {
    scenario,
    id: spec.id,
    path: spec.minimise.path,
    until: spec.until,
    smallest: named(bisection.smallest),
    failsAt: named(bisection.largestFailing),
    contradictions: bisection.contradictions.map((at) => valueText(values[at])),
    trials,
  };
}

const passes = ({ checks }: StudyRun["result"], id: string): boolean =>
  checks.find((check) => check.id === id)?.status === "pass";

function trialText(trial: Trial | undefined): string {
  return trial === undefined ? "" : `${trial.value}: ${trial.passed} of ${trial.of}`;
}

function searchText(result: SearchResult): string {
  const { scenario, id, path, until, smallest, failsAt, contradictions, trials } = result;
  const rows = trials.map(({ value, passed, of }) => {
    const { low, high } = wilson(passed, of);
    const share = (part: number): string => String(Math.round(part * 100));
    return [value, `${passed}/${of}`, `${share(low)}–${share(high)} %`];
  });
  const lines = [
    `${scenario} ${id}: the smallest ${path} with which ${until} passes`,
    ...columnsOf(rows).map((row) => `  ${row}`),
    smallest === null
      ? "not even the largest value does"
      : `smallest: ${smallest}${failsAt === null ? ", the smallest of all" : `; ${failsAt} does not`}`,
    ...contradictions.map((value) => `not in order: ${value} does, and a larger value does not`),
  ];
  return `${lines.join("\n")}\n`;
}
