// Which of this host's addresses a machine binds to: one that is named, one by which a name is known, or the one it has in a
// network. A container has one in each network it is in, and only the network knows which is which.

import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { UnwedgeError } from "#base/error.ts";

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** `text`: an address, a name, or a network as 10.77.0.0/24. */
export async function ownAddress(text: string): Promise<string> {
  if (isIP(text) !== 0) return text;
  if (text.includes("/")) return addressIn(text, networkInterfaces());
  try {
    return (await lookup(text, { family: 4 })).address;
  } catch (cause) {
    throw new UnwedgeError("usage", `--address ${text}: no host of that name`, { cause });
  }
}

export function addressIn(network: string, interfaces: Interfaces): string {
  const [, base = "", bits = ""] = /^([\d.]+)\/(\d{1,2})$/.exec(network) ?? [];
  if (isIP(base) !== 4 || Number(bits) > 32)
    throw new UnwedgeError("usage", `--address ${network}: expected a network as 10.77.0.0/24`);
  const inside = new BlockList();
  inside.addSubnet(base, Number(bits), "ipv4");
  const own = Object.values(interfaces).flatMap((infos) => infos ?? []);
  const found = own.find(({ family, address }) => family === "IPv4" && inside.check(address));
  if (found !== undefined) return found.address;
  const there = own.map(({ address }) => address).join(", ");
  throw new UnwedgeError(
    "unavailable",
    `--address ${network}: this host has none in it, only ${there}`,
  );
}
