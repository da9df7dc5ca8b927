// `unwedge attack FILE --policy P`: the cheapest outage and load that wedge it, written out as a scenario that does.
//
// Tried are an outage from a sixty-fourth to four times as long as the scenario's, each twice the one before, under a load from
// an eighth to four times as large.

import { EXIT, UnwedgeError } from "#base/error.ts";
import type { ResolvedScenario, Scenario } from "#coordinator/scenario/index.ts";
import {
  type Attack,
  type Attacked,
  attack,
  costOf,
  type StudyJob,
} from "#coordinator/study/index.ts";
import { healedAfter, type TimedFault } from "#sim/index.ts";
import { Bar } from "./bar.ts";
import type { Io } from "./io.ts";
import { timedFault } from "./no-return.ts";
import { repeatCommand } from "./run-report.ts";
import { loadScenario, readScenario, resolveScenario, settingsOf } from "./scenario-file.ts";
import { document } from "./show.ts";
import { poolOf, type Runners, whileOpen } from "./study-runs.ts";

export interface AttackOptions extends Runners {
  readonly variant: string | null;
  /** null: the scenario's. */
  readonly seed: number | null;
  readonly policy: string | null;
  readonly set: readonly string[];
  /** Of the fault and of the traffic in the scenario; null: the only one there is. */
  readonly fault: string | null;
  readonly traffic: string | null;
  /** All of them must wedge. */
  readonly seeds: number;
  /** Folder for the scenario. */
  readonly out: string;
  readonly json: boolean;
}

const OUTAGES = [1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4];
const LOADS = [1 / 8, 1 / 4, 1 / 2, 1, 2, 4];

/** What is attacked, and with what. */
interface Target {
  readonly scenario: Scenario;
  readonly resolved: ResolvedScenario;
  readonly fault: TimedFault;
  readonly load: OpenTraffic;
  readonly seed: number;
  readonly options: AttackOptions;
}

interface OpenTraffic {
  readonly id: string;
  readonly ratePerSec: number;
}

export async function attackCommand(name: string, options: AttackOptions, io: Io): Promise<number> {
  const target = targetOf(name, options, io);
  const { file, text } = readScenario(name, io);
  const pool = await poolOf(options, (line) => io.err(`${line}\n`));
  const job: Pick<StudyJob, "variant" | "policy"> = {
    variant: target.resolved.variant,
    policy: options.policy,
  };
  const wedges = async (attacks: readonly Attack[]): Promise<readonly boolean[]> => {
    const bar = new Bar(io, attacks.length * options.seeds);
    const jobs = attacks.flatMap((each) =>
      seedsOf(target).map((seed) => ({
        ...{ file, text, ...job, seed },
        settings: settingsFor(target, each),
      })),
    );
    const runs = await pool.runAll(jobs, () => bar.step("attack"));
    bar.clear();
    return attacks.map((_, i) =>
      runs
        .slice(i * options.seeds, (i + 1) * options.seeds)
        .every(({ result }) => result.verdict === "wedged"),
    );
  };
  const interrupted = (): string => "before everything was tried";
  return await whileOpen({ pool, io, interrupted }, async () => {
    const found = await attack({ outages: OUTAGES, loads: LOADS, wedges });
    const written = found.cheapest === null ? null : write(target, found.cheapest, io);
    const told = { target, found, written };
    io.out(`${options.json ? JSON.stringify(jsonOf(told), null, 2) : textOf(told)}\n`);
    return found.cheapest === null ? EXIT.failed : EXIT.ok;
  });
}

function targetOf(name: string, options: AttackOptions, io: Io): Target {
  const scenario = loadScenario(name, io);
  const { variant, policy } = options;
  const resolved = resolveScenario(scenario, {
    ...{ variant, policy },
    settings: settingsOf(options.set),
  });
  return {
    ...{ scenario, resolved, options },
    fault: timedFault(resolved, options.fault),
    load: openTraffic(resolved, options.traffic),
    seed: options.seed ?? resolved.seed,
  };
}

function openTraffic({ cluster }: ResolvedScenario, id: string | null): OpenTraffic {
  const open = cluster.hosts.flatMap((host) =>
    host.role === "machine" || host.role === "client"
      ? host.traffic.flatMap(({ id: own, load }) =>
          load.model === "open" && load.ratePerSec > 0
            ? [{ id: own, ratePerSec: load.ratePerSec }]
            : [],
        )
      : [],
  );
  const found = id === null && open.length === 1 ? open[0] : open.find((each) => each.id === id);
  if (found !== undefined) return found;
  const names = open.map((each) => each.id).join(", ");
  throw new UnwedgeError(
    "usage",
    names === ""
      ? "no traffic of this scenario comes at a rate of its own (model: open)"
      : `--traffic: expected one of ${names}`,
  );
}

const seedsOf = ({ seed, options }: Target): readonly number[] =>
  Array.from({ length: options.seeds }, (_, i) => seed + i);

const outageNs = ({ fault }: Target, { outage }: Attack): number =>
  Math.round((fault.forNs * outage) / NS_PER_MS) * NS_PER_MS;
const ratePerSec = ({ load }: Target, attacked: Attack): number => load.ratePerSec * attacked.load;
const NS_PER_MS = 1_000_000;

const settingsFor = (target: Target, attacked: Attack): readonly string[] => [
  ...target.options.set,
  healedAfter(target.fault, outageNs(target, attacked)),
  `traffic.${target.load.id}.load.rate=${ratePerSec(target, attacked)}/s`,
];

interface Written {
  readonly path: string;
  /** Checks that it does without. */
  readonly leftOut: readonly string[];
}

function write(target: Target, attacked: Attack, io: Pick<Io, "write">): Written {
  const { scenario, resolved, seed, options } = target;
  const { variant, policy } = options;
  const id = [resolved.id, "attack", policy ?? resolved.variant ?? "as-it-stands"].join("-");
  const verdict = resolved.checks.find(({ kind }) => kind === "verdict")?.id;
  const settings = settingsOf([
    ...settingsFor(target, attacked),
    `id=${id.replaceAll(/[^a-z0-9-]/g, "-")}`,
    `seed=${seed}`,
    verdict === undefined
      ? "checks.+={ id: wedges, verdict: wedged }"
      : `checks.${verdict}.verdict=wedged`,
  ]);
  const alone = resolveScenario(scenario, { variant, policy, settings });
  const path = `${options.out}/${alone.id}.yaml`;
  const { promised, leftOut } = promisedOf(alone);
  const head = leftOut.length === 0 ? "" : `# without ${leftOut.join(", ")}: ${NOT_PROMISED}\n`;
  io.write(path, new TextEncoder().encode(head + document(promised)));
  return { path, leftOut };
}

const NOT_PROMISED = "written for another load";

/**
 * With the checks that every run that was searched has passed: the verdict, and the pressure without which there is none. What
 * is told of other severity fails nobody. A search is for a check of the load that was.
 */
export function promisedOf(alone: ResolvedScenario): {
  readonly promised: ResolvedScenario;
  readonly leftOut: readonly string[];
} {
  const isPromised = alone.checks.map(
    ({ kind, severity }) => kind === "verdict" || kind === "sometimes" || severity !== "error",
  );
  const { checks, search: _, ...rest } = alone.document;
  const kept = Array.isArray(checks) ? checks.filter((_, i) => isPromised[i]) : [];
  return {
    promised: { ...alone, document: { ...rest, checks: kept } },
    leftOut: alone.checks.flatMap(({ id }, i) => (isPromised[i] === true ? [] : [id])),
  };
}

interface Told {
  readonly target: Target;
  readonly found: Attacked;
  /** null: none was found. */
  readonly written: Written | null;
}

const attackText = (target: Target, attacked: Attack): string =>
  `${target.fault.id} for ${outageNs(target, attacked) / 1e9} s at ${ratePerSec(target, attacked)}/s of ${target.load.id}`;

const costText = (attacked: Attack): string => `costs ${Number(costOf(attacked).toFixed(3))}`;

function textOf({ target, found, written }: Told): string {
  const { resolved, options, seed } = target;
  const { cheapest, survived, front, contradictions } = found;
  const who = `${resolved.id} ${resolved.variant ?? "-"} ${seed}${options.policy === null ? "" : ` under ${options.policy}`}`;
  const [own, longest, largest] = [
    { outage: 1, load: 1 },
    { outage: OUTAGES.at(-1) ?? 1, load: 1 },
    { outage: 1, load: LOADS.at(-1) ?? 1 },
  ];
  const range = `up to ${outageNs(target, longest) / 1e9} s and ${ratePerSec(target, largest)}/s`;
  const head = `${who}: cost is outage times load; the scenario's own, ${attackText(target, own)}, costs 1`;
  const contrary = contradictions.map(
    (each) =>
      `not in order: ${attackText(target, each)} wedges, and a longer or larger one does not`,
  );
  if (cheapest === null || written === null)
    return [head, `none found in the range, ${range}`, ...contrary].join("\n");
  return [
    head,
    ...front.map((each) => `  ${attackText(target, each)} wedges, ${costText(each)}`),
    `cheapest: ${attackText(target, cheapest)}, ${costText(cheapest)}`,
    ...(survived === null ? [] : [`survived: ${attackText(target, survived)}`]),
    ...contrary,
    ...(written.leftOut.length === 0
      ? []
      : [`checks left out, ${NOT_PROMISED}: ${written.leftOut.join(", ")}`]),
    repeatCommand({
      ...{ file: written.path, variant: null, seed, policy: null, settings: [] },
      ...{ engine: "virtual", engineWords: [] },
    }),
  ].join("\n");
}

function jsonOf({ target, found, written }: Told): object {
  const { resolved, options, seed, fault, load } = target;
  const told = (each: Attack): object => ({
    outageSeconds: outageNs(target, each) / 1e9,
    ratePerSec: ratePerSec(target, each),
    cost: costOf(each),
  });
  const orNull = (each: Attack | null): object | null => (each === null ? null : told(each));
  return {
    ...{ scenario: resolved.id, variant: resolved.variant, policy: options.policy, seed },
    ...{ fault: fault.id, traffic: load.id },
    ...{ path: written?.path ?? null, checksLeftOut: written?.leftOut ?? [] },
    cheapest: orNull(found.cheapest),
    survived: orNull(found.survived),
    front: found.front.map(told),
    contradictions: found.contradictions.map(told),
  };
}
