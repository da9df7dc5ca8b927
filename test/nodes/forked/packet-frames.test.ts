import { serialize } from "node:v8";
import { expect, test } from "vitest";
import { packetFrames } from "../../../nodes/forked/index.ts";

const encoder = new packetFrames["Encoder"]();

function read(...frames: unknown[]): unknown[] {
  const decoder = new packetFrames["Decoder"]();
  const packets: unknown[] = [];
  decoder.on("decoded", (packet) => packets.push(packet));
  for (const frame of frames) decoder.add(frame);
  return packets;
}

const packet = (type: number, data?: unknown, id?: number) => ({ type, nsp: "/", data, id });

test.each([
  packet(0, { name: "A" }),
  packet(1),
  packet(2, ["order", "m", { limit: Number.POSITIVE_INFINITY, bytes: new Uint8Array([1, 2]) }]),
  packet(2, ["start", "m"], 7),
  packet(3, [null], 7),
  packet(4, { message: "no" }),
])("a packet %j is one frame, and the same when it is read", (sent) => {
  const frames = encoder.encode(sent);
  expect(frames).toHaveLength(1);
  expect(read(...frames)).toEqual([sent]);
});

test.each<[string, unknown]>([
  ["text", "2[]"],
  ["bytes of nothing", new Uint8Array([1, 2, 3])],
  ["nothing", serialize(null)],
  ["a type nobody knows", serialize(packet(5, []))],
  ["an event without a name", serialize(packet(2, [7]))],
  ["an event of socket.io's own", serialize(packet(2, ["disconnect", "why"]))],
  ["a number that is none", serialize(packet(3, [], 1.5))],
  ["no namespace", serialize({ type: 1 })],
])("%s is no packet", (_, frame) => {
  expect(() => read(frame)).toThrow();
});
