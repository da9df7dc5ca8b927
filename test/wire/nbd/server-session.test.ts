import { expect, test } from "vitest";
import { Random } from "#base/random.ts";
import type { NbdCommand } from "#wire/nbd/command.ts";
import * as nbd from "#wire/nbd/constants.ts";
import type { NbdExport } from "#wire/nbd/export.ts";
import { encodeClientFlags, encodeInfoRequest, encodeOption } from "#wire/nbd/haggling.ts";
import { NbdServerSession } from "#wire/nbd/server-session.ts";
import { anExport, aRequest, cut, hex, join, pattern, toHex } from "../support.ts";

const {
  NBD_CMD_READ: READ,
  NBD_CMD_WRITE: WRITE,
  NBD_CMD_DISC: DISC,
  NBD_CMD_FLUSH: FLUSH,
  NBD_CMD_TRIM: TRIM,
  NBD_CMD_CACHE: CACHE,
  NBD_CMD_WRITE_ZEROES: WRITE_ZEROES,
  NBD_CMD_BLOCK_STATUS: BLOCK_STATUS,
} = nbd;
const END = 1_048_576;

/** A server in transmission, everything so far taken. */
function ready(
  overrides: Partial<NbdExport> = {},
  style: "simple" | "structured" = "simple",
): NbdServerSession {
  const server = new NbdServerSession({ exports: [anExport({ ...overrides, name: "" })] });
  const info = encodeInfoRequest({ name: new Uint8Array(0), infoTypes: [] });
  server.receive(encodeClientFlags(3));
  if (style === "structured") {
    server.receive(encodeOption(nbd.NBD_OPT_STRUCTURED_REPLY, new Uint8Array(0)));
  }
  server.receive(encodeOption(nbd.NBD_OPT_GO, info));
  server.takeOutput();
  return server;
}

function only(server: NbdServerSession): NbdCommand {
  const [command, ...more] = server.takeCommands();
  if (command === undefined || more.length > 0) throw new Error("one command was expected");
  return command;
}

test.each([
  ["read", { type: READ, lenBytes: 4096, offsetBytes: END - 4096 }],
  ["flush", { type: FLUSH }],
  ["trim", { type: TRIM, lenBytes: END }],
  ["cache", { type: CACHE, lenBytes: END }],
  ["writeZeroes", { type: WRITE_ZEROES, lenBytes: END, flags: 3 }],
] as const)("%s within the export comes out as a command", (type, request) => {
  const server = ready();
  server.receive(aRequest({ ...request, cookieLo: 9 }));
  const command = only(server);
  expect(command).toMatchObject({
    type,
    cookieLo: 9,
    lenBytes: "lenBytes" in request ? request.lenBytes : 0,
  });
  expect(server.inflightCommands).toBe(1);
});

const refusals = [
  ["a read beyond the end", { type: READ, offsetBytes: END - 1, lenBytes: 2 }, "EINVAL"],
  ["a read at 2^63", { type: READ, offsetBytes: 2 ** 63, lenBytes: 2 }, "EINVAL"],
  ["a read of nothing", { type: READ }, "EINVAL"],
  ["a read longer than a payload", { type: READ, lenBytes: 65_537 }, "EINVAL"],
  ["a read with DF on a simple session", { type: READ, lenBytes: 1, flags: 4 }, "EINVAL"],
  ["a read with NO_HOLE", { type: READ, lenBytes: 1, flags: 2 }, "EINVAL"],
  ["a trim beyond the end", { type: TRIM, offsetBytes: END, lenBytes: 1 }, "EINVAL"],
  ["a trim of nothing", { type: TRIM }, "EINVAL"],
  ["zeroes beyond the end", { type: WRITE_ZEROES, offsetBytes: END, lenBytes: 1 }, "ENOSPC"],
  ["zeroes with FAST_ZERO", { type: WRITE_ZEROES, lenBytes: 1, flags: 16 }, "EINVAL"],
  ["caching beyond the end", { type: CACHE, offsetBytes: END, lenBytes: 1 }, "EINVAL"],
  ["a flush with a length", { type: FLUSH, lenBytes: 1 }, "EINVAL"],
  ["a flush with an offset", { type: FLUSH, offsetBytes: 1 }, "EINVAL"],
  ["a write of nothing", { type: WRITE }, "EINVAL"],
  ["a write beyond the end", { type: WRITE, offsetBytes: END - 1, lenBytes: 2 }, "ENOSPC"],
  ["a write longer than a payload", { type: WRITE, lenBytes: 65_537 }, "EINVAL"],
  ["a write with an unknown flag", { type: WRITE, lenBytes: 9, flags: 0x8000 }, "EINVAL"],
  ["BLOCK_STATUS", { type: BLOCK_STATUS, lenBytes: 4096 }, "EINVAL"],
  ["a command nobody knows", { type: 4711 }, "EINVAL"],
] as const;

const errnoOf = { EINVAL: nbd.NBD_EINVAL, ENOSPC: nbd.NBD_ENOSPC };

test.each(refusals)(
  "%s is refused without the disk, and the stream stays in step",
  (_name, request, errno) => {
    const server = ready();
    server.receive(aRequest({ ...request, cookieHi: 1, cookieLo: 2 }));
    if (request.type === WRITE) {
      for (const piece of cut(
        pattern("lenBytes" in request ? request.lenBytes : 0),
        new Random(1),
        3000,
      )) {
        server.receive(piece);
      }
    }
    expect(server.takeCommands()).toEqual([]);
    const code = errnoOf[errno].toString(16).padStart(8, "0");
    expect(toHex(...server.takeOutput())).toBe(`67446698${code}0000000100000002`);
    server.receive(aRequest({ type: FLUSH }));
    expect(only(server).type).toBe("flush");
    expect(server.inflightCommands).toBe(1);
  },
);

test("a read-only export refuses every change with EPERM", () => {
  const server = ready({ readOnly: true });
  for (const type of [WRITE, TRIM, WRITE_ZEROES]) {
    server.receive(aRequest({ type, lenBytes: 4 }));
    if (type === WRITE) server.receive(pattern(4));
  }
  const eperm = `6744669800000001${"00".repeat(8)}`;
  expect(toHex(...server.takeOutput())).toBe(eperm.repeat(3));
});

test("requests off the minimum block are refused", () => {
  const server = ready({ minBlockBytes: 512 });
  server.receive(aRequest({ type: READ, offsetBytes: 256, lenBytes: 512 }));
  server.receive(aRequest({ type: READ, offsetBytes: 512, lenBytes: 256 }));
  const einval = `6744669800000016${"00".repeat(8)}`;
  expect(toHex(...server.takeOutput())).toBe(einval.repeat(2));
});

test("a structured session refuses a read with a chunk, EOVERFLOW when it is too long", () => {
  const server = ready({}, "structured");
  server.receive(aRequest({ type: READ, lenBytes: 65_537, flags: nbd.NBD_CMD_FLAG_DF }));
  const chunk = "668e33ef 0001 8001 0000000000000000 00000006 0000004b 0000";
  expect(toHex(...server.takeOutput())).toBe(toHex(hex(chunk)));
});

test("a structured session answers success without data with a simple reply", () => {
  const server = ready({}, "structured");
  server.receive(aRequest({ type: FLUSH }));
  server.reply(only(server), 0);
  expect(toHex(...server.takeOutput())).toBe(`6744669800000000${"00".repeat(8)}`);
});

test("a write keeps the slices it came in", () => {
  const server = ready();
  const data = pattern(4096);
  server.receive(join([aRequest({ type: WRITE, lenBytes: 4096 }), data.subarray(0, 1420)]));
  server.receive(data.subarray(1420, 2868));
  expect(server.takeCommands()).toEqual([]);
  server.receive(data.subarray(2868));
  const command = only(server);
  expect(command.data.map((slice) => slice.length)).toEqual([1420, 1448, 1228]);
  expect(command.data[1]?.buffer).toBe(data.buffer);
  expect(join(command.data)).toEqual(data);
});

test("a write that waits for its rest survives the reuse of the read buffer once detached", () => {
  const server = ready();
  const buffer = join([aRequest({ type: WRITE, lenBytes: 4096 }), pattern(2000)]);
  server.receive(buffer);
  server.detach();
  buffer.fill(0xff);
  server.receive(pattern(4096).subarray(2000));
  expect(join(only(server).data)).toEqual(pattern(4096));
});

test("replies may come in any order, and equal cookies do not confuse them", () => {
  const server = ready();
  server.receive(aRequest({ type: READ, cookieLo: 5, lenBytes: 1 }));
  server.receive(aRequest({ type: READ, cookieLo: 5, lenBytes: 2 }));
  const [one, two] = server.takeCommands();
  if (one === undefined || two === undefined) throw new Error("two commands were expected");
  server.reply(two, 0, [hex("aabb")]);
  server.reply(one, 0, [hex("cc")]);
  const header = "6744669800000000" + "0000000000000005";
  expect(toHex(...server.takeOutput())).toBe(`${header}aabb${header}cc`);
});

test("a burst of replies without data leaves as one slice", () => {
  const server = ready();
  for (let i = 0; i < 100; i++) server.receive(aRequest({ type: FLUSH, cookieLo: i }));
  for (const command of server.takeCommands()) server.reply(command, 0);
  expect(server.takeOutput().map((slice) => slice.length)).toEqual([1600]);
});

test("a reply that does not have the bytes that were asked for stops the run", () => {
  const server = ready();
  server.receive(aRequest({ type: READ, lenBytes: 4 }));
  const command = only(server);
  expect(() => server.reply(command, 0, [pattern(3)])).toThrow("bytes that were asked for");
  expect(() => server.reply(command, 5, [pattern(4)])).toThrow("bytes that were asked for");
  server.reply(command, 5);
  expect(() => server.reply(command, 5)).toThrow("answered once");
});

test("DISC ends the session at once when nothing is in flight", () => {
  const server = ready();
  server.receive(aRequest({ type: DISC }));
  expect(only(server).type).toBe("disconnect");
  expect(server.ended).toBe("disconnected");
  expect(server.takeOutput()).toEqual([]);
});

test("after DISC what is in flight is still answered, and what follows it is not read", () => {
  const server = ready();
  server.receive(join([aRequest({ type: FLUSH }), aRequest({ type: DISC }), new Uint8Array(99)]));
  const [flush, disconnect] = server.takeCommands();
  expect([flush?.type, disconnect?.type, server.ended]).toEqual(["flush", "disconnect", null]);
  expect(server.mayReceive).toBe(false);
  if (flush !== undefined) server.reply(flush, 0);
  expect(join(server.takeOutput()).length).toBe(16);
  expect(server.ended).toBe("disconnected");
});

test("a request with the wrong magic ends the session; late replies go nowhere", () => {
  const server = ready();
  server.receive(aRequest({ type: FLUSH }));
  const flush = only(server);
  server.receive(new Uint8Array(28));
  expect(server.ended).toBe("bad-request-magic");
  server.reply(flush, 0);
  expect(server.takeOutput()).toEqual([]);
  expect(server.mayReceive).toBe(false);
});

test("a write up to 32 MiB is skipped when it is longer than a payload, a longer one ends the session", () => {
  const server = ready();
  server.receive(aRequest({ type: WRITE, lenBytes: 33_554_432 }));
  for (let i = 0; i < 512; i++) {
    server.receive(new Uint8Array(65_536));
    expect(server.save().queue).toEqual([]);
  }
  expect(join(server.takeOutput()).length).toBe(16);
  server.receive(aRequest({ type: WRITE, lenBytes: 33_554_433 }));
  expect(server.ended).toBe("oversized-write");
});

const limited = (): NbdServerSession => {
  const limits = { inflightCommandsMax: 3, inflightPayloadBytesMax: 10_000 };
  const server = new NbdServerSession({ exports: [anExport({ name: "" })], limits });
  server.receive(encodeClientFlags(3));
  server.receive(encodeOption(nbd.NBD_OPT_EXPORT_NAME, new Uint8Array(0)));
  server.takeOutput();
  return server;
};

test("with enough commands in flight the session waits for replies before it reads on", () => {
  const server = limited();
  for (let i = 0; i < 5; i++) server.receive(aRequest({ type: FLUSH, cookieLo: i }));
  const first = server.takeCommands();
  expect([first.length, server.mayReceive]).toEqual([3, false]);
  if (first[0] !== undefined) server.reply(first[0], 0);
  expect(server.takeCommands().map((command) => command.cookieLo)).toEqual([3]);
  for (const command of first.slice(1)) server.reply(command, 0);
  expect(server.takeCommands().map((command) => command.cookieLo)).toEqual([4]);
  expect(server.mayReceive).toBe(true);
});

test("with enough payload in flight the session waits, but one command may pass the bound", () => {
  const server = limited();
  for (let i = 0; i < 3; i++) server.receive(aRequest({ type: READ, cookieLo: i, lenBytes: 9000 }));
  const [first, second, third] = server.takeCommands();
  expect([first?.cookieLo, second?.cookieLo, third]).toEqual([0, 1, undefined]);
  if (first !== undefined) server.reply(first, nbd.NBD_EIO);
  expect(server.takeCommands().map((command) => command.cookieLo)).toEqual([2]);
});

test("bytes pushed in spite of mayReceive are bounded: the session ends", () => {
  const server = limited();
  const flood = join(Array.from({ length: 1000 }, () => aRequest({ type: FLUSH })));
  for (let i = 0; i < 2000 && server.ended === null; i++) server.receive(flood);
  expect(server.ended).toBe("overrun");
  expect(server.save().queue).toEqual([]);
});

test("an export no client could understand is a programmer's error", () => {
  const wrong: Partial<NbdExport>[] = [
    { minBlockBytes: 3 },
    { minBlockBytes: 131_072, preferredBlockBytes: 131_072 },
    { preferredBlockBytes: 256 },
    { preferredBlockBytes: 6144 },
    { minBlockBytes: 4096, preferredBlockBytes: 512 },
    { maxPayloadBytes: 1024 },
    { maxPayloadBytes: 2 ** 32 },
    { sizeBytes: 1000, minBlockBytes: 512 },
    { sizeBytes: 2 ** 53 },
    { sizeBytes: -1 },
  ];
  for (const overrides of wrong) {
    expect(() => new NbdServerSession({ exports: [anExport(overrides)] })).toThrow("assertion");
  }
});
