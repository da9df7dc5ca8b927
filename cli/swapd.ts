// `unwedge swapd`: a swap server in this process, until somebody stops it.

import { pino } from "pino";
import { EXIT, UnwedgeError } from "#base/error.ts";
import { type Address, startSwapd } from "../nodes/swapd/index.ts";
import type { Io } from "./io.ts";
import { type SwapdFlags, swapdSpec } from "./swapd-options.ts";

const LEVELS = ["silent", "error", "warn", "info", "debug"];

/** Exit code 0 when it was stopped by a signal, which is how it ends. */
export async function swapd(flags: SwapdFlags, io: Io): Promise<number> {
  const { logLevel } = flags;
  if (!LEVELS.includes(logLevel))
    throw new UnwedgeError(
      "usage",
      `--log-level ${logLevel}: expected one of ${LEVELS.join(", ")}`,
    );
  // Lines of JSON, one by one: what a fault did is in the log before it strikes, whatever becomes of this process.
  const log = pino({ level: logLevel, base: null }, { write: (line: string) => io.err(line) });
  const server = await startSwapd(swapdSpec(flags, io), log);
  const control = server.controlled === null ? "" : `, control ${textOf(server.controlled)}`;
  io.out(`listening on ${textOf(server.listens)}${control}\n`);
  await new Promise<void>((stopped) => {
    io.onStop(() => stopped());
  });
  await server.close();
  return EXIT.ok;
}

function textOf(address: Address): string {
  if ("path" in address) return `unix:${address.path}`;
  const { host, port } = address;
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
