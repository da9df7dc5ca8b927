// `unwedge import-host`: reads a Linux machine, or what was saved of one, and answers how near to a wedge it could come.

import { EXIT, UnwedgeError } from "#base/error.ts";
import { answerText, type HostRun, limitsOf } from "./host-answer.ts";
import { readHost } from "./host-facts.ts";
import { hostFiles } from "./host-files.ts";
import { marginsOf } from "./host-margins.ts";
import { HostReadings } from "./host-readings.ts";
import { driversOf, hostScenario } from "./host-scenario.ts";
import type { Io } from "./io.ts";
import { runPlanned } from "./study-runs.ts";

export interface ImportOptions {
  /** A folder with proc/… and sys/…; null: this machine. */
  readonly from: string | null;
  /** Where the scenario is written; null: nowhere. */
  readonly out: string | null;
  /** Runs for each outage and driver; 0: formulas alone. */
  readonly seeds: number;
  readonly json: boolean;
}

/** Outages that are tried: a reboot of a switch's port, of a process, of a machine. Seconds. */
const OUTAGES_S = [2, 8, 30];

export async function importHost(
  { from, out, seeds, json }: ImportOptions,
  io: Io,
): Promise<number> {
  const readings = new HostReadings(hostFiles(from));
  const facts = readHost(readings);
  if (facts === null || readings.problems.length > 0) {
    const where = from === null ? "/" : `${from}/`;
    throw new UnwedgeError(
      "invalidScenario",
      readings.problems.map((each) => `${where}${each}`).join("\n"),
    );
  }
  const margins = marginsOf(facts);
  const text = hostScenario(facts, margins);
  if (out !== null) io.write(out, new TextEncoder().encode(text));
  const runs = seeds === 0 ? [] : await runsOf(text, driversOf(facts), seeds, io);
  const answer = { facts, margins, runs };
  io.out(
    json
      ? `${JSON.stringify({ ...answer, limits: limitsOf(facts) }, null, 2)}\n`
      : answerText(answer),
  );
  if (out !== null) io.err(`next: unwedge validate ${out}; unwedge run ${out} --all\n`);
  return runs.some(({ verdict }) => verdict === "wedged") ? EXIT.failed : EXIT.ok;
}

async function runsOf(
  text: string,
  drivers: readonly string[],
  seeds: number,
  io: Io,
): Promise<HostRun[]> {
  const cells = drivers.flatMap((driver) => OUTAGES_S.map((outageS) => ({ driver, outageS })));
  const plan = cells.flatMap(({ driver, outageS }) =>
    Array.from({ length: seeds }, (_, i) => ({
      key: `${driver} ${outageS}`,
      job: {
        file: "imported-host.yaml",
        text,
        variant: driver,
        policy: null,
        settings: [`params.outage=${outageS} s`],
        seed: 1 + i,
      },
    })),
  );
  const done = await runPlanned(plan, { threads: null, redisUrl: null }, io);
  return cells.flatMap(({ driver, outageS }) =>
    (done.get(`${driver} ${outageS}`) ?? []).map(({ result }) => ({
      driver,
      outageS,
      verdict: result.verdict,
    })),
  );
}
