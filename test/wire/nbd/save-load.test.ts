import { expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { NbdClientSession } from "#wire/nbd/client-session.ts";
import type { NbdCommand } from "#wire/nbd/command.ts";
import * as nbd from "#wire/nbd/constants.ts";
import { encodeClientFlags, encodeInfoRequest, encodeOption } from "#wire/nbd/haggling.ts";
import { NbdServerSession } from "#wire/nbd/server-session.ts";
import { anExport, aRequest, ascii, cut, join, pattern } from "../support.ts";

const exports = [anExport({ name: "other" }), anExport()];

/** A long and varied conversation, as the server hears it. */
function clientStream(random: Random): Uint8Array {
  const info = encodeInfoRequest({ name: ascii("swap"), infoTypes: [1, 3] });
  const parts = [
    encodeClientFlags(3),
    encodeOption(nbd.NBD_OPT_LIST, new Uint8Array(0)),
    encodeOption(77, new Uint8Array(9000)),
    encodeOption(nbd.NBD_OPT_STRUCTURED_REPLY, new Uint8Array(random.below(2))),
    encodeOption(nbd.NBD_OPT_GO, info),
  ];
  for (let i = 0; i < 40; i++) {
    const lenBytes = 1 + random.below(3000);
    const type = random.below(7);
    const offsetBytes = random.chance(1, 5) ? 1_048_576 : random.below(1000);
    parts.push(
      aRequest({ type: type === nbd.NBD_CMD_DISC ? 0 : type, cookieLo: i, lenBytes, offsetBytes }),
    );
    if (type === nbd.NBD_CMD_WRITE) parts.push(pattern(lenBytes, i));
  }
  parts.push(aRequest({ type: nbd.NBD_CMD_DISC }));
  return join(parts);
}

/** JSON that knows typed arrays: what a snapshot on disk would hold. */
function flat(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item instanceof Uint8Array ? { bytes: [...item] } : item,
  );
}

/** The same session in a new body. What it does afterwards must not reach into what was saved. */
function moved(server: NbdServerSession): NbdServerSession {
  const state = server.save();
  const before = flat(state);
  server.receive(new Uint8Array(100));
  expect(flat(state)).toBe(before);
  const successor = new NbdServerSession({ exports });
  successor.load(state);
  expect(flat(successor.save())).toBe(before);
  return successor;
}

/** Answer some of `pending`, in any order; says what was answered. */
function answer(server: NbdServerSession, pending: NbdCommand[], random: Random): string[] {
  const answered: string[] = [];
  while (pending.length > 0 && random.chance(2, 3)) {
    const [command] = pending.splice(random.below(pending.length), 1);
    if (command === undefined || command.type === "disconnect") continue;
    answered.push(flat(command));
    server.reply(command, 0, command.type === "read" ? [new Uint8Array(command.lenBytes)] : []);
  }
  return answered;
}

/** Serve `pieces`, moving after the steps that `movesAt` names; every slice and command in order. */
function transcript(pieces: readonly Uint8Array[], movesAt: () => boolean): string[] {
  const random = new Random(3);
  const heard: string[] = [];
  const pending: NbdCommand[] = [];
  let server = new NbdServerSession({ exports });
  for (const piece of [...pieces, ...new Array<Uint8Array>(200).fill(new Uint8Array(0))]) {
    server.receive(piece);
    if (movesAt()) server = moved(server);
    if (random.chance(1, 2)) pending.push(...server.takeCommands());
    heard.push(...answer(server, pending, random));
    if (random.chance(1, 2)) heard.push(...server.takeOutput().map(flat));
  }
  return [...heard, ...server.takeOutput().map(flat), String(server.ended)];
}

test("a server that is saved and loaded at any moment goes on to the byte, and to the slice", () => {
  for (let seed = 0; seed < 15; seed++) {
    const random = new Random(seed);
    const pieces = cut(clientStream(random), random, 1 + random.below(1500));
    const moves = new Random(seed + 1000);
    const plain = transcript(pieces, () => false);
    expect(plain.at(-1)).toBe("disconnected");
    expect(transcript(pieces, () => moves.chance(1, 3))).toEqual(plain);
  }
});

test("a client that is saved and loaded after each byte goes on as if nothing had been", () => {
  const server = new NbdServerSession({ exports });
  server.receive(encodeClientFlags(3));
  const info = encodeInfoRequest({ name: ascii("swap"), infoTypes: [3] });
  server.receive(encodeOption(nbd.NBD_OPT_GO, info));
  for (const cookieLo of [50, 60]) server.receive(aRequest({ cookieLo, lenBytes: cookieLo }));
  for (const command of server.takeCommands()) {
    server.reply(command, 0, [pattern(command.lenBytes)]);
  }
  let client = new NbdClientSession("swap");
  const sent: Uint8Array[] = [];
  const got: string[] = [];
  for (const byte of join(server.takeOutput())) {
    client.receive(Uint8Array.of(byte));
    const state = client.save();
    client = new NbdClientSession("swap");
    client.load(state);
    expect(flat(client.save())).toBe(flat(state));
    const replies = client.takeReplies(({ cookieLo }) => cookieLo);
    got.push(...replies.map((reply) => flat([reply.cookieLo, join(reply.data)])));
    if (client.state === "ready") sent.push(...client.takeOutput());
  }
  expect(got).toEqual([50, 60].map((lenBytes) => flat([lenBytes, pattern(lenBytes)])));
  expect(join(sent).length).toBe(4 + 16 + 6 + 4 + 2);
  expect(client.exportSizeBytes).toBe(1_048_576);
});
