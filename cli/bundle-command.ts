// How `unwedge replay`, `unwedge explain`, `unwedge proc` and `unwedge dmesg` are spelled: their options, and what is refused of them.

import { type Command, Option } from "commander";
import type { Io } from "./io.ts";
import { type Ends, option, repeated } from "./options.ts";

export function addReplay(program: Command, io: Io, ends: Ends): void {
  program
    .command("replay")
    .summary("run a bundle's run again, and say whether it is the same")
    .description(
      "Runs again what a bundle is of. With --check exit code 3 and the first event that differs, if one does.",
    )
    .argument("<bundle>", "a file that unwedge run has written")
    .addOption(option("--check", "compare every event with what was written down"))
    .addOption(option("--until <time>", "stop there, as 12 s"))
    .addHelpText(
      "after",
      "\nExample: unwedge replay runs/zijlstra-wedge-vanilla-2007-7-79abe64b.unwedge --check",
    )
    .action(
      ends(async (path: string, flags: { check?: boolean; until?: string }) => {
        const { replay } = await import("./replay.ts");
        const { check = false, until = null } = flags;
        return replay(path, { check, until }, io);
      }),
    );
}

interface ForkFlags {
  policy?: string;
  set?: string[];
  out: string;
  bundle: boolean;
  json?: boolean;
}

const FORK_HELP = `
What may change in the middle of a run: what an administrator sets while Linux runs (reserve, watermarkScaleFactor,
swappiness, dirtyLimit, tcpMem), the rules receive, reclaim, throttle and limits of a policy, rates of traffic, links,
the latency of a store, and whatever of the timeline has not happened yet. Anything else is refused by name, exit code 64.

Examples:
  unwedge fork runs/FILE.unwedge@5s --set timeline.c-away.for=3s
  unwedge fork runs/FILE.unwedge@2600ms --set nodes.A.memory.reserve=8MiB`;

export function addFork(program: Command, io: Io, ends: Ends): void {
  program
    .command("fork")
    .summary("go on from an instant of a bundle's run under other settings")
    .description(
      "Runs again what a bundle is of, and from an instant on with changed values: both verdicts, and where the two runs part.",
    )
    .argument("<bundle@time>", "a file that unwedge run has written, and when, as FILE@5s")
    .addOption(repeated("--set <path=value>", "change a value from then on; may be given again"))
    .addOption(option("--policy <name>", "policy of every machine from then on"))
    .addOption(option("--out <dir>", "folder for the fork's bundle").default("runs"))
    .addOption(new Option("--no-bundle", "leave no bundle behind (env: UNWEDGE_BUNDLE=0)"))
    .addOption(option("--json", "one JSON object"))
    .addHelpText("after", FORK_HELP)
    .action(
      ends(async (place: string, flags: ForkFlags) => {
        const { fork } = await import("./fork.ts");
        const { policy = null, set = [], json = false } = flags;
        const leaves = flags.bundle && io.settings.writesBundles;
        return fork(place, { policy, set, json, out: leaves ? flags.out : null }, io);
      }),
    );
}

export function addDiff(program: Command, io: Io, ends: Ends): void {
  program
    .command("diff")
    .summary("say in what two bundles' runs differ")
    .description(
      "Shows what two runs were told differently, what became of each, and the first event that differs.",
    )
    .argument("<one>", "a file that unwedge run has written")
    .argument("<other>", "another")
    .addOption(option("--json", "one JSON object"))
    .addHelpText("after", "\nExample: unwedge diff runs/FIRST.unwedge runs/SECOND.unwedge")
    .action(
      ends(async (one: string, other: string, { json = false }: { json?: boolean }) => {
        const { diff } = await import("./diff.ts");
        return diff([one, other], { json }, io);
      }),
    );
}

export function addExplain(program: Command, io: Io, ends: Ends): void {
  program
    .command("explain")
    .summary("say who waits for whom in a bundle's run")
    .description("Shows the machines of a bundle's run at its end, or at any instant of it.")
    .argument("<bundle>", "a file that unwedge run has written")
    .addOption(option("--at <time>", "when, as 12 s; the end by default"))
    .addOption(option("--format <name>", "how").choices(FORMATS).default("text"))
    .addHelpText(
      "after",
      "\nExample: unwedge explain runs/zijlstra-wedge-vanilla-2007-7-79abe64b.unwedge --at 12s",
    )
    .action(
      ends(async (path: string, flags: { at?: string; format: (typeof FORMATS)[number] }) => {
        const { explainBundle } = await import("./explain.ts");
        return explainBundle(path, { at: flags.at ?? null, format: flags.format }, io);
      }),
    );
}

interface ViewFlags {
  bundle?: string;
  at?: string;
  hungTaskTimeout?: string;
}

const BUNDLE_FLAG = "--bundle <file>";
const BUNDLE_ABOUT = "of a machine of this bundle's run; of a running cluster's by default";
const AT_FLAG = "--at <time>";
const AT_ABOUT = "when in that run, as 12 s; its end by default";

export function addProc(program: Command, io: Io, ends: Ends): void {
  program
    .command("proc")
    .summary("print a machine's memory as /proc would")
    .description(
      "Prints a view of an emulated machine in the form of the file under /proc whose name it has. " +
        "The views: meminfo, vmstat, zoneinfo, buddyinfo, netstat, snmp, sockstat, pressure, stack.",
    )
    .argument("<node>", "which machine, as A")
    .argument("<view>", "which file, as meminfo")
    .addOption(option(BUNDLE_FLAG, BUNDLE_ABOUT))
    .addOption(option(AT_FLAG, AT_ABOUT))
    .addHelpText("after", "\nExample: unwedge proc A meminfo --bundle runs/FILE.unwedge --at 12s")
    .action(
      ends(
        async (node: string, view: string, { bundle = null, at = null }: Nullable<ViewFlags>) => {
          const { procCommand } = await import("./proc-command.ts");
          return procCommand({ node, view, bundle, at }, io);
        },
      ),
    );
}

export function addDmesg(program: Command, io: Io, ends: Ends): void {
  program
    .command("dmesg")
    .summary("print what a machine's kernel log would say")
    .description("Prints what an emulated machine's state would have Linux 6.1 write to its log.")
    .argument("<node>", "which machine, as A")
    .addOption(option(BUNDLE_FLAG, BUNDLE_ABOUT))
    .addOption(option(AT_FLAG, AT_ABOUT))
    .addOption(
      option("--hung-task-timeout <seconds>", "kernel.hung_task_timeout_secs").default("120"),
    )
    .addHelpText("after", "\nExample: unwedge dmesg A --bundle runs/FILE.unwedge")
    .action(
      ends(async (node: string, flags: Nullable<ViewFlags>) => {
        const { dmesgCommand } = await import("./proc-command.ts");
        const { bundle = null, at = null, hungTaskTimeout = null } = flags;
        return dmesgCommand({ node, bundle, at, hungTaskTimeout }, io);
      }),
    );
}

type Nullable<T> = { [K in keyof T]: T[K] | null };

const FORMATS = ["text", "json", "dot"] as const;
