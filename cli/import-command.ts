// `unwedge import-host` on the command line.

import type { Command } from "commander";
import type { Io } from "./io.ts";
import { countOf, type Ends, option } from "./options.ts";

interface ImportFlags {
  from?: string;
  out?: string;
  seeds: string;
  json?: boolean;
}

export function addImportHost(program: Command, io: Io, ends: Ends): void {
  program
    .command("import-host")
    .summary("read a Linux machine into a scenario, and say how near to a wedge it could come")
    .description(
      "Reads /proc and /sys of this machine or of a folder, and answers with margins, in ranges, what binds them, and what is not modelled. Exit code 1 when a run wedged, 65 when a file is not what a kernel writes.",
    )
    .addOption(option("--from <dir>", "a folder with proc/… and sys/…, saved on another machine"))
    .addOption(option("--out <file>", "also write the scenario"))
    .addOption(option("--seeds <n>", "runs for each outage; 0: formulas alone").default("1"))
    .addOption(option("--json", "one JSON object"))
    .addHelpText("after", "\nExample: unwedge import-host --from saved --out my-host.yaml")
    .action(
      ends(async ({ from, out, seeds, json = false }: ImportFlags) => {
        const { importHost } = await import("./import-host.ts");
        const options = { from: from ?? null, out: out ?? null, json };
        return importHost({ ...options, seeds: countOf("--seeds", seeds, 0) ?? 1 }, io);
      }),
    );
}
