// How `unwedge worker` is spelled.

import type { Command } from "commander";
import { UnwedgeError } from "#base/error.ts";
import type { Io } from "./io.ts";
import { countOf, type Ends, option } from "./options.ts";

const HELP = `
Prints one line when it takes runs, and to stderr what it has run. Ctrl-C or SIGTERM ends it: what it was at is given back
to other workers. Start as many as there are machines; all must be of the same sources.

Example: unwedge worker --redis redis://10.0.0.1:6379 --threads 2`;

export function addWorker(program: Command, io: Io, ends: Ends): void {
  program
    .command("worker")
    .summary("run cells of sweeps for whoever puts them on a queue")
    .description(
      "Takes runs from a queue in Redis, where sweep, search, claims and matrix put them.",
    )
    .addOption(option("--redis <url>", "where the queue is; also REDIS_URL"))
    .addOption(option("--threads <n>", "how many at once; one for each processor by default"))
    .addHelpText("after", HELP)
    .action(
      ends(async ({ redis, threads }: { redis?: string; threads?: string }) => {
        const redisUrl = redis ?? io.settings.redisUrl;
        if (redisUrl === null) throw new UnwedgeError("usage", "--redis, or REDIS_URL, is needed");
        const { worker } = await import("./worker.ts");
        const urlName = redis === undefined ? "REDIS_URL" : "--redis";
        return worker({ redisUrl, urlName, threads: countOf("--threads", threads, 1) }, io);
      }),
    );
}
