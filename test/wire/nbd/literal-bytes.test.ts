// The protocol in hexadecimal, written by hand from the specification: what a codec and its inverse could get wrong
// together, these bytes do not.

import { expect, test } from "vitest";
import { NbdClientSession } from "#wire/nbd/client-session.ts";
import { NbdServerSession } from "#wire/nbd/server-session.ts";
import { anExport, hex, pattern, toHex } from "../support.ts";

const greeting = hex(`
  4e42444d41474943   # NBDMAGIC
  49484156454f5054   # IHAVEOPT
  0003               # FIXED_NEWSTYLE, NO_ZEROES`);

const clientHello = hex("00000003");

const go = hex(`
  49484156454f5054   # IHAVEOPT
  00000007           # GO
  0000000c           # 12 bytes
  00000004 73776170  # "swap"
  0001 0003          # one item: BLOCK_SIZE`);

const goReply = hex(`
  0003e889045565a9 00000007 00000003 0000000c  # reply to GO: INFO, 12 bytes
  0000 0000000000100000 056d                   # EXPORT: 1 MiB; flags, FLUSH FUA TRIM WRITE_ZEROES MULTI_CONN CACHE
  0003e889045565a9 00000007 00000003 0000000e  # INFO, 14 bytes
  0003 00000001 00001000 00010000              # BLOCK_SIZE: 1, 4096, 64 KiB
  0003e889045565a9 00000007 00000001 00000000  # ACK`);

function ready(): NbdServerSession {
  const server = new NbdServerSession({ exports: [anExport({ mayMultiConn: true })] });
  server.receive(clientHello);
  server.receive(go);
  expect(toHex(...server.takeOutput())).toBe(toHex(greeting, goReply));
  return server;
}

test("a GO handshake is these bytes, seen from the server", () => {
  expect(ready().chosen?.name).toBe("swap");
});

test("a GO handshake is these bytes, seen from the client", () => {
  const client = new NbdClientSession("swap");
  client.receive(greeting);
  expect(toHex(...client.takeOutput())).toBe(toHex(clientHello, go));
  client.receive(goReply);
  expect(client.state).toBe("ready");
  expect(client.exportSizeBytes).toBe(1_048_576);
  expect(client.transmissionFlags).toBe(0x056d);
  expect(client.blockSizes).toEqual({
    minBlockBytes: 1,
    preferredBlockBytes: 4096,
    maxPayloadBytes: 65_536,
  });
});

test("a write and its reply are these bytes", () => {
  const server = ready();
  const data = pattern(8);
  server.receive(
    hex(`
      25609513 0001 0001   # request, FUA, WRITE
      0102030405060708     # cookie
      0000000000001000     # at 4096
      00000008             # 8 bytes`),
  );
  expect(server.takeCommands()).toEqual([]);
  server.receive(data);
  const [command] = server.takeCommands();
  expect(command).toEqual({
    type: "write",
    cookieHi: 0x01020304,
    cookieLo: 0x05060708,
    offsetBytes: 4096,
    lenBytes: 8,
    fua: true,
    flags: 1,
    data: [data],
  });
  if (command !== undefined) server.reply(command, 0);
  expect(toHex(...server.takeOutput())).toBe("6744669800000000" + "0102030405060708");
});

test("a read and its reply are these bytes, header and data apart", () => {
  const server = ready();
  server.receive(hex("25609513 0000 0000 ffffffff00000001 00000000000ffffc 00000004"));
  const [command] = server.takeCommands();
  if (command !== undefined) server.reply(command, 0, [hex("dead"), hex("beef")]);
  expect(server.takeOutput().map((slice) => toHex(slice))).toEqual([
    "6744669800000000" + "ffffffff00000001",
    "dead",
    "beef",
  ]);
});

test("a failed read is a header with the error and no data", () => {
  const server = ready();
  server.receive(hex("25609513 0000 0000 0000000000000001 0000000000000000 00001000"));
  const [command] = server.takeCommands();
  if (command !== undefined) server.reply(command, 5);
  expect(toHex(...server.takeOutput())).toBe("6744669800000005" + "0000000000000001");
});

test("a structured read and a structured error are these bytes", () => {
  const server = new NbdServerSession({ exports: [anExport()] });
  server.receive(clientHello);
  server.receive(hex("49484156454f5054 00000008 00000000"));
  server.receive(go);
  server.takeOutput();
  server.receive(hex("25609513 0000 0000 0000000000000007 0000000000000200 00000002"));
  server.receive(hex("25609513 0000 0000 0000000000000008 0000000000100000 00000002"));
  const [command] = server.takeCommands();
  if (command !== undefined) server.reply(command, 0, [hex("cafe")]);
  const errorChunk = "668e33ef 0001 8001 0000000000000008 00000006 00000016 0000";
  const dataChunk = "668e33ef 0001 0001 0000000000000007 0000000a 0000000000000200 cafe";
  expect(toHex(...server.takeOutput())).toBe(toHex(hex(errorChunk), hex(dataChunk)));
});

test("EXPORT_NAME is answered with size, flags and 124 zeroes, or without them", () => {
  const exportName = hex("49484156454f5054 00000001 00000004 73776170");
  const answer = (clientFlags: string): string => {
    const server = new NbdServerSession({ exports: [anExport()] });
    server.takeOutput();
    server.receive(hex(clientFlags));
    server.receive(exportName);
    return toHex(...server.takeOutput());
  };
  expect(answer("00000003")).toBe("0000000000100000046d");
  expect(answer("00000001")).toBe(`0000000000100000046d${"00".repeat(124)}`);
});

test("LIST names each export and then says ACK", () => {
  const exports = [anExport({ name: "" }), anExport({ name: "é" })];
  const server = new NbdServerSession({ exports });
  server.takeOutput();
  server.receive(clientHello);
  server.receive(hex("49484156454f5054 00000003 00000000"));
  const replies = hex(`
    0003e889045565a9 00000003 00000002 00000004 00000000
    0003e889045565a9 00000003 00000002 00000006 00000002 c3a9
    0003e889045565a9 00000003 00000001 00000000`);
  expect(toHex(...server.takeOutput())).toBe(toHex(replies));
});
