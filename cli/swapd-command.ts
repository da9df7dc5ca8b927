// How `unwedge swapd` is spelled. What it does is loaded when it is asked for.

import type { Command } from "commander";
import type { Io } from "./io.ts";
import { type Ends, option, repeated } from "./options.ts";
import type { SwapdFlags } from "./swapd-options.ts";

const HELP = `
Prints one line when it listens, and logs to stderr. Ctrl-C ends it.

Examples:
  unwedge swapd --size 1GiB
  unwedge swapd --file swap.img --size 4GiB --listen 0.0.0.0:10809
  unwedge swapd --size 64MiB --export left --export right --control 127.0.0.1:10810`;

export function addSwapd(program: Command, io: Io, ends: Ends): void {
  program
    .command("swapd")
    .summary("serve swap to anybody who speaks NBD")
    .description("A swap server on a real socket, standard NBD, to which faults can be done.")
    .addOption(option("--listen <address>", "HOST:PORT or unix:PATH").default("127.0.0.1:10809"))
    .addOption(option("--size <size>", "of each export, as 1 GiB; a file's own by default"))
    .addOption(option("--file <path>", "keep the default export in a file, made if it is missing"))
    .addOption(repeated("--export <name[=file]>", "serve this name; may be given again"))
    .addOption(option("--read-only", "refuse every change"))
    .addOption(option("--tls-cert <file>", "offer TLS with this certificate (PEM)"))
    .addOption(option("--tls-key <file>", "the certificate's key (PEM)"))
    .addOption(option("--tls-required", "serve nobody in the clear"))
    .addOption(option("--control <address>", "take commands here: HOST:PORT or unix:PATH"))
    .addOption(option("--faults <file>", "do these faults at their times (JSON)"))
    .addOption(option("--seed <n>", "of the faults that strike by chance").default("1"))
    .addOption(option("--log-level <name>", "silent, error, warn, info or debug").default("info"))
    .addHelpText("after", HELP)
    .action(
      ends(async (flags: SwapdFlags) => {
        const { swapd } = await import("./swapd.ts");
        return swapd(flags, io);
      }),
    );
}
