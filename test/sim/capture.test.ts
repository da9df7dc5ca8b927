import { beforeAll, expect, test } from "vitest";
import { Capture, type Run } from "#sim/index.ts";
import { outageRun } from "../support/bundle-fixtures.ts";
import { packetsOf, type ReadPacket } from "../support/pcapng.ts";

const IP = 14;
const TCP = 34;
const PAYLOAD = 66;
const NBD_PORT = 10_809;
const NBD_REQUEST_MAGIC = 0x25609513;

let run: Run;
let packets: readonly ReadPacket[];
beforeAll(() => {
  run = outageRun();
  const capture = new Capture(run.world.machines);
  run.finish();
  capture.close();
  packets = packetsOf(capture.file("outage", run.world.nowNs));
});

const isIp = ({ frame }: ReadPacket): boolean => frame.getUint16(12) === 0x0800;
const isTcp = (packet: ReadPacket): boolean => isIp(packet) && packet.frame.getUint8(IP + 9) === 6;
const hostsOf = ({ frame }: ReadPacket): readonly [from: number, to: number] => [
  frame.getUint8(IP + 15),
  frame.getUint8(IP + 19),
];

test("a run that is captured is the same run", () => {
  expect(run.outcome().digest).toBe(outageRun().finish().digest);
});

test("every packet that a host dropped has the reason, as often as the host counted it", () => {
  const told = new Map<string, number>();
  for (const { card, comments } of packets)
    for (const comment of comments) {
      const reason = /^dropped: ([\w-]+),/.exec(comment)?.[1];
      if (reason === undefined) continue;
      told.set(`${card} ${reason}`, (told.get(`${card} ${reason}`) ?? 0) + 1);
    }
  const counted = run.world.machines.flatMap(({ net }, card) =>
    net.drops.entries().map(([reason, count]) => [`${card} ${reason}`, count] as const),
  );
  const kept = counted.filter(([, count]) => count > 0);
  expect(kept.some(([name]) => name.startsWith("0 "))).toBe(true);
  expect(new Map(kept)).toEqual(told);
});

test("times never go back", () => {
  const instants = packets.map(({ atNs }) => atNs);
  expect(instants).toEqual([...instants].sort((a, b) => a - b));
});

test("IP headers add up, and say how long the packet is", () => {
  for (const { frame, wireBytes } of packets.filter(isIp)) {
    let sum = 0;
    for (let at = 0; at < 20; at += 2) sum += frame.getUint16(IP + at);
    expect((sum & 0xffff) + (sum >> 16)).toBe(0xffff);
    expect(frame.getUint16(IP + 2)).toBeLessThanOrEqual(wireBytes - IP);
  }
});

test("what A writes to its swap is a request of NBD on the wire", () => {
  const toSwap = packets.filter(
    (packet) =>
      packet.card === 0 &&
      isTcp(packet) &&
      hostsOf(packet)[0] === 1 &&
      packet.frame.getUint16(TCP + 2) === NBD_PORT &&
      packet.frame.byteLength >= PAYLOAD + 28,
  );
  const requests = toSwap.filter(({ frame }) => frame.getUint32(PAYLOAD) === NBD_REQUEST_MAGIC);
  expect(requests.length).toBeGreaterThan(50);
});

test("each card's bytes of a connection follow each other without a hole, but for what was lost", () => {
  const ends = new Map<string, number>();
  for (const packet of packets.filter(
    (each) => isTcp(each) && hostsOf(each)[0] === each.card + 1,
  )) {
    const { card, frame, wireBytes } = packet;
    const key = `${card} ${frame.getUint16(TCP)} ${frame.getUint16(TCP + 2)}`;
    const [seq, lenBytes] = [frame.getUint32(TCP + 4), wireBytes - PAYLOAD];
    if (lenBytes === 0) continue;
    expect(seq).toBeLessThanOrEqual(ends.get(key) ?? 1);
    ends.set(key, Math.max(ends.get(key) ?? 1, seq + lenBytes));
  }
  expect(ends.size).toBeGreaterThan(2);
});
