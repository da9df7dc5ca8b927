import { expect, test } from "vitest";
import { Random } from "#base/random.ts";
import { NbdClientSession } from "#wire/nbd/client-session.ts";
import { encodeSimpleReply } from "#wire/nbd/frame.ts";
import { encodeExportNameReply, encodeGreeting } from "#wire/nbd/haggling.ts";
import { NbdReplyReader } from "#wire/nbd/reply-reader.ts";
import { cut, hex, join, pattern, toHex } from "../support.ts";

const reply = (cookieLo: number, errno = 0): Uint8Array =>
  encodeSimpleReply({ cookieHi: 7, cookieLo, errno });

/** A client past its handshake. */
function ready(): NbdClientSession {
  const client = new NbdClientSession("swap");
  client.receive(encodeGreeting(0));
  client.receive(encodeExportNameReply({ sizeBytes: 65_536, flags: 1, zeroes: "sent" }));
  client.takeOutput();
  return client;
}

test("a kernel reads a header, then page by page, and says what it still wants", () => {
  const reader = new NbdReplyReader();
  const pages = pattern(8192);
  expect(reader.wantedBytes).toBe(16);
  reader.push(reply(3).subarray(0, 10));
  expect([reader.nextHeader(), reader.wantedBytes]).toEqual([null, 6]);
  reader.push(reply(3).subarray(10));
  expect(reader.nextHeader()).toEqual({ cookieHi: 7, cookieLo: 3, errno: 0 });
  reader.expectPayload(8192);
  expect(reader.wantedBytes).toBe(8192);
  reader.push(pages.subarray(0, 5000));
  expect(join(reader.takePayload(4096) ?? [])).toEqual(pages.subarray(0, 4096));
  expect(reader.takePayload(4096)).toBeNull();
  expect([reader.wantedBytes, reader.payloadBytes]).toEqual([3192, 4096]);
  reader.push(join([pages.subarray(5000), reply(4, 5)]));
  expect(join(reader.takePayload(4096) ?? [])).toEqual(pages.subarray(4096));
  expect(reader.nextHeader()).toEqual({ cookieHi: 7, cookieLo: 4, errno: 5 });
});

test("a reply with the wrong magic ends the reading", () => {
  const reader = new NbdReplyReader();
  reader.push(hex("668e33ef 0001 0001 0000000000000000 00000000"));
  expect(reader.nextHeader()).toBeNull();
  expect([reader.ended, reader.wantedBytes, reader.heldBytes]).toEqual(["bad-reply-magic", 0, 0]);
  reader.push(reply(1));
  expect(reader.nextHeader()).toBeNull();
});

test("reading out of turn is a programmer's error", () => {
  const reader = new NbdReplyReader();
  reader.push(reply(1));
  reader.nextHeader();
  reader.expectPayload(4);
  expect(() => reader.nextHeader()).toThrow("before the next header");
  expect(() => reader.takePayload(5)).toThrow("no more is taken");
  expect(() => reader.expectPayload(1)).toThrow("one payload");
});

test.each([1, 5, 16, 700])(
  "whole replies come out whole in pieces of up to %i",
  (pieceBytesMax) => {
    const client = ready();
    const parts = [reply(1), pattern(100, 1), reply(2, 5), reply(3), pattern(1000, 3), reply(4)];
    const got: string[] = [];
    for (const piece of cut(join(parts), new Random(2), pieceBytesMax)) {
      client.receive(piece);
      const lengths = new Map([
        [1, 100],
        [2, 64],
        [3, 1000],
        [4, 0],
      ]);
      const replies = client.takeReplies(({ cookieLo, errno }) =>
        errno === 0 ? (lengths.get(cookieLo) ?? null) : 0,
      );
      got.push(...replies.map((each) => `${each.cookieLo} ${each.errno} ${toHex(...each.data)}`));
    }
    expect(got).toEqual([
      `1 0 ${toHex(pattern(100, 1))}`,
      "2 5 ",
      `3 0 ${toHex(pattern(1000, 3))}`,
      "4 0 ",
    ]);
  },
);

test("a reply nobody waits for ends the session", () => {
  const client = ready();
  client.receive(reply(9));
  expect(client.takeReplies(() => null)).toEqual([]);
  expect(client.ended).toBe("unexpected-reply");
});

test("a bad magic in transmission ends the session", () => {
  const client = ready();
  client.receive(new Uint8Array(16));
  expect(client.takeReplies(() => 0)).toEqual([]);
  expect([client.state, client.ended]).toEqual(["ended", "bad-reply-magic"]);
});

test("replies that nobody takes are bounded: the session ends", () => {
  const client = ready();
  for (let i = 0; i < 1100 && client.ended === null; i++) client.receive(new Uint8Array(65_536));
  expect(client.ended).toBe("overrun");
});

test("a client that leaves says DISC", () => {
  const client = ready();
  client.disconnect();
  const disc = "25609513 0000 0002 0000000000000000 0000000000000000 00000000";
  expect(toHex(...client.takeOutput())).toBe(toHex(hex(disc)));
  expect(client.ended).toBe("disconnected");
});
