import { expect, test } from "vitest";
import { viewOf } from "#wire/bytes.ts";
import * as nbd from "#wire/nbd/constants.ts";
import { encodeClientFlags, encodeInfoRequest, encodeOption } from "#wire/nbd/haggling.ts";
import { decodeMetaContextRequest, encodeMetaContextRequest } from "#wire/nbd/meta-context.ts";
import { NBD_EXTENTS_MAX, NbdServerSession } from "#wire/nbd/server-session.ts";
import { anExport, aRequest, ascii, hex, join, textOf, toHex } from "../support.ts";

const { NBD_OPT_LIST_META_CONTEXT: LIST, NBD_OPT_SET_META_CONTEXT: SET } = nbd;
const NO_BYTES = new Uint8Array(0);

/** A server that has agreed on structured replies, with an export that knows its holes and one that does not. */
function structured(): NbdServerSession {
  const exports = [anExport({ knowsAllocation: true }), anExport({ name: "blind" })];
  const server = new NbdServerSession({ exports });
  server.receive(encodeClientFlags(3));
  server.receive(encodeOption(nbd.NBD_OPT_STRUCTURED_REPLY, NO_BYTES));
  server.takeOutput();
  return server;
}

function ask(server: NbdServerSession, option: number, name: string, queries: string[]): string[] {
  const body = encodeMetaContextRequest({ name: ascii(name), queries: queries.map(ascii) });
  server.receive(encodeOption(option, body));
  return answersOf(server);
}

/** Each reply in words: its type, and a context as number and name. */
function answersOf(server: NbdServerSession): string[] {
  const bytes = join(server.takeOutput());
  const view = viewOf(bytes);
  const answers: string[] = [];
  for (let atBytes = 0; atBytes < bytes.length; atBytes += 20 + view.getUint32(atBytes + 16)) {
    const type = view.getUint32(atBytes + 12);
    const lenBytes = view.getUint32(atBytes + 16);
    const isContext = type === nbd.NBD_REP_META_CONTEXT;
    const name = textOf(bytes.subarray(atBytes + 24, atBytes + 20 + lenBytes));
    answers.push(isContext ? `${view.getUint32(atBytes + 20)} ${name}` : type.toString(16));
  }
  return answers;
}

const go = (server: NbdServerSession, name: string): void => {
  server.receive(
    encodeOption(nbd.NBD_OPT_GO, encodeInfoRequest({ name: ascii(name), infoTypes: [] })),
  );
  server.takeOutput();
};

test.each([
  ["LIST without a query tells everything", LIST, "swap", [], ["0 base:allocation", "1"]],
  ["LIST of the namespace", LIST, "swap", ["base:"], ["0 base:allocation", "1"]],
  ["LIST of another namespace", LIST, "swap", ["qemu:"], ["1"]],
  ["SET by its name", SET, "swap", ["x:y", "base:allocation"], ["1 base:allocation", "1"]],
  ["SET has no wildcard", SET, "swap", ["base:"], ["1"]],
  ["SET without a query selects nothing", SET, "swap", [], ["1"]],
  ["SET for an export that does not know", SET, "blind", ["base:allocation"], ["1"]],
  ["SET for an export that is not there", SET, "nope", ["base:allocation"], ["80000006"]],
] as const)("%s", (_claim, option, name, queries, answers) => {
  expect(ask(structured(), option, name, [...queries])).toEqual(answers);
});

test("both options need structured replies first", () => {
  const server = new NbdServerSession({ exports: [anExport({ knowsAllocation: true })] });
  server.receive(encodeClientFlags(3));
  server.takeOutput();
  expect(ask(server, SET, "swap", ["base:allocation"])).toEqual(["80000003"]);
  expect(ask(server, LIST, "swap", [])).toEqual(["80000003"]);
});

test.each([
  ["ends in the name", "00000004 7377"],
  ["has no count", "00000000"],
  ["counts queries that are not there", "00000000 ffffffff"],
  ["has a query longer than the rest", "00000000 00000001 00000009 6162"],
  ["goes on behind its queries", "00000000 00000000 00"],
  ["has a name of more than 4096 bytes", `00001001 ${"61".repeat(4097)} 00000000`],
])("data that %s is invalid", (_claim, bytes) => {
  expect(decodeMetaContextRequest(hex(bytes))).toBeNull();
});

test("a selected context is answered for its export: number, lengths and flags", () => {
  const server = structured();
  ask(server, SET, "swap", ["base:allocation"]);
  go(server, "swap");
  const type = nbd.NBD_CMD_BLOCK_STATUS;
  server.receive(aRequest({ type, cookieLo: 9, offsetBytes: 4096, lenBytes: 12_288 }));
  const [command] = server.takeCommands();
  if (command === undefined) throw new Error("a command comes out");
  expect(command).toMatchObject({ type: "blockStatus", offsetBytes: 4096, lenBytes: 12_288 });
  expect(() => server.reply(command, 0)).toThrow("answered by extents");
  expect(() => server.replyExtents(command, [])).toThrow("as many extents");
  server.replyExtents(command, [
    { lenBytes: 4096, flags: 0 },
    { lenBytes: 8192, flags: nbd.NBD_STATE_HOLE | nbd.NBD_STATE_ZERO },
  ]);
  expect(toHex(...server.takeOutput())).toBe(
    toHex(
      hex(`668e33ef 0001 0005 0000000000000009 00000014
           00000001 00001000 00000000 00002000 00000003`),
    ),
  );
  expect(server.inflightCommands).toBe(0);
});

test("as many extents as may be fit an answer; with REQ_ONE that is one", () => {
  const server = structured();
  ask(server, SET, "swap", ["base:allocation"]);
  go(server, "swap");
  const type = nbd.NBD_CMD_BLOCK_STATUS;
  server.receive(aRequest({ type, lenBytes: 4096 }));
  server.receive(aRequest({ type, lenBytes: 4096, flags: nbd.NBD_CMD_FLAG_REQ_ONE }));
  const [all, one] = server.takeCommands();
  if (all === undefined || one === undefined) throw new Error("two commands come out");
  const extents = Array.from({ length: NBD_EXTENTS_MAX }, () => ({ lenBytes: 8, flags: 0 }));
  server.replyExtents(all, extents);
  expect(join(server.takeOutput()).length).toBe(24 + 8 * NBD_EXTENTS_MAX);
  expect(() => server.replyExtents(one, extents)).toThrow("as many extents");
});

const einval = toHex(hex("668e33ef 0001 8001 0000000000000000 00000006 00000016 0000"));

test.each([
  ["nothing was selected", []],
  ["another export was chosen", [["blind", ["base:allocation"]]]],
  [
    "a later selection failed",
    [
      ["swap", ["base:allocation"]],
      ["nope", ["base:allocation"]],
    ],
  ],
] as const)("BLOCK_STATUS is refused when %s", (_claim, selections) => {
  const server = structured();
  for (const [name, queries] of selections) ask(server, SET, name, [...queries]);
  go(server, "swap");
  server.receive(aRequest({ type: nbd.NBD_CMD_BLOCK_STATUS, lenBytes: 4096 }));
  expect(server.takeCommands()).toEqual([]);
  expect(toHex(...server.takeOutput())).toBe(einval);
});

test("BLOCK_STATUS beyond the end or of nothing is refused", () => {
  const server = structured();
  ask(server, SET, "swap", ["base:allocation"]);
  go(server, "swap");
  const type = nbd.NBD_CMD_BLOCK_STATUS;
  server.receive(aRequest({ type, offsetBytes: 1_048_576, lenBytes: 1 }));
  server.receive(aRequest({ type, lenBytes: 0 }));
  expect(toHex(...server.takeOutput())).toBe(einval.repeat(2));
});

test("what was selected survives save and load", () => {
  const server = structured();
  ask(server, SET, "swap", ["base:allocation"]);
  const exports = [anExport({ knowsAllocation: true }), anExport({ name: "blind" })];
  const again = new NbdServerSession({ exports });
  again.load(server.save());
  go(again, "swap");
  again.receive(aRequest({ type: nbd.NBD_CMD_BLOCK_STATUS, lenBytes: 4096 }));
  expect(again.takeCommands().map(({ type }) => type)).toEqual(["blockStatus"]);
});
