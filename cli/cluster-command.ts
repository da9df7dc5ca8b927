// How the commands of a cluster are spelled: up, down, status, logs, ls, rm, wipe, fault, doctor.

import type { Command } from "commander";
import { UnwedgeError } from "#base/error.ts";
import { clusterAt, URL_DEFAULT } from "./cluster-client.ts";
import type { Io } from "./io.ts";
import { countOf, type Ends, option, repeated } from "./options.ts";

interface UpFlags {
  host: string;
  port?: string;
  scenario: string;
  variant?: string;
  engine: "cluster" | "sockets" | "virtual";
  agents: "local" | "remote";
  idle?: boolean;
  slowdown?: string;
  set?: string[];
  once?: boolean;
  redisUrl?: string;
  token?: string;
  out: string;
}

export function addCluster(program: Command, io: Io, ends: Ends): void {
  addUp(program, io, ends);
  addReading(program, io, ends);
  addEnding(program, io, ends);
  addFaults(program, io, ends);
  addDoctor(program, io, ends);
}

function addUp(program: Command, io: Io, ends: Ends): void {
  program
    .command("up")
    .summary("start Redis, the coordinator and its API, and run a scenario live")
    .description(
      "Keeps the coordinator up until Ctrl-C. Its runs keep step with this host's clock.",
    )
    .addOption(option("--host <address>", "where it listens").default("127.0.0.1"))
    .addOption(
      option("--port <n>", "which port; 0: any that is free; 8080 if that is free by default"),
    )
    .addOption(option("--scenario <name>", "what is run first").default("zijlstra-wedge"))
    .addOption(option("--variant <name>", "of it; the first one by default"))
    .addOption(
      option(
        "--engine <name>",
        "nodes that outlive runs, a process for each machine and run, or virtual time in step with the clock",
      )
        .choices(["cluster", "sockets", "virtual"])
        .default("cluster"),
    )
    .addOption(
      option(
        "--agents <where>",
        "local: start a node for each host; remote: they come by themselves",
      )
        .choices(["local", "remote"])
        .default("local"),
    )
    .addOption(repeated("--set <path=value>", "change a value of it; may be given again"))
    .addOption(option("--idle", "run nothing at first"))
    .addOption(
      option("--slowdown <n>", "host time per machine time; found out when nothing is said"),
    )
    .addOption(option("--once", "end with that run, and with its exit code"))
    .addOption(
      option("--redis-url <url>", "also REDIS_URL; else redis-server, else one in JavaScript"),
    )
    .addOption(
      option("--token <text>", "what changes something must show it; a new one by default"),
    )
    .addOption(option("--out <dir>", "where runs are recorded").default("runs"))
    .addHelpText("after", "\nExample: unwedge up --variant swapnbd-v9 --once --port 0")
    .action(
      ends(async (flags: UpFlags) => {
        const { up } = await import("./up.ts");
        const { variant = null, once = false, idle = false, token = null } = flags;
        const slowdown = countOf("--slowdown", flags.slowdown, 1);
        const port = countOf("--port", flags.port, 0);
        if (port !== null && port > 65_535)
          throw new UnwedgeError("usage", `--port ${port}: no such port`);
        const redisUrl = flags.redisUrl ?? io.settings.redisUrl;
        const said = { port, variant, once, idle, set: flags.set ?? [], slowdown, token, redisUrl };
        return up({ ...flags, ...said }, io);
      }),
    );
}

interface AtFlags {
  url: string;
  token?: string;
}

/** With the options that say which coordinator. */
const at = (command: Command): Command =>
  command
    .addOption(option("--url <url>", "of the coordinator").default(URL_DEFAULT))
    .addOption(option("--token <text>", "that it printed when it started"));

interface LogsFlags extends AtFlags {
  follow?: boolean;
  last: string;
}

function addReading(program: Command, io: Io, ends: Ends): void {
  at(
    program
      .command("logs")
      .summary("what happened on nodes, a JSON object a line")
      .argument("[node]", "of which; of all by default"),
  )
    .addOption(option("--last <n>", "how many, the latest").default("50"))
    .addOption(option("--follow", "go on until Ctrl-C"))
    .action(
      ends(async (node: string | undefined, flags: LogsFlags) => {
        const last = Math.min(countOf("--last", flags.last, 1) ?? 1, 1000);
        const wish = { node: node ?? null, last, follow: flags.follow ?? false };
        return (await import("./cluster-commands.ts")).logs(clusterAt(flags), wish, io);
      }),
    );
  at(program.command("status").summary("nodes of the cluster that is up, as JSON")).action(
    ends(async (flags: AtFlags) =>
      (await import("./cluster-commands.ts")).status(clusterAt(flags), io),
    ),
  );
  at(program.command("ls").summary("runs of the coordinator, newest first, as JSON")).action(
    ends(async (flags: AtFlags) =>
      (await import("./cluster-commands.ts")).listRuns(clusterAt(flags), io),
    ),
  );
  at(
    program
      .command("rm")
      .summary("end a run, or remove one that has ended")
      .argument("<run>", "its id"),
  ).action(
    ends(async (id: string, flags: AtFlags) =>
      (await import("./cluster-commands.ts")).removeRun(clusterAt(flags), id, io),
    ),
  );
}

function addEnding(program: Command, io: Io, ends: Ends): void {
  at(
    program
      .command("wipe")
      .summary("forget every run that is over, and what nodes have said of themselves"),
  ).action(
    ends(async (flags: AtFlags) =>
      (await import("./cluster-commands.ts")).wipe(clusterAt(flags), io),
    ),
  );
  at(
    program
      .command("down")
      .summary("stop the coordinator that is up, as Ctrl-C does, with all it has started"),
  ).action(
    ends(async (flags: AtFlags) =>
      (await import("./cluster-commands.ts")).down(clusterAt(flags), io),
    ),
  );
}

function addDoctor(program: Command, io: Io, ends: Ends): void {
  program
    .command("doctor")
    .summary("what a cluster would miss on this host, and what to do about it")
    .description("Exit code 4 when a cluster cannot be started here.")
    .addOption(option("--json", "one JSON array of findings"))
    .action(
      ends(async ({ json = false }: { json?: boolean }) =>
        (await import("./doctor.ts")).doctor({ json }, io),
      ),
    );
}

interface AddFlags extends AtFlags {
  with?: string[];
  for: string;
}

function addFaults(program: Command, io: Io, ends: Ends): void {
  const fault = program.command("fault").summary("open, list and heal faults by hand");
  at(
    fault
      .command("add")
      .alias("inject")
      .summary("open a fault; it heals itself when its lease ends")
      .argument("<name>", "as swap.unreachable")
      .argument("<target>", "as C, A->C"),
  )
    .addOption(repeated("--with <name=value>", "an argument, as delay=50ms; may be given again"))
    .addOption(option("--for <seconds>", "its lease").default("10"))
    .action(
      ends(async (name: string, target: string, flags: AddFlags) => {
        const leaseS = countOf("--for", flags.for, 1) ?? 1;
        const wish = { name, target, with: flags.with ?? [], leaseS };
        return (await import("./cluster-commands.ts")).addFault(clusterAt(flags), wish, io);
      }),
    );
  at(fault.command("list").summary("faults that are open")).action(
    ends(async (flags: AtFlags) =>
      (await import("./cluster-commands.ts")).listFaults(clusterAt(flags), io),
    ),
  );
  at(
    fault.command("heal").summary("heal one, or all").argument("[id]", "which; all by default"),
  ).action(
    ends(async (id: string | undefined, flags: AtFlags) =>
      (await import("./cluster-commands.ts")).healFaults(clusterAt(flags), id ?? null, io),
    ),
  );
}
