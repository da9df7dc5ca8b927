// How `unwedge swarm` is spelled.

import type { Command } from "commander";
import type { Io } from "./io.ts";
import { countOf, type Ends, option } from "./options.ts";

interface SwarmFlags {
  seed: string;
  runs: string;
  minutes?: string;
  tries: string;
  threads?: string;
  sockets?: true;
  slowdown: string;
  out: string;
  json?: boolean;
}

const SWARM_HELP = `
What must hold of every run: no assertion fails, pages are conserved and come back as they were written, a verdict is said, a
proof stays true, the same seed gives the same run, and so does one that was saved on its way.
Exit code 1 when something breaks, 3 when a run is not the same twice or the engines differ, 70 when one crashes.

Examples:
  unwedge swarm --runs 300 --minutes 10
  unwedge swarm swarm/swarm-17.yaml`;

export function addSwarm(program: Command, io: Io, ends: Ends): void {
  program
    .command("swarm")
    .summary("run random scenarios and look for what no run may do")
    .description(
      "Draws scenarios from a seed, each with about half of all features, runs them in virtual time, and makes what breaks an invariant as small as it can.",
    )
    .argument("[file...]", "try these instead: paths or names of shipped scenarios")
    .addOption(option("--seed <n>", "of the first; the others follow it").default("1"))
    .addOption(option("--runs <n>", "how many are drawn").default("100"))
    .addOption(option("--minutes <n>", "begin no more after so long; all by default"))
    .addOption(option("--tries <n>", "smaller scenarios tried for one that breaks").default("500"))
    .addOption(option("--threads <n>", "how many at once; one for each processor by default"))
    .addOption(
      option("--sockets", "then each on real sockets too, one after the other, in its own time"),
    )
    .addOption(option("--slowdown <n>", "with --sockets: host time per machine time").default("2"))
    .addOption(option("--out <dir>", "folder for what breaks").default("swarm"))
    .addOption(option("--json", "one JSON object"))
    .addHelpText("after", SWARM_HELP)
    .action(
      ends(async (names: string[], { out, sockets, json = false, ...counts }: SwarmFlags) => {
        const { swarm } = await import("./swarm.ts");
        const seed = countOf("--seed", counts.seed, 0) ?? 1;
        const runs = countOf("--runs", counts.runs, 1) ?? 1;
        const tries = countOf("--tries", counts.tries, 1) ?? 1;
        const minutes = countOf("--minutes", counts.minutes, 1);
        const threads = countOf("--threads", counts.threads, 1);
        const pace = countOf("--slowdown", counts.slowdown, 1) ?? 1;
        const slowdown = sockets === true ? pace : null;
        const options = { seed, runs, minutes, tries, threads, slowdown, out, json };
        return swarm(names, options, io);
      }),
    );
}
