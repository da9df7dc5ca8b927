// From `net` of a node to the settings of its network stack: cards, buffers, limits.

import { PAGE_BYTES } from "#base/units.ts";
import {
  type CardSpec,
  type MemorySpec,
  NET_DEFAULTS,
  type NetSpec,
  type SocketLimits,
} from "#kernel/index.ts";
import { bytesOf, defined, type Findings, type PartContext } from "./build-context.ts";
import type { Path } from "./diagnostic.ts";
import type { MachineSource } from "./schema-nodes.ts";
import type { Host } from "./vocabulary.ts";

export function buildNet(
  source: NonNullable<MachineSource["net"]>,
  context: PartContext,
  {
    memory,
    name,
    hosts,
  }: { readonly memory: MemorySpec; readonly name: string; readonly hosts: readonly Host[] },
): NetSpec {
  const { findings, path } = context;
  const at = (key: string): Path => [...path, key];
  const mtuBytes = bytesOf(source.mtu, memory.ramBytes) ?? NET_DEFAULTS.mtuBytes;
  // RFC 791 sets both ends: what every host must take, and what fits the length field.
  if (mtuBytes < 68 || mtuBytes > 65_535)
    findings.add(at("mtu"), `"${source.mtu}" is no MTU; expected 68 B to 65535 B`);
  const limits = (key: "tcpMem" | "udpMem") =>
    buildLimits(source[key], { ...context, path: at(key) }, memory);
  return {
    ...NET_DEFAULTS,
    ...defined({
      driver: source.driver,
      arp: source.arp,
      encapsulation: source.encapsulation,
      segmentation: source.segmentation,
      deviceReservePackets: source.deviceReserve,
      dropAbovePackets: source.dropAbove,
    }),
    mtuBytes,
    ringDescriptors: source.ring ?? null,
    moreCards: buildCards(source, at("cards"), { findings, hosts, own: name }),
    rcvbufBytes: bytesOf(source.rcvbuf, memory.ramBytes),
    rcvbufBytesMax: bytesOf(source.rcvbufMax, memory.ramBytes),
    tcpMem: limits("tcpMem"),
    udpMem: limits("udpMem"),
    packetReserveBytes: bytesOf(source.packetReserve, memory.ramBytes),
    ipfragHighBytes: bytesOf(source.ipfragHigh, memory.ramBytes),
    emergencyBelowPages: pagesIn(source.emergencyBelow, memory.ramBytes),
  };
}

/** As the first is, where nothing else is said. */
function buildCards(
  { cards = [], driver, ring }: NonNullable<MachineSource["net"]>,
  path: Path,
  {
    findings,
    hosts,
    own,
  }: { readonly findings: Findings; readonly hosts: readonly Host[]; readonly own: string },
): CardSpec[] {
  const others = hosts.map(({ name }) => name).filter((name) => name !== own);
  const peers = cards.flatMap((card, i) =>
    card.for.map((peer, j) => ({ peer, at: [...path, i, "for", j] })),
  );
  peers.forEach(({ peer, at }, i) => {
    if (!others.includes(peer)) findings.unknown(at, "node", peer, others);
    else if (peers.findIndex((each) => each.peer === peer) < i)
      findings.add(at, `${peer} is reached over another card already`);
  });
  return cards.map((card) => ({
    driver: card.driver ?? driver ?? NET_DEFAULTS.driver,
    ringDescriptors: card.ring ?? ring ?? null,
    peers: card.for,
  }));
}

function pagesIn(source: string | undefined, ramBytes: number): number | null {
  const bytes = bytesOf(source, ramBytes);
  return bytes === null ? null : Math.floor(bytes / PAGE_BYTES);
}

/** Linux: tcp_init_mem(), net/ipv4/tcp.c: first and second are half and two thirds of the third. */
function buildLimits(
  source: string | readonly string[] | undefined,
  { findings, sizes, path }: PartContext,
  memory: MemorySpec,
): SocketLimits | null {
  if (source === undefined) return null;
  const [first, second, third] = typeof source === "string" ? [] : source;
  const maxPages = sizes.pages(typeof source === "string" ? source : third, path) ?? 0;
  const minPages = sizes.pages(first, [...path, 0]) ?? Math.floor(maxPages / 2);
  const pressurePages = sizes.pages(second, [...path, 1]) ?? Math.floor((maxPages * 2) / 3);
  if (minPages > pressurePages || pressurePages > maxPages)
    findings.add(path, "the three values do not rise");
  if (maxPages * PAGE_BYTES > memory.ramBytes)
    findings.add(path, `a limit of ${maxPages} pages is more than all of RAM`);
  return { minPages, pressurePages, maxPages };
}
