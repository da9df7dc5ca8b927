// How `unwedge flood` is spelled: its options, their units, and what is refused of them.

import type { Command } from "commander";
import { UnwedgeError } from "#base/error.ts";
import type { FloodFlags } from "./flood.ts";
import type { Io } from "./io.ts";
import { type Ends, option, repeated } from "./options.ts";

const HELP = `
Latency is counted from the instant a request was meant to go out, also when it had to wait
(no coordinated omission). What is never answered counts with its age at the end.

Exit codes: 0 it ran, 64 usage, 69 nobody listens, 130 interrupted (with the result so far).

Examples:
  unwedge flood http://127.0.0.1:7000/ --rate 3000/s --connections 64 --for 10s
  unwedge flood http://127.0.0.1:7000/ --model closed --connections 32 --for 10s
  unwedge flood http://127.0.0.1:7000/ --rate 3000/s --pipeline --slow-readers 8
  unwedge flood udp://127.0.0.1:7001 --rate 10000/s --payload 1400B`;

export function addFlood(program: Command, io: Io, ends: Ends): void {
  program
    .command("flood")
    .summary("flood a server of this machine with real requests")
    .description(
      "Sends HTTP/1.1 requests or datagrams over real sockets from worker threads, for a bounded time, and says what came of it.",
    )
    .argument("<url>", "http://127.0.0.1:7000/ or udp://127.0.0.1:7001; loopback only")
    .addOption(
      option(
        "--rate <rate>",
        "requests per second over all connections; max: as fast as it goes, with --stream or --pipeline",
      ).default("1000/s"),
    )
    .addOption(option("--connections <n>", "connections, or flows of datagrams").default("64"))
    .addOption(option("--for <duration>", "how long").default("10 s"))
    .addOption(
      option("--model <model>", "open: comes when it comes; closed: waits for each answer")
        .choices(["open", "closed"])
        .default("open"),
    )
    .addOption(
      option("--pattern <name>", "how arrivals spread: constant, poisson or burst")
        .choices(["constant", "poisson", "burst"])
        .default("constant"),
    )
    .addOption(option("--payload <size>", "body of a request, or a datagram").default("4 KiB"))
    .addOption(
      option("--stream", "one endless request a connection, a chunk where a request would be"),
    )
    .addOption(option("--pipeline", "requests go out without waiting for answers"))
    .addOption(
      option("--slow-readers <n>", "so many connections read 256 bytes in 100 ms").default("0"),
    )
    .addOption(option("--workers <n>", "threads").default("2"))
    .addOption(option("--seed <n>", "of the arrivals").default("1"))
    .addOption(
      repeated(
        "--allow-host <host>",
        "a host of a private test network of your own; may be given again",
      ),
    )
    .addOption(option("--json", "one JSON object"))
    .addHelpText("after", HELP)
    .action(
      ends(async (url: string, flags: FloodFlags) => {
        if (flags.stream === true && flags.pipeline === true)
          throw new UnwedgeError("usage", "--stream and --pipeline: one or the other");
        const { flood } = await import("./flood.ts");
        return flood(url, flags, io);
      }),
    );
}
