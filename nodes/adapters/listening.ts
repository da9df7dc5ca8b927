import { once } from "node:events";
import type { Server } from "node:net";

/** The port a server listens on, once it does; a port of 0 takes any that is free. */
export async function listening(
  server: Server,
  at: { readonly host: string; readonly port: number },
): Promise<number> {
  server.listen(at.port, at.host);
  await once(server, "listening");
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : at.port;
}
