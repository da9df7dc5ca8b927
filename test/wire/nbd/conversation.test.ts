import { expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { equalBytes } from "#wire/bytes.ts";
import { NbdClientSession } from "#wire/nbd/client-session.ts";
import type { NbdCommand } from "#wire/nbd/command.ts";
import { NBD_CMD_READ, NBD_CMD_WRITE } from "#wire/nbd/constants.ts";
import { NbdServerSession } from "#wire/nbd/server-session.ts";
import { anExport, aRequest, converse, cut, join, pattern } from "../support.ts";

const PAGE_BYTES = 4096;
const PAGES = 64;

/** Carry out one command on `disk`; the data of a read in two slices, as a store might have it. */
function carryOut(command: NbdCommand, disk: Uint8Array): readonly Uint8Array[] {
  if (command.type === "write") disk.set(join(command.data), command.offsetBytes);
  if (command.type !== "read") return [];
  const data = disk.slice(command.offsetBytes, command.offsetBytes + command.lenBytes);
  return [data.subarray(0, 1000), data.subarray(1000)];
}

/** One request for each page, writes with their data. */
function requestsFor(type: number): Uint8Array {
  const requests = Array.from({ length: PAGES }, (_, page) => {
    const place = { offsetBytes: page * PAGE_BYTES, lenBytes: PAGE_BYTES };
    const header = aRequest({ type, cookieHi: type, cookieLo: page, ...place });
    return type === NBD_CMD_WRITE ? join([header, pattern(PAGE_BYTES, page)]) : header;
  });
  return join(requests);
}

/** Hear all of `pieces`, then answer in any order. */
function serve(
  server: NbdServerSession,
  disk: Uint8Array,
  conversation: { readonly pieces: readonly Uint8Array[]; readonly random: Random },
): Uint8Array {
  const pending: NbdCommand[] = [];
  for (const piece of conversation.pieces) {
    server.receive(piece);
    pending.push(...server.takeCommands());
  }
  while (pending.length > 0) {
    const [command] = pending.splice(conversation.random.below(pending.length), 1);
    if (command !== undefined) server.reply(command, 0, carryOut(command, disk));
  }
  return join(server.takeOutput());
}

/** Swap pages out, then in again; how many came back as they were. */
function pagesSurviving(random: Random, pieceBytesMax: number): number {
  const client = new NbdClientSession("swap");
  const server = new NbdServerSession({ exports: [anExport({ sizeBytes: PAGES * PAGE_BYTES })] });
  const disk = new Uint8Array(PAGES * PAGE_BYTES);
  converse(client, server, { random, pieceBytesMax });
  const survivors = new Set<number>();
  for (const type of [NBD_CMD_WRITE, NBD_CMD_READ]) {
    const pieces = cut(requestsFor(type), random, pieceBytesMax);
    const output = serve(server, disk, { pieces, random });
    for (const piece of cut(output, random, pieceBytesMax)) {
      client.receive(piece);
      const replies = client.takeReplies(({ cookieHi }) => (cookieHi === 0 ? PAGE_BYTES : 0));
      const good = replies.filter(({ data, cookieLo }) =>
        equalBytes(join(data), pattern(PAGE_BYTES, cookieLo)),
      );
      for (const { cookieLo } of good) survivors.add(cookieLo);
    }
  }
  expect([client.state, server.inflightCommands]).toEqual(["ready", 0]);
  return survivors.size;
}

test.each([3, 100, 1448, 65_536])(
  "pages swapped out come back as they were, in pieces of up to %i",
  (pieceBytesMax) => {
    for (let seed = 0; seed < 4; seed++) {
      expect(pagesSurviving(new Random(seed), pieceBytesMax)).toBe(PAGES);
    }
  },
);
