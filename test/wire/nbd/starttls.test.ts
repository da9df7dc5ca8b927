import { expect, test } from "vitest";
import { viewOf } from "#wire/bytes.ts";
import * as nbd from "#wire/nbd/constants.ts";
import { encodeClientFlags, encodeInfoRequest, encodeOption } from "#wire/nbd/haggling.ts";
import type { NbdTls } from "#wire/nbd/server-handshake.ts";
import { NbdServerSession } from "#wire/nbd/server-session.ts";
import { anExport, ascii, join } from "../support.ts";

const NO_BYTES = new Uint8Array(0);
const startTls = encodeOption(nbd.NBD_OPT_STARTTLS, NO_BYTES);
const structured = encodeOption(nbd.NBD_OPT_STRUCTURED_REPLY, NO_BYTES);
const go = encodeOption(nbd.NBD_OPT_GO, encodeInfoRequest({ name: ascii("swap"), infoTypes: [] }));

function greeted(tls: NbdTls): NbdServerSession {
  const server = new NbdServerSession({ exports: [anExport()], tls });
  server.receive(encodeClientFlags(3));
  server.takeOutput();
  return server;
}

/** The reply types since the last call. */
function typesOf(server: NbdServerSession): number[] {
  const bytes = join(server.takeOutput());
  const view = viewOf(bytes);
  const types: number[] = [];
  for (let atBytes = 0; atBytes < bytes.length; atBytes += 20 + view.getUint32(atBytes + 16))
    types.push(view.getUint32(atBytes + 12));
  return types;
}

test("a server with TLS acknowledges, waits for the host, and haggles anew", () => {
  const server = greeted("offered");
  server.receive(structured);
  server.receive(startTls);
  expect(typesOf(server)).toEqual([nbd.NBD_REP_ACK, nbd.NBD_REP_ACK]);
  expect(server.awaitsTls).toBe(true);
  server.secured();
  expect(server.awaitsTls).toBe(false);
  // Agreed again, which would be an error had the agreement in the clear been kept.
  server.receive(structured);
  server.receive(startTls);
  expect(typesOf(server)).toEqual([nbd.NBD_REP_ACK, nbd.NBD_REP_ERR_INVALID]);
  server.receive(go);
  expect(server.chosen?.name).toBe("swap");
});

test("a server that offers TLS serves those who do not ask for it", () => {
  const server = greeted("offered");
  server.receive(go);
  expect(server.chosen?.name).toBe("swap");
});

test("a server that requires TLS answers everything else with TLS_REQD until then", () => {
  const server = greeted("required");
  for (const option of [nbd.NBD_OPT_LIST, nbd.NBD_OPT_GO, nbd.NBD_OPT_INFO, 77])
    server.receive(encodeOption(option, NO_BYTES));
  const reqd = nbd.NBD_REP_ERR_TLS_REQD;
  expect(typesOf(server)).toEqual([reqd, reqd, reqd, reqd]);
  server.receive(startTls);
  server.takeOutput();
  server.secured();
  server.receive(go);
  expect(server.chosen?.name).toBe("swap");
});

test("a server that requires TLS ends on EXPORT_NAME in the clear, and acknowledges ABORT", () => {
  const bold = greeted("required");
  bold.receive(encodeOption(nbd.NBD_OPT_EXPORT_NAME, ascii("swap")));
  expect([bold.ended, bold.chosen]).toEqual(["tls-required", null]);
  const polite = greeted("required");
  polite.receive(encodeOption(nbd.NBD_OPT_ABORT, NO_BYTES));
  expect(typesOf(polite)).toEqual([nbd.NBD_REP_ACK]);
});

test("bytes in the clear behind STARTTLS end the session, at once or late", () => {
  const atOnce = greeted("offered");
  atOnce.receive(join([startTls, go]));
  expect([atOnce.ended, atOnce.chosen]).toEqual(["bytes-before-tls", null]);
  const late = greeted("offered");
  late.receive(startTls);
  late.receive(go);
  expect([late.ended, late.chosen]).toEqual(["bytes-before-tls", null]);
});

test("STARTTLS with data is invalid and changes nothing", () => {
  const server = greeted("offered");
  server.receive(encodeOption(nbd.NBD_OPT_STARTTLS, ascii("x")));
  expect(typesOf(server)).toEqual([nbd.NBD_REP_ERR_INVALID]);
  expect(server.awaitsTls).toBe(false);
  expect(() => server.secured()).toThrow("when the client asked");
});
