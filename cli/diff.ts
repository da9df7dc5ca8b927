// `unwedge diff BUNDLE BUNDLE`: what two runs were told differently, what became of each, and the first event that differs.
//
// Nothing is run again but from the last keyframe of each to its end, for the machines as they were left.

import { EXIT } from "#base/error.ts";
import { differingLeaves } from "#base/leaves.ts";
import type { CheckResult } from "#coordinator/scenario/index.ts";
import { type BundleHead, type Difference, recordDifference } from "#sim/index.ts";
import { type OpenBundle, openBundle } from "./bundle-read.ts";
import { differenceText } from "./determinism.ts";
import { machinesOf } from "./drive.ts";
import { columnsOf, timeText } from "./figures.ts";
import type { Io } from "./io.ts";
import { pictureOf } from "./machine-picture.ts";
import { runAt } from "./run-at.ts";

/** What is called so, and its value in both runs. */
type Row = readonly [name: string, one: string, other: string];

interface Diff {
  readonly settings: readonly Row[];
  readonly outcome: readonly Row[];
  readonly checks: readonly Row[];
  /** The machines as the runs ended. */
  readonly figures: readonly Row[];
  readonly difference: Difference | null;
}

const SIDES = ["first", "second"] as const;

export async function diff(
  paths: readonly [string, string],
  { json }: { readonly json: boolean },
  io: Io,
): Promise<number> {
  const [one, other] = [openBundle(paths[0], io), openBundle(paths[1], io)];
  const figures = [await figuresOf(one, io), await figuresOf(other, io)] as const;
  if (figures[0] === null || figures[1] === null) return EXIT.interrupted;
  const found: Diff = {
    settings: settingRows(one, other),
    outcome: rowsOf(outcomeOf(one.head), outcomeOf(other.head)),
    checks: differing(rowsOf(checksOf(one.head), checksOf(other.head))),
    figures: rowsOf(figures[0], figures[1]),
    difference: recordDifference(one.head.machines, other.head.machines),
  };
  io.out(`${json ? JSON.stringify(found, null, 2) : text(found)}\n`);
  return EXIT.ok;
}

/** Values in the words of the scenario, entries of lists by their ids. */
function settingRows(one: OpenBundle, other: OpenBundle): readonly Row[] {
  const [left, right] = [one, other].map(({ head, planned }) => ({
    ...{
      file: head.scenario.file,
      variant: head.variant,
      seed: head.seed,
      forks: head.forks ?? [],
    },
    model: head.versions.model,
    ...planned.resolved.document,
  }));
  return differingLeaves(left, right).map((path) => [
    nameOf(path, left ?? right),
    valueText(at(left, path)),
    valueText(at(right, path)),
  ]);
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((inner, step) => (isRecord(inner) ? inner[step] : undefined), value);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

function nameOf(path: readonly string[], tree: unknown): string {
  const names = path.map((step, i) => {
    const entry = at(tree, path.slice(0, i + 1));
    const id = /^\d+$/.test(step) && isRecord(entry) ? entry["id"] : undefined;
    return typeof id === "string" ? id : step;
  });
  return names.join(".");
}

const valueText = (value: unknown): string =>
  value === undefined ? "-" : typeof value === "string" ? value : JSON.stringify(value);

const outcomeOf = ({ result, ending, digest, events, simNs }: BundleHead): Figures => ({
  verdict: result === null ? ending : result.verdict,
  "the machines": result?.judged ?? "-",
  certainty: result?.certainty ?? "-",
  status: result?.status ?? "-",
  digest,
  events: String(events),
  ended: timeText(simNs),
});

function checksOf({ result }: BundleHead): Figures {
  const said = ({ status, valueText: value }: CheckResult): string =>
    value === "" ? status : `${status}, ${value}`;
  return Object.fromEntries((result?.checks ?? []).map((check) => [check.id, said(check)]));
}

type Figures = Readonly<Record<string, string>>;

/** null: somebody did not want to wait. */
async function figuresOf(bundle: OpenBundle, io: Io): Promise<Figures | null> {
  const run = await runAt(bundle, bundle.head.simNs, io);
  if (run === null) return null;
  const rows = machinesOf(run).flatMap((machine) => {
    const { name, pages, marks, rings, swap } = pictureOf(machine, run.world.nowNs);
    const { counts } = machine.memory.parts.vmstat;
    const figures = {
      "free pages": pages.free,
      "min mark": marks.minPages,
      "pages of programs": pages.programs,
      "pages of packets": pages.packets,
      ...Object.fromEntries(
        rings.map(({ filled }, i) => [i === 0 ? "ring filled" : `ring ${i + 1} filled`, filled]),
      ),
      "swap requests open": swap.openRequests,
      "swap used": swap.usedPages,
      "pages swapped out": counts.pswpout,
      "pages swapped in": counts.pswpin,
      "OOM kills": counts.oom_kill,
    };
    return Object.entries(figures).map(([figure, value]) => [`${name} ${figure}`, String(value)]);
  });
  return Object.fromEntries(rows);
}

function rowsOf(one: Figures, other: Figures): readonly Row[] {
  const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return names.map((name) => [name, one[name] ?? "-", other[name] ?? "-"]);
}

const differing = (rows: readonly Row[]): readonly Row[] =>
  rows.filter(([, one, other]) => one !== other);

function text({ settings, outcome, checks, figures, difference }: Diff): string {
  const parts: readonly (readonly [string, readonly Row[]])[] = [
    ["settings", settings],
    ["outcome", outcome],
    ["checks", checks],
    ["machines at the end", figures],
  ];
  const rows = parts.flatMap(([title, own]) =>
    own.length === 0
      ? [[`${title}: the same`, "", ""]]
      : [[title, ...SIDES], ...own.map(([name, ...sides]) => [`  ${name}`, ...sides])],
  );
  return [
    ...columnsOf(rows),
    ...(difference === null ? ["no event differs"] : differenceText(difference, SIDES)),
  ].join("\n");
}
