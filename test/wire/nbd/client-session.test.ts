import { expect, test } from "vitest";
import { viewOf } from "#wire/bytes.ts";
import { NbdClientSession } from "#wire/nbd/client-session.ts";
import * as nbd from "#wire/nbd/constants.ts";
import {
  encodeClientFlags,
  encodeExportNameReply,
  encodeGreeting,
  encodeOption,
  writeOptionReply,
} from "#wire/nbd/haggling.ts";
import { ascii, join, toHex } from "../support.ts";

const NO_BYTES = new Uint8Array(0);

function optionReply(
  type: number,
  body: Uint8Array = NO_BYTES,
  option = nbd.NBD_OPT_GO,
): Uint8Array {
  const header = new Uint8Array(20);
  writeOptionReply(viewOf(header), 0, { option, type, lenBytes: body.length });
  return join([header, body]);
}

const infoExport = join([Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1)]);

function asked(): NbdClientSession {
  const client = new NbdClientSession("swap");
  client.receive(encodeGreeting(3));
  client.takeOutput();
  return client;
}

test("a client falls back to EXPORT_NAME when GO is not supported", () => {
  const client = asked();
  client.receive(optionReply(nbd.NBD_REP_ERR_UNSUP, ascii("what?")));
  expect(toHex(...client.takeOutput())).toBe(
    toHex(encodeOption(nbd.NBD_OPT_EXPORT_NAME, ascii("swap"))),
  );
  client.receive(encodeExportNameReply({ sizeBytes: 8192, flags: 5, zeroes: "left-out" }));
  expect([client.state, client.exportSizeBytes, client.transmissionFlags]).toEqual([
    "ready",
    8192,
    5,
  ]);
});

test("a client asks a server without fixed newstyle by name at once, and waits for the zeroes", () => {
  const client = new NbdClientSession("swap");
  client.receive(encodeGreeting(0));
  expect(toHex(...client.takeOutput())).toBe(
    toHex(encodeClientFlags(0), encodeOption(nbd.NBD_OPT_EXPORT_NAME, ascii("swap"))),
  );
  const reply = encodeExportNameReply({ sizeBytes: 8192, flags: 1, zeroes: "sent" });
  client.receive(reply.subarray(0, 133));
  expect(client.state).toBe("handshake");
  client.receive(reply.subarray(133));
  expect(client.state).toBe("ready");
});

test("a client ignores information it does not know", () => {
  const client = asked();
  client.receive(optionReply(nbd.NBD_REP_INFO, ascii("\0\x63whatever")));
  client.receive(optionReply(nbd.NBD_REP_INFO, infoExport));
  client.receive(optionReply(nbd.NBD_REP_ACK));
  expect([client.state, client.exportSizeBytes]).toEqual(["ready", 65_536]);
});

const blockSizes = (min: number, preferred: number, max: number): Uint8Array => {
  const body = new Uint8Array(14);
  const view = viewOf(body);
  view.setUint16(0, nbd.NBD_INFO_BLOCK_SIZE);
  [min, preferred, max].forEach((bytes, i) => {
    view.setUint32(2 + 4 * i, bytes);
  });
  return body;
};

test.each([
  ["no-export-size", optionReply(nbd.NBD_REP_ACK)],
  ["bad-option-reply", new Uint8Array(20)],
  ["bad-option-reply", optionReply(nbd.NBD_REP_ACK, NO_BYTES, nbd.NBD_OPT_LIST)],
  ["bad-option-reply", optionReply(nbd.NBD_REP_SERVER, ascii("\0\0\0\0"))],
  ["bad-option-reply", optionReply(nbd.NBD_REP_INFO, infoExport.subarray(0, 11))],
  ["bad-option-reply", optionReply(nbd.NBD_REP_INFO, ascii("\0"))],
  ["bad-option-reply", optionReply(nbd.NBD_REP_INFO, new Uint8Array(5000))],
  ["bad-option-reply", optionReply(nbd.NBD_REP_INFO, blockSizes(0, 4096, 65_536))],
  ["bad-option-reply", optionReply(nbd.NBD_REP_INFO, blockSizes(512, 256, 65_536))],
  ["bad-option-reply", optionReply(nbd.NBD_REP_INFO, blockSizes(1, 4096, 512))],
  ["oversized-export", optionReply(nbd.NBD_REP_INFO, Uint8Array.of(0, 0, ...Array(10).fill(255)))],
  ["refused", optionReply(nbd.NBD_REP_ERR_POLICY)],
  ["refused", optionReply(nbd.NBD_REP_ERR_SHUTDOWN, ascii("bye"))],
])("a client ends with %s", (reason, bytes) => {
  const client = asked();
  client.receive(bytes);
  expect([client.state, client.ended]).toEqual(["ended", reason]);
});

test("a client gives up on a server that informs without end", () => {
  const client = asked();
  const info = optionReply(nbd.NBD_REP_INFO, ascii("\0\x63"));
  for (let i = 0; i < 64; i++) client.receive(info);
  expect(client.ended).toBeNull();
  client.receive(info);
  expect(client.ended).toBe("bad-option-reply");
});

test("a client ends with bad-greeting on an oldstyle server", () => {
  const client = new NbdClientSession("swap");
  const greeting = encodeGreeting(0);
  viewOf(greeting).setBigUint64(8, nbd.NBD_CLISERV_MAGIC);
  client.receive(greeting);
  expect(client.ended).toBe("bad-greeting");
});

test("a client says ABORT when it leaves in the middle of haggling", () => {
  const client = asked();
  client.disconnect();
  expect(toHex(...client.takeOutput())).toBe(toHex(encodeOption(nbd.NBD_OPT_ABORT, NO_BYTES)));
  expect(client.ended).toBe("disconnected");
});
