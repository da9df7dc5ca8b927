// `unwedge node`: an agent until Ctrl-C, or until its coordinator says that it will never have it. Started by `unwedge up`
// it ends with that, however that ends.

import { pino } from "pino";
import { EXIT, UnwedgeError } from "#base/error.ts";
import { ownAddress, type PublishedPort, startAgent } from "../nodes/agent/index.ts";
import type { Io } from "./io.ts";

export interface NodeOptions {
  readonly url: string;
  readonly token: string;
  readonly name: string;
  /** An address, a name, or a network. */
  readonly address: string;
  readonly redisUrl: string | null;
  /** Ports of its machines that are let in from every address of this host. */
  readonly publish: readonly PublishedPort[];
}

export async function node(options: NodeOptions, io: Io): Promise<number> {
  const { url, token, name, redisUrl, publish } = options;
  const address = await ownAddress(options.address);
  const log = pino({ level: "warn" }, pino.destination({ fd: 2, sync: true }));
  const agent = startAgent({ url, token, name, address, redisUrl, publish, log });
  const asked = stopAsked(io);
  try {
    const ending = await Promise.race([agent.refused, asked.promise]);
    if (typeof ending === "string") throw new UnwedgeError("unavailable", ending);
    return ending;
  } finally {
    asked.forget();
    await agent.close();
  }
}

/** By a signal, or by the end of who started us. */
function stopAsked(io: Io): { readonly promise: Promise<number>; forget(): void } {
  let forget = (): void => undefined;
  const promise = new Promise<number>((resolve) => {
    if (process.send === undefined) {
      forget = io.onStop(resolve);
      return;
    }
    // Ctrl-C reaches the whole group; who started us heals and stops us in order.
    const ignore = (): void => undefined;
    const onGone = (): void => resolve(EXIT.ok);
    process.on("SIGINT", ignore);
    process.once("SIGTERM", onGone);
    // Who was killed while we were loading is gone already, and nobody will say so again.
    if (process.connected) process.once("disconnect", onGone);
    else setImmediate(onGone);
    forget = () => {
      process.off("SIGINT", ignore);
      process.off("SIGTERM", onGone);
      process.off("disconnect", onGone);
      if (process.connected) process.disconnect();
    };
  });
  return { promise, forget: () => forget() };
}
