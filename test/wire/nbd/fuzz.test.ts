// Malformed streams by the ten thousand: conversations that were valid until bytes were flipped, lost, doubled or
// invented. Nothing may throw, and nothing may be held beyond what was promised.

import { expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { lenBytesOf } from "#wire/bytes.ts";
import { NbdClientSession } from "#wire/nbd/client-session.ts";
import type { NbdCommand } from "#wire/nbd/command.ts";
import * as nbd from "#wire/nbd/constants.ts";
import { encodeSimpleReply } from "#wire/nbd/frame.ts";
import { encodeClientFlags, encodeInfoRequest, encodeOption } from "#wire/nbd/haggling.ts";
import { NbdServerSession } from "#wire/nbd/server-session.ts";
import { anExport, aRequest, ascii, cut, join, pattern } from "../support.ts";

const STREAMS = 20_000;
const NAMES = ["", "swap", "nope"] as const;

/** What a client might send: flags, a few options, a few requests. */
function clientStream(random: Random): Uint8Array {
  const parts = [encodeClientFlags(random.below(4))];
  for (let i = random.below(3); i > 0; i--) parts.push(anOption(random));
  const name = ascii(NAMES[random.below(3)] ?? "");
  const isGo = random.chance(3, 4);
  parts.push(
    isGo
      ? encodeOption(nbd.NBD_OPT_GO, encodeInfoRequest({ name, infoTypes: [3] }))
      : encodeOption(nbd.NBD_OPT_EXPORT_NAME, name),
  );
  for (let i = random.below(8); i > 0; i--) parts.push(...someRequest(random));
  return join(parts);
}

function anOption(random: Random): Uint8Array {
  return encodeOption(random.below(13), pattern(random.below(40), random.below(256)));
}

function someRequest(random: Random): readonly Uint8Array[] {
  const type = random.below(10);
  if (type === nbd.NBD_CMD_FLUSH) return [aRequest({ type })];
  const lenBytes = random.chance(1, 10) ? random.u32() : random.below(600);
  const header = aRequest({
    type,
    flags: random.chance(1, 4) ? random.below(64) : 0,
    cookieHi: random.u32(),
    cookieLo: random.u32(),
    offsetBytes: random.chance(1, 8) ? random.u32() * 4096 : random.below(60_000),
    lenBytes,
  });
  const hasData = type === nbd.NBD_CMD_WRITE && lenBytes < 600;
  return hasData ? [header, pattern(lenBytes, random.below(256))] : [header];
}

/** What a server might send: its side of a good handshake, then replies. */
function serverStream(random: Random): Uint8Array {
  const server = new NbdServerSession({ exports: [anExport(), anExport({ name: "" })] });
  server.receive(encodeClientFlags(3));
  const info = encodeInfoRequest({ name: ascii("swap"), infoTypes: [1, 3] });
  server.receive(encodeOption(random.chance(9, 10) ? nbd.NBD_OPT_GO : nbd.NBD_OPT_LIST, info));
  const parts = server.takeOutput();
  for (let i = random.below(6); i > 0; i--) {
    const errno = random.chance(1, 3) ? random.below(120) : 0;
    parts.push(encodeSimpleReply({ cookieHi: 0, cookieLo: random.below(400), errno }));
    parts.push(pattern(random.below(400)));
  }
  return join(parts);
}

function damage(bytes: Uint8Array, random: Random): Uint8Array {
  let damaged = bytes;
  for (let i = random.below(4); i > 0; i--) damaged = damageOnce(damaged, random);
  return damaged;
}

function damageOnce(bytes: Uint8Array, random: Random): Uint8Array {
  const atBytes = random.below(bytes.length + 1);
  const before = bytes.subarray(0, atBytes);
  const after = bytes.subarray(atBytes);
  const some = 1 + random.below(20);
  switch (random.below(5)) {
    case 0:
      return join([before, after.subarray(some)]);
    case 1:
      return join([before, pattern(some, random.below(256)), after]);
    case 2:
      return before.slice();
    case 3:
      return join([before, after.subarray(0, some), after]);
    default: {
      const flipped = bytes.slice();
      const victim = random.below(Math.max(1, bytes.length));
      flipped.fill((flipped[victim] ?? 0) ^ (1 << random.below(8)), victim, victim + 1);
      return flipped;
    }
  }
}

function answered(server: NbdServerSession, command: NbdCommand): string {
  const data = command.type === "read" ? [new Uint8Array(command.lenBytes)] : [];
  if (command.type !== "disconnect") server.reply(command, 0, data);
  return command.type;
}

/** Feed a damaged stream to a server that answers at once; notes what came of it. */
function tormentServer(random: Random, outcomes: Set<string>): void {
  const server = new NbdServerSession({ exports: [anExport(), anExport({ name: "" })] });
  const stream = damage(clientStream(random), random);
  let sentBytes = 0;
  for (const piece of cut(stream, random, 1 + random.below(200))) {
    server.receive(piece);
    for (const command of server.takeCommands()) outcomes.add(answered(server, command));
    sentBytes += lenBytesOf(server.takeOutput());
  }
  const { queue, skipBytes } = server.save();
  expect(lenBytesOf(queue)).toBeLessThanOrEqual(stream.length);
  if (skipBytes > 0 || server.ended !== null) expect(queue).toEqual([]);
  expect(sentBytes).toBeLessThan(1_000_000);
  outcomes.add(server.ended ?? (server.chosen === null ? "haggling" : "serving"));
}

test(`a server takes ${STREAMS} damaged streams without throwing or hoarding`, () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < STREAMS; seed++) tormentServer(new Random(seed), outcomes);
  // The fuzz reaches everything it should: each command, each way to end but the two that need more bytes.
  const reached = new Set([
    ...["read", "write", "flush", "trim", "cache", "writeZeroes", "disconnect"],
    ...["haggling", "serving", "disconnected", "aborted", "unknown-client-flags"],
    ...["not-fixed-newstyle", "bad-option-magic", "unknown-export", "bad-request-magic"],
    "oversized-write",
  ]);
  expect(outcomes).toEqual(reached);
});

/** Feed a damaged stream to a client that takes replies at once; notes what came of it. */
function tormentClient(random: Random, outcomes: Set<string>): void {
  const client = new NbdClientSession("swap");
  const stream = damage(serverStream(random), random);
  for (const piece of cut(stream, random, 1 + random.below(200))) {
    client.receive(piece);
    const replies = client.takeReplies(({ cookieLo }) => (cookieLo < 400 ? cookieLo : null));
    for (const reply of replies) outcomes.add(reply.errno === 0 ? "reply" : "error");
    client.takeOutput();
  }
  const { queue } = client.save().replies;
  expect(lenBytesOf(queue)).toBeLessThanOrEqual(stream.length);
  if (client.ended !== null) expect(queue).toEqual([]);
  outcomes.add(client.ended ?? client.state);
}

test(`a client takes ${STREAMS} damaged streams without throwing or hoarding`, () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < STREAMS; seed++) tormentClient(new Random(seed), outcomes);
  for (const outcome of ["reply", "error", "handshake", "ready", "bad-greeting"]) {
    expect(outcomes).toContain(outcome);
  }
  for (const ended of ["bad-option-reply", "bad-reply-magic", "unexpected-reply", "refused"]) {
    expect(outcomes).toContain(ended);
  }
});

test("a stream of noise is no protocol", () => {
  for (let seed = 0; seed < 1000; seed++) {
    const random = new Random(seed);
    const noise = Uint8Array.from({ length: 64 }, () => random.below(256));
    const server = new NbdServerSession({ exports: [anExport()] });
    const client = new NbdClientSession("swap");
    server.receive(noise);
    client.receive(noise);
    expect([server.ended, client.ended]).not.toContain(null);
  }
});
