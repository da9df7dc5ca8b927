// A bundle as a file: gzip of JSON lines, the head first, then keyframes, the one most wanted first. `zcat FILE | head -1`
// shows the head. Each line is compressed by itself, which gzip allows, so that what a keyframe costs is known before it is
// taken; those for which there is no room are left out, and the head says which.

import { constants, gunzipSync, gzipSync } from "node:zlib";
import { UnwedgeError } from "#base/error.ts";
import {
  type BundledKeyframe,
  type BundleHead,
  byWorth,
  headComplaint,
  isHead,
  isKeyframe,
  type Keyframe,
  KeyframeRow,
  keyframeBefore,
  placeOf,
  type Recording,
  type RunState,
  stateOf,
} from "#sim/index.ts";

/** What a file may take, unless its head alone is larger. */
export const BUNDLE_BYTES_MAX = 2_000_000;

/** What the head may grow by when it says of keyframes that they are not there. */
const PLACES_BYTES = 64;

/** Nobody's bundle is larger; somebody's bomb may be. */
const UNPACKED_BYTES_MAX = 1 << 30;

export type HeadWithoutKeyframes = Omit<BundleHead, "keyframes" | "droppedKeyframes">;

export function encodeBundle(
  head: HeadWithoutKeyframes,
  { keyframes }: Pick<Recording, "keyframes">,
  bytesMax = BUNDLE_BYTES_MAX,
): Uint8Array {
  const row = new KeyframeRow(keyframes.pool);
  const [kept, dropped]: [Keyframe[], Keyframe[]] = [[], []];
  const lines: Uint8Array[] = [];
  const whole = headLine({ ...head, ...placesOf(byWorth(keyframes.all), []) });
  let leftBytes = bytesMax - whole.length - PLACES_BYTES;
  for (const keyframe of byWorth(keyframes.all)) {
    const bundled = row.next(keyframe);
    const line = keyframeLine(bundled);
    (line.length <= leftBytes ? kept : dropped).push(keyframe);
    if (line.length > leftBytes) continue;
    row.take(bundled);
    lines.push(line);
    leftBytes -= line.length;
  }
  const first = dropped.length === 0 ? whole : headLine({ ...head, ...placesOf(kept, dropped) });
  return Buffer.concat([first, ...lines]);
}

const placesOf = (kept: readonly Keyframe[], dropped: readonly Keyframe[]) => ({
  keyframes: kept.map(placeOf),
  droppedKeyframes: dropped.map(placeOf),
});

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");

const headLine = (head: BundleHead): Uint8Array =>
  gzipSync(
    `${JSON.stringify(head, (_, value: unknown) => (value instanceof Uint8Array ? { base64: base64(value) } : value))}\n`,
  );

function keyframeLine({ state, pieces }: BundledKeyframe): Uint8Array {
  const texts = pieces.map(([id, bytes]) => [id, base64(bytes)]);
  return gzipSync(`${JSON.stringify({ state, pieces: texts })}\n`);
}

export interface Bundle {
  readonly path: string;
  readonly head: BundleHead;
  /** The latest state kept at or before an instant; null: none is. */
  stateBefore(atNs: number): RunState | null;
}

/** Throws UnwedgeError on a file that is damaged, or something else. */
export function decodeBundle(path: string, bytes: Uint8Array): Bundle {
  const [first = "", ...rest] = linesOf(path, bytes);
  const head = parsed(path, first, (_, value) => bytesIn(value));
  const complaint = headComplaint(head);
  if (complaint !== null || !isHead(head)) throw damaged(path, complaint ?? "");
  return {
    path,
    head,
    stateBefore: (atNs) => {
      const index = keyframeBefore(head.keyframes, atNs);
      if (index === null) return null;
      const row = rest.slice(0, index + 1).map((line) => keyframeFrom(path, line));
      const state = stateOf(row, index);
      if (state === null) throw damaged(path, `its keyframe ${index} is damaged`);
      return state;
    },
  };
}

function linesOf(path: string, bytes: Uint8Array): string[] {
  try {
    const options = { maxOutputLength: UNPACKED_BYTES_MAX, finishFlush: constants.Z_FINISH };
    return gunzipSync(bytes, options).toString("utf8").trimEnd().split("\n");
  } catch (cause) {
    throw damaged(path, "it is cut off, or not compressed with gzip", cause);
  }
}

function parsed(
  path: string,
  line: string,
  reviver?: (key: string, value: unknown) => unknown,
): unknown {
  try {
    return JSON.parse(line, reviver);
  } catch (cause) {
    throw damaged(path, "it is no JSON", cause);
  }
}

function bytesIn(value: unknown): unknown {
  const isBytes = typeof value === "object" && value !== null && "base64" in value;
  return isBytes ? fromBase64(value.base64) : value;
}

const fromBase64 = (text: unknown): unknown =>
  typeof text === "string" ? new Uint8Array(Buffer.from(text, "base64")) : text;

function keyframeFrom(path: string, line: string): BundledKeyframe {
  const value = parsed(path, line);
  const keyframe =
    typeof value === "object" && value !== null && "pieces" in value && Array.isArray(value.pieces)
      ? { ...value, pieces: value.pieces.map(pieceFrom) }
      : value;
  if (isKeyframe(keyframe)) return keyframe;
  throw damaged(path, "a keyframe is damaged");
}

const pieceFrom = (piece: unknown): unknown =>
  Array.isArray(piece) ? [piece[0], fromBase64(piece[1])] : piece;

const damaged = (path: string, why: string, cause?: unknown): UnwedgeError =>
  new UnwedgeError(
    "invalidScenario",
    `${path}: not a bundle that can be read: ${why}; give one that \`unwedge run\` has written`,
    { cause },
  );
