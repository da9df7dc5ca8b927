// What a container of ours starts: the command line, with what it can find out and nobody should have to say.
//
// The token: UNWEDGE_TOKEN where it is set, else what UNWEDGE_TOKEN_FILE holds, which whoever comes first fills. The node's
// name: UNWEDGE_NODE where it is set, else what Compose calls the container, which only its network's DNS knows: `a` is A, the
// second of `--scale b=3` is B2.

import { randomBytes } from "node:crypto";
import { Resolver } from "node:dns/promises";
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import { runSource } from "./run.mjs";

/** @param {string} path */
export function sharedToken(path) {
  if (!existsSync(path)) makeToken(path);
  return readFileSync(path, "utf8").trim();
}

/**
 * Linking fails where there is one: of several that start at once one is first, and a file that is there is whole.
 * @param {string} path
 */
function makeToken(path) {
  const own = `${path}-${randomBytes(6).toString("hex")}`;
  writeFileSync(own, `${randomBytes(24).toString("base64url")}\n`, { mode: 0o400 });
  try {
    linkSync(own, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(own);
  }
}

/**
 * What a container's name in a network says of its node; null: not one of Compose's. `unwedge-b-2.unwedge_data` → `B2`.
 * @param {string} dnsName
 */
export function nodeName(dnsName) {
  const [, container = "", project = ""] = /^([^.]+)\.(.+)_[^_]+$/.exec(dnsName) ?? [];
  const rest = container.startsWith(project) ? container.slice(project.length) : "";
  const [, service = "", number = ""] = /^[-_](.+)[-_](\d+)$/.exec(rest) ?? [];
  if (service === "") return null;
  return `${service.toUpperCase()}${number === "1" ? "" : number}`;
}

async function ownNodeName() {
  const resolver = new Resolver({ timeout: 1_000, tries: 2 });
  const addresses = Object.values(networkInterfaces())
    .flatMap((infos) => infos ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal);
  for (const { address } of addresses) {
    const reversed = `${address.split(".").reverse().join(".")}.in-addr.arpa`;
    const names = await resolver.resolvePtr(reversed).catch(() => []);
    const name = names.map(nodeName).find((each) => each !== null);
    if (name !== undefined) return name;
  }
  return hostname();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { env } = process;
  const file = env["UNWEDGE_TOKEN_FILE"] ?? "";
  if ((env["UNWEDGE_TOKEN"] ?? "") === "") {
    if (file === "") delete env["UNWEDGE_TOKEN"];
    else env["UNWEDGE_TOKEN"] = sharedToken(file);
  }
  if (process.argv[2] === "node") env["UNWEDGE_NODE"] ??= await ownNodeName();
  await runSource(new URL("../cli/main.ts", import.meta.url));
}
