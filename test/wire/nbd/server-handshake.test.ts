import { expect, test } from "vitest";
import { viewOf } from "#wire/bytes.ts";
import * as nbd from "#wire/nbd/constants.ts";
import { encodeClientFlags, encodeInfoRequest, encodeOption } from "#wire/nbd/haggling.ts";
import { NbdServerSession } from "#wire/nbd/server-session.ts";
import { anExport, ascii, join, toHex } from "../support.ts";

const NO_BYTES = new Uint8Array(0);
const hello = encodeClientFlags(nbd.NBD_FLAG_FIXED_NEWSTYLE | nbd.NBD_FLAG_NO_ZEROES);

/** A server that has said hello and heard it. */
function greeted(): NbdServerSession {
  const server = new NbdServerSession({ exports: [anExport()] });
  server.receive(hello);
  server.takeOutput();
  return server;
}

function goFor(name: string, infoTypes: readonly number[] = []): Uint8Array {
  return encodeOption(nbd.NBD_OPT_GO, encodeInfoRequest({ name: ascii(name), infoTypes }));
}

/** [option, reply type] of each reply. */
function repliesOf(slices: readonly Uint8Array[]): (readonly [number, number])[] {
  const bytes = join(slices);
  const view = viewOf(bytes);
  const replies: (readonly [number, number])[] = [];
  for (let atBytes = 0; atBytes < bytes.length; atBytes += 20 + view.getUint32(atBytes + 16)) {
    replies.push([view.getUint32(atBytes + 8), view.getUint32(atBytes + 12)]);
  }
  return replies;
}

test.each([
  ["an option nobody knows", 77, NO_BYTES, nbd.NBD_REP_ERR_UNSUP],
  ["STARTTLS", nbd.NBD_OPT_STARTTLS, NO_BYTES, nbd.NBD_REP_ERR_UNSUP],
  ["SET_META_CONTEXT", nbd.NBD_OPT_SET_META_CONTEXT, ascii("abcd"), nbd.NBD_REP_ERR_INVALID],
  ["EXTENDED_HEADERS", nbd.NBD_OPT_EXTENDED_HEADERS, NO_BYTES, nbd.NBD_REP_ERR_UNSUP],
  ["LIST with data", nbd.NBD_OPT_LIST, ascii("x"), nbd.NBD_REP_ERR_INVALID],
  ["STRUCTURED_REPLY with data", nbd.NBD_OPT_STRUCTURED_REPLY, ascii("x"), nbd.NBD_REP_ERR_INVALID],
  ["GO without data", nbd.NBD_OPT_GO, NO_BYTES, nbd.NBD_REP_ERR_INVALID],
  ["INFO that ends early", nbd.NBD_OPT_INFO, ascii("\0\0\0\x09swap\0\0"), nbd.NBD_REP_ERR_INVALID],
  ["LIST of 9000 bytes", nbd.NBD_OPT_LIST, new Uint8Array(9000), nbd.NBD_REP_ERR_TOO_BIG],
  ["GO of 9000 bytes", nbd.NBD_OPT_GO, new Uint8Array(9000), nbd.NBD_REP_ERR_TOO_BIG],
])("a server answers %s with an error and goes on haggling", (_name, option, body, type) => {
  const server = greeted();
  const bytes = encodeOption(option, body);
  server.receive(bytes.subarray(0, 30));
  server.receive(bytes.subarray(30));
  expect(repliesOf(server.takeOutput())).toEqual([[option, type]]);
  server.receive(goFor("swap"));
  expect(server.chosen?.name).toBe("swap");
});

test("a server answers GO for an unknown export with UNKNOWN, INFO likewise", () => {
  const server = greeted();
  server.receive(goFor("nope"));
  const info = encodeInfoRequest({ name: ascii("nope"), infoTypes: [] });
  server.receive(encodeOption(nbd.NBD_OPT_INFO, info));
  expect(repliesOf(server.takeOutput())).toEqual([
    [nbd.NBD_OPT_GO, nbd.NBD_REP_ERR_UNKNOWN],
    [nbd.NBD_OPT_INFO, nbd.NBD_REP_ERR_UNKNOWN],
  ]);
});

test("a server INFO tells what was asked for and stays in haggling", () => {
  const server = greeted();
  const infoTypes = [nbd.NBD_INFO_NAME, nbd.NBD_INFO_BLOCK_SIZE, nbd.NBD_INFO_DESCRIPTION, 99];
  const info = encodeInfoRequest({ name: ascii("swap"), infoTypes });
  server.receive(encodeOption(nbd.NBD_OPT_INFO, info));
  const output = server.takeOutput();
  expect(repliesOf(output)).toEqual([
    [nbd.NBD_OPT_INFO, nbd.NBD_REP_INFO],
    [nbd.NBD_OPT_INFO, nbd.NBD_REP_INFO],
    [nbd.NBD_OPT_INFO, nbd.NBD_REP_INFO],
    [nbd.NBD_OPT_INFO, nbd.NBD_REP_ACK],
  ]);
  expect(toHex(...output)).toContain(toHex(ascii("\0\x01swap")));
  expect(server.chosen).toBeNull();
});

test("a server offers DF only after structured replies were agreed, and agrees once", () => {
  const server = greeted();
  const structured = encodeOption(nbd.NBD_OPT_STRUCTURED_REPLY, NO_BYTES);
  server.receive(structured);
  server.receive(structured);
  expect(repliesOf(server.takeOutput()).map(([, type]) => type)).toEqual([
    nbd.NBD_REP_ACK,
    nbd.NBD_REP_ERR_INVALID,
  ]);
  server.receive(goFor("swap"));
  const flags = viewOf(join(server.takeOutput())).getUint16(20 + 10);
  expect(flags & nbd.NBD_FLAG_SEND_DF).not.toBe(0);
});

test("a server a read-only export says so and offers no trimming", () => {
  const server = new NbdServerSession({ exports: [anExport({ readOnly: true })] });
  server.receive(hello);
  server.takeOutput();
  server.receive(goFor("swap"));
  const flags = viewOf(join(server.takeOutput())).getUint16(20 + 10);
  expect(flags & nbd.NBD_FLAG_READ_ONLY).not.toBe(0);
  expect(flags & (nbd.NBD_FLAG_SEND_TRIM | nbd.NBD_FLAG_SEND_WRITE_ZEROES)).toBe(0);
});

test("a server says ACK to ABORT before it ends", () => {
  const server = greeted();
  server.receive(encodeOption(nbd.NBD_OPT_ABORT, NO_BYTES));
  expect(repliesOf(server.takeOutput())).toEqual([[nbd.NBD_OPT_ABORT, nbd.NBD_REP_ACK]]);
  expect(server.ended).toBe("aborted");
});

test.each([
  ["unknown-client-flags", encodeClientFlags(7)],
  ["not-fixed-newstyle", join([encodeClientFlags(0), goFor("swap")])],
  ["bad-option-magic", join([hello, new Uint8Array(16)])],
  ["unknown-export", join([hello, encodeOption(nbd.NBD_OPT_EXPORT_NAME, ascii("nope"))])],
  [
    "unknown-export",
    join([hello, encodeOption(nbd.NBD_OPT_EXPORT_NAME, new Uint8Array(9000)).subarray(0, 40)]),
  ],
])("a server ends with %s", (reason, bytes) => {
  const server = new NbdServerSession({ exports: [anExport()] });
  server.receive(bytes);
  expect(server.ended).toBe(reason);
  server.receive(goFor("swap"));
  expect(server.chosen).toBeNull();
});

test("a server gives up on a client that haggles without end", () => {
  const server = greeted();
  const list = encodeOption(nbd.NBD_OPT_LIST, NO_BYTES);
  for (let i = 0; i < 32; i++) server.receive(list);
  expect(server.ended).toBeNull();
  server.receive(list);
  expect(server.ended).toBe("too-many-options");
});

test("a server skips an option of 4 GiB without holding it", () => {
  const server = greeted();
  const header = encodeOption(77, NO_BYTES);
  viewOf(header).setUint32(12, 0xffff_ffff);
  server.receive(header);
  for (let i = 0; i < 100; i++) server.receive(new Uint8Array(65_536));
  expect(server.save().queue).toEqual([]);
  expect(server.save().handshake.option?.lenBytes).toBe(0xffff_ffff - 6_553_600);
});
