import { expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { NbdClientSession } from "#wire/nbd/client-session.ts";
import { NBD_REP_ERR_UNKNOWN } from "#wire/nbd/constants.ts";
import { NbdServerSession } from "#wire/nbd/server-session.ts";
import { anExport, converse } from "../support.ts";

test.each([1, 2, 3, 7, 19, 64, 4096])(
  "agree when bytes come in pieces of up to %i",
  (pieceBytesMax) => {
    for (let seed = 0; seed < 20; seed++) {
      const client = new NbdClientSession("swap");
      const server = new NbdServerSession({ exports: [anExport({ name: "other" }), anExport()] });
      converse(client, server, { random: new Random(seed), pieceBytesMax });
      expect(client.state).toBe("ready");
      expect(client.exportSizeBytes).toBe(server.chosen?.sizeBytes);
      expect(client.blockSizes.maxPayloadBytes).toBe(65_536);
    }
  },
);

test("a client and a server agree on the default export and on a name beyond ASCII", () => {
  for (const name of ["", "Auslagerung-ü-交換"]) {
    const client = new NbdClientSession(name);
    const server = new NbdServerSession({ exports: [anExport({ name })] });
    converse(client, server, { random: new Random(1), pieceBytesMax: 5 });
    expect(server.chosen?.name).toBe(name);
  }
});

test("a client and a server agree on a size beyond 2^32", () => {
  const client = new NbdClientSession("swap");
  const sizeBytes = 5 * 2 ** 40;
  const server = new NbdServerSession({ exports: [anExport({ sizeBytes })] });
  converse(client, server, { random: new Random(1), pieceBytesMax: 50 });
  expect(client.exportSizeBytes).toBe(sizeBytes);
});

test("a client and a server part politely when there is no such export", () => {
  const client = new NbdClientSession("nowhere");
  const server = new NbdServerSession({ exports: [anExport()] });
  converse(client, server, { random: new Random(1), pieceBytesMax: 9 });
  expect([client.ended, client.refusal]).toEqual(["refused", NBD_REP_ERR_UNKNOWN]);
  expect(server.ended).toBe("aborted");
});
