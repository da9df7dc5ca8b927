// Policy × scenario, from the history of a coordinator: of each pair the verdict of the latest run, and how many agreed.

import type { ToldRun } from "#sim/index.ts";

export interface Cell {
  readonly verdict: string;
  readonly certainty: string | null;
  /** Runs that were judged, and of these how many so. */
  readonly runs: number;
  readonly agreed: number;
}

export interface Matrix {
  readonly scenarios: readonly string[];
  readonly rows: readonly {
    readonly policy: string;
    /** In the order of the scenarios; null: was not run. */
    readonly cells: readonly (Cell | null)[];
  }[];
}

/** `runs` newest first. */
export function matrixOf(runs: readonly ToldRun[]): Matrix {
  const judged = runs.filter(({ verdict }) => verdict !== null);
  const scenarios = [...new Set(judged.map(({ scenario }) => scenario))].sort(byText);
  const policies = [...new Set(judged.map(policyOf))].sort(byText);
  const rows = policies.map((policy) => ({
    policy,
    cells: scenarios.map((scenario) =>
      cellOf(judged.filter((run) => run.scenario === scenario && policyOf(run) === policy)),
    ),
  }));
  return { scenarios, rows };
}

/** A variant is a policy, and what else is changed with it. */
const policyOf = ({ policy, variant, settings }: ToldRun): string =>
  [variant ?? "(first)", ...(policy === null ? [] : [`policy ${policy}`]), ...settings].join(", ");

function cellOf(runs: readonly ToldRun[]): Cell | null {
  const [latest] = runs;
  if (latest === undefined || latest.verdict === null) return null;
  const { verdict, certainty } = latest;
  return {
    ...{ verdict, certainty },
    runs: runs.length,
    agreed: runs.filter((run) => run.verdict === verdict).length,
  };
}

const byText = (a: string, b: string): number => (a < b ? -1 : 1);
