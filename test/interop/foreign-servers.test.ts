// The emulated machine's NBD client against anybody's server: ours, nbdkit, QEMU's and the reference one.

import { createHash } from "node:crypto";
import { afterAll, describe, expect, test } from "vitest";
import { MIB } from "#base/units.ts";
import * as nbd from "#wire/nbd/constants.ts";
import { NBD_SERVERS, type RunningServer, startNbdServer } from "../../bench/nbd-peers.ts";
import { NbdClient } from "../support/nbd-client.ts";
import { hasTool } from "../support/tools.ts";
import { pattern } from "../wire/support.ts";

const running: RunningServer[] = [];
afterAll(() => {
  for (const server of running) server.close();
});

const hashOf = (bytes: Uint8Array | null): string =>
  createHash("sha256")
    .update(bytes ?? new Uint8Array(0))
    .digest("hex");

describe.each(NBD_SERVERS)("against %s", (name) => {
  const isHere = name === "swapd" || hasTool(name);
  test.skipIf(!isHere)(
    "what is written is read, in any order (skipped without the tool)",
    async () => {
      const server = await startNbdServer(name, 16 * MIB);
      running.push(server);
      const client = await NbdClient.connect(server.port, server.exportName);
      expect([client.session.state, client.session.refusal]).toEqual(["ready", null]);
      expect(client.session.exportSizeBytes).toBe(16 * MIB);
      // Pages of swap, 64 at a time, as the kernel would have them in flight.
      const pages = Array.from({ length: 64 }, (_, i) => ({
        atBytes: i * 20_480,
        bytes: pattern(4096, i),
      }));
      const written = await Promise.all(
        pages.map(({ atBytes, bytes }) => client.write(atBytes, bytes)),
      );
      expect(written).toEqual(pages.map(() => 0));
      if ((client.session.transmissionFlags & nbd.NBD_FLAG_SEND_FLUSH) !== 0)
        expect(await client.flush()).toBe(0);
      const read = await Promise.all(pages.map(({ atBytes }) => client.read(atBytes, 4096)));
      expect(read.map(hashOf)).toEqual(pages.map(({ bytes }) => hashOf(bytes)));
      expect(await client.read(8 * MIB, 4096)).toEqual(new Uint8Array(4096));
      await client.close();
    },
  );
});
