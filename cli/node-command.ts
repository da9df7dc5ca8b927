// How `unwedge node` is spelled: the agent of one node, beside a coordinator that is somewhere else.

import { hostname } from "node:os";
import type { Command } from "commander";
import { UnwedgeError } from "#base/error.ts";
import type { PublishedPort } from "../nodes/agent/index.ts";
import { checkUrl, URL_DEFAULT } from "./cluster-client.ts";
import type { Io } from "./io.ts";
import { countOf, type Ends, option, repeated } from "./options.ts";

interface NodeFlags {
  coordinator: string;
  token?: string;
  node: string;
  address: string;
  redisUrl?: string;
  publish?: string[] | string;
}

export function addNode(program: Command, io: Io, ends: Ends): void {
  program
    .command("node")
    .summary("be a node of a cluster: run machines for a coordinator")
    .description(
      "Connects to a coordinator and has a machine for each of its runs. Machines talk TCP to each other by their nodes' addresses.",
    )
    .addOption(option("--coordinator <url>", "where it is").default(URL_DEFAULT))
    .addOption(option("--token <text>", "that the coordinator printed, or was given"))
    .addOption(option("--node <name>", "which host of a scenario it plays").default(hostname()))
    .addOption(
      option("--address <address>", "its own, a name for it, or the network it is in").default(
        "127.0.0.1",
      ),
    )
    .addOption(option("--redis-url <url>", "also REDIS_URL; it publishes nothing without"))
    .addOption(
      repeated(
        "--publish <port[=real]>",
        "let callers in to that port of its machines, on every address of this host",
      ),
    )
    .addHelpText("after", "\nExample: unwedge node --node A --address 10.77.0.0/24")
    .action(
      ends(async (flags: NodeFlags) => {
        const { node } = await import("./node.ts");
        const { token = "", coordinator, redisUrl = io.settings.redisUrl } = flags;
        checkUrl("--coordinator", coordinator);
        if (token === "") throw new UnwedgeError("usage", "--token, or UNWEDGE_TOKEN, is needed");
        const { node: name, address } = flags;
        const publish = [flags.publish ?? []].flat().map(portOf);
        return node({ url: coordinator, token, name, address, redisUrl, publish }, io);
      }),
    );
}

/** `PORT`, or `PORT=ANOTHER` where the machine's port is another one on this host. */
function portOf(text: string): PublishedPort {
  const [own = 0, real = own] = text.split("=").map((part) => countOf("--publish", part, 1) ?? 0);
  if (Math.max(own, real) > 65_535)
    throw new UnwedgeError("usage", `--publish ${text}: no such port`);
  return { own, real };
}
