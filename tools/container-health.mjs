// What a container's health is: of a coordinator that it is ready, or what else is asked of it; of a node that it holds a
// connection to its coordinator.
//
// The node's is read from the kernel's table: asking the coordinator would cost it something, and A's answer is not A's to give.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Whether a table as /proc/net/tcp has an established connection to that port.
 * @param {string} table
 * @param {number} port
 */
export function isConnectedTo(table, port) {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .some(([, , remote = "", state]) => state === "01" && remote.endsWith(`:${hex}`));
}

async function complaint() {
  const [, , what, path = "/readyz"] = process.argv;
  if (what === "coordinator") {
    const response = await fetch(`http://127.0.0.1:8080${path}`, {
      signal: AbortSignal.timeout(4_000),
    });
    return response.ok ? null : await response.text();
  }
  const { port } = new URL(process.env["UNWEDGE_COORDINATOR"] ?? "");
  const isThere = isConnectedTo(readFileSync("/proc/net/tcp", "utf8"), Number(port || 80));
  return isThere ? null : "not connected to the coordinator";
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const said = await complaint().catch((error) => String(error));
  if (said !== null) {
    process.stderr.write(`${said}\n`);
    process.exitCode = 1;
  }
}
