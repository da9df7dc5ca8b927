// Where a flood may go: to this host, or to hosts of a private network that were named one by one.

import { isIPv4, isIPv6 } from "node:net";
import { UnwedgeError } from "#base/error.ts";

export interface Target {
  readonly protocol: "http" | "udp";
  readonly host: string;
  readonly port: number;
  /** What requests ask for. */
  readonly path: string;
}

/** What a URL means. Throws UnwedgeError where it is none of ours, or where a flood has no business. */
export function targetOf(text: string, allowedHosts: readonly string[]): Target {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "udp:"))
    throw new UnwedgeError(
      "usage",
      `${text}: expected http://127.0.0.1:7000/ or udp://127.0.0.1:7000`,
    );
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port === "" && url.protocol === "http:" ? "80" : url.port);
  if (port === 0) throw new UnwedgeError("usage", `${text}: names no port`);
  if (!isLoopback(host)) checkAllowed(host, allowedHosts);
  return {
    protocol: url.protocol === "http:" ? "http" : "udp",
    host,
    port,
    path: `${url.pathname}${url.search}` || "/",
  };
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));

function checkAllowed(host: string, allowedHosts: readonly string[]): void {
  if (!allowedHosts.includes(host))
    throw new UnwedgeError(
      "usage",
      `${host} is not this machine: a flood goes to loopback only, since elsewhere it is an attack. If it is a host of a test network of your own, say --allow-host ${host}.`,
    );
  if (!isPrivate(host))
    throw new UnwedgeError(
      "usage",
      `--allow-host ${host}: only names without a dot and addresses of private networks (RFC 1918, RFC 4193) can be allowed`,
    );
}

/** A container's name has no dot; the rest are addresses that no router of the Internet forwards. */
function isPrivate(host: string): boolean {
  if (isIPv6(host)) return /^f[cd]/i.test(host);
  if (!isIPv4(host)) return !host.includes(".");
  const [a = 0, b = 0] = host.split(".").map(Number);
  return a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168);
}
