// What the tests of wire/ share: bytes from hex, bytes cut anywhere, an export, a conversation.

import { assert } from "#base/assert.ts";
import type { Random } from "#base/random.ts";
import type { NbdClientSession } from "#wire/nbd/client-session.ts";
import type { NbdExport } from "#wire/nbd/export.ts";
import type { NbdRequestHeader } from "#wire/nbd/frame.ts";
import { encodeRequest } from "#wire/nbd/frame.ts";
import type { NbdServerSession } from "#wire/nbd/server-session.ts";

/** Bytes of hexadecimal digits; white space and what follows a # on a line are for the reader. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/#.*$/gm, "").replace(/\s/g, "");
  assert(digits.length % 2 === 0, "two digits a byte");
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

/** Hexadecimal digits of bytes. */
export function toHex(...slices: readonly Uint8Array[]): string {
  return [...join(slices)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** All slices as one. */
export function join(slices: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(slices.reduce((sumBytes, slice) => sumBytes + slice.length, 0));
  let atBytes = 0;
  for (const slice of slices) {
    all.set(slice, atBytes);
    atBytes += slice.length;
  }
  return all;
}

/** The bytes of ASCII text. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Text of ASCII bytes. */
export function textOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => String.fromCharCode(byte)).join("");
}

/** `bytes` cut into pieces of 1 to `pieceBytesMax` bytes, copied so that nothing is shared. */
export function cut(bytes: Uint8Array, random: Random, pieceBytesMax: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let atBytes = 0; atBytes < bytes.length; ) {
    const lenBytes = 1 + random.below(pieceBytesMax);
    pieces.push(bytes.slice(atBytes, atBytes + lenBytes));
    atBytes += lenBytes;
  }
  return pieces;
}

/** Bytes that differ from their neighbours. */
export function pattern(lenBytes: number, seed = 1): Uint8Array {
  return Uint8Array.from({ length: lenBytes }, (_, i) => (i * 31 + seed * 17) & 0xff);
}

/** An export of 1 MiB unless told otherwise. */
export function anExport(overrides: Partial<NbdExport> = {}): NbdExport {
  return {
    name: "swap",
    sizeBytes: 1_048_576,
    readOnly: false,
    minBlockBytes: 1,
    preferredBlockBytes: 4096,
    maxPayloadBytes: 65_536,
    ...overrides,
  };
}

/** A request's bytes; what is left out is 0. */
export function aRequest(request: Partial<NbdRequestHeader>): Uint8Array {
  const zeroes = { type: 0, flags: 0, cookieHi: 0, cookieLo: 0, offsetBytes: 0, lenBytes: 0 };
  return encodeRequest({ ...zeroes, ...request });
}

/** Let client and server talk in pieces of at most `pieceBytesMax` bytes until neither has anything to say. */
export function converse(
  client: NbdClientSession,
  server: NbdServerSession,
  pieces: { readonly random: Random; readonly pieceBytesMax: number },
): void {
  for (let rounds = 0; rounds < 100; rounds++) {
    const toClient = join(server.takeOutput());
    const toServer = join(client.takeOutput());
    if (toClient.length + toServer.length === 0) return;
    for (const piece of cut(toClient, pieces.random, pieces.pieceBytesMax)) client.receive(piece);
    for (const piece of cut(toServer, pieces.random, pieces.pieceBytesMax)) server.receive(piece);
  }
  assert(false, "a handshake ends");
}
