// What an NBD client may send that means no good: conversations whose structure is understood and then bent, at the limits of
// every length and offset, and what flips, loses, doubles or invents bytes of them.

import type { Random } from "#base/random.ts";
import { viewOf } from "#wire/bytes.ts";
import * as nbd from "#wire/nbd/constants.ts";
import { encodeClientFlags, encodeInfoRequest, encodeOption } from "#wire/nbd/haggling.ts";
import { encodeMetaContextRequest } from "#wire/nbd/meta-context.ts";
import { aRequest, ascii, join, pattern } from "./support.ts";

/** Size of the export that these streams are aimed at. */
export const HOSTILE_EXPORT_BYTES = 262_144;

const NAMES = ["", "swap", "swap", "nope"] as const;
const QUERIES = ["base:allocation", "base:", "qemu:dirty", ""] as const;

const oneOf = <T>(random: Random, values: readonly T[]): T => {
  const value = values[random.below(values.length)];
  if (value === undefined) throw new Error("there is something to choose from");
  return value;
};

/** A whole conversation as bytes. */
export function hostileStream(random: Random): Uint8Array {
  const parts = [encodeClientFlags(random.chance(9, 10) ? 3 : random.below(8))];
  if (random.chance(1, 2))
    parts.push(encodeOption(nbd.NBD_OPT_STRUCTURED_REPLY, new Uint8Array(0)));
  for (let i = random.below(4); i > 0; i--) parts.push(anOption(random));
  parts.push(choice(random));
  for (let i = random.below(12); i > 0; i--) parts.push(...request(random));
  let bytes = join(parts);
  for (let i = random.chance(1, 2) ? 0 : random.below(4); i > 0; i--)
    bytes = damaged(bytes, random);
  return bytes;
}

function choice(random: Random): Uint8Array {
  const name = ascii(oneOf(random, NAMES));
  if (random.chance(1, 8)) return encodeOption(nbd.NBD_OPT_EXPORT_NAME, name);
  const infoTypes = Array.from({ length: random.below(4) }, () => random.below(6));
  return encodeOption(nbd.NBD_OPT_GO, encodeInfoRequest({ name, infoTypes }));
}

function anOption(random: Random): Uint8Array {
  const name = ascii(oneOf(random, NAMES));
  switch (random.below(6)) {
    case 0:
      return encodeOption(random.below(13), pattern(random.below(40), random.below(256)));
    case 1: {
      const queries = Array.from({ length: random.below(4) }, () => ascii(oneOf(random, QUERIES)));
      const option = random.chance(1, 2)
        ? nbd.NBD_OPT_SET_META_CONTEXT
        : nbd.NBD_OPT_LIST_META_CONTEXT;
      return encodeOption(option, bent(encodeMetaContextRequest({ name, queries }), random));
    }
    case 2:
      return encodeOption(
        nbd.NBD_OPT_INFO,
        bent(encodeInfoRequest({ name, infoTypes: [3] }), random),
      );
    case 3:
      return encodeOption(oneOf(random, [3, 5, 7, 9, 10]), pattern(8_000 + random.below(400)));
    case 4: {
      // Says it is longer than what comes.
      const option = encodeOption(random.below(12), new Uint8Array(0));
      viewOf(option).setUint32(12, oneOf(random, [1, 4096, 8193, 0x7fff_ffff, 0xffff_ffff]));
      return option;
    }
    default:
      return encodeOption(nbd.NBD_OPT_STARTTLS, new Uint8Array(0));
  }
}

/** The same with one of its 32-bit numbers out of measure. */
function bent(bytes: Uint8Array, random: Random): Uint8Array {
  if (random.chance(1, 2) || bytes.length < 4) return bytes;
  const atBytes = random.below(bytes.length - 3);
  viewOf(bytes).setUint32(atBytes, oneOf(random, [0, 1, 4096, 4097, 0x8000_0000, 0xffff_ffff]));
  return bytes;
}

function request(random: Random): readonly Uint8Array[] {
  const type = random.chance(19, 20) ? random.below(9) : random.below(65_536);
  const size = HOSTILE_EXPORT_BYTES;
  const lenBytes = oneOf(random, [
    0,
    1,
    2,
    511,
    512,
    4096,
    size,
    size + 1,
    0x7fff_ffff,
    0xffff_ffff,
    random.below(9_000),
  ]);
  const offsetBytes = oneOf(random, [
    ...[
      0,
      1,
      4096,
      size - 1,
      size,
      size + 1,
      Math.max(0, size - lenBytes),
      Math.max(0, size - lenBytes + 1),
    ],
    ...[2 ** 32, 2 ** 53, 2 ** 63, random.u32(), random.below(size)],
  ]);
  const flags = random.chance(1, 3) ? random.below(64) : 0;
  const header = aRequest({
    type,
    flags,
    cookieHi: random.u32(),
    cookieLo: random.u32(),
    offsetBytes,
    lenBytes,
  });
  const hasData = type === nbd.NBD_CMD_WRITE && lenBytes <= 9_000;
  return hasData ? [header, pattern(lenBytes, random.below(256))] : [header];
}

function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  const atBytes = random.below(bytes.length + 1);
  const [before, after] = [bytes.subarray(0, atBytes), bytes.subarray(atBytes)];
  const some = 1 + random.below(20);
  switch (random.below(5)) {
    case 0:
      return join([before, after.subarray(some)]);
    case 1:
      return join([before, Uint8Array.from({ length: some }, () => random.below(256)), after]);
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
