// From a machine that was read to a scenario in which it swaps over the network and is flooded while its swap server is
// away.
//
// A large machine is cut: what lies far above its marks only has to be filled before anything begins, so no more memory is
// kept than four times the high mark, in one zone, and marks and limits stay what they are in pages.

import { KIB, PAGE_BYTES } from "#base/units.ts";
import { toYaml } from "#coordinator/scenario/index.ts";
import type { DriverName } from "#kernel/index.ts";
import type { HostFacts } from "./host-facts.ts";
import type { Margins } from "./host-margins.ts";
import { isNetworked, type SwapArea } from "./host-swap.ts";

/** Kernel drivers whose receive memory is modelled as such. */
const DRIVERS: ReadonlyMap<string, DriverName> = new Map([
  ["e1000e", "e1000e-like"],
  ["e1000", "e1000-like"],
  ["virtio_net", "virtio-like"],
]);

/** A machine as it is up to this size: its memory is filled within seconds. */
const WHOLE_PAGES_MAX = 1 << 17;
const CUT_PAGES_MIN = 1 << 14;

export interface Cut {
  readonly pages: number;
  /** Less than the machine has. */
  readonly isCut: boolean;
}

/** How much of the memory is emulated. */
export function cutOf({ memory, net }: HostFacts): Cut {
  const all = memory.managedPages;
  if (all <= WHOLE_PAGES_MAX) return { pages: all, isCut: false };
  const wanted = Math.max(4 * memory.highPages, CUT_PAGES_MIN);
  // Where the limit on TCP is the lesser one, it has to fit.
  const limit = net.tcpMem?.maxPages ?? 0;
  const pages = limit < memory.highPages ? Math.max(wanted, 4 * limit) : wanted;
  return { pages: Math.min(all, pages), isCut: pages < all };
}

/** What its cards may behave like: one where all are known, or both ends of what drivers do. */
export function driversOf({ cards }: HostFacts): readonly DriverName[] {
  const known = cards.map(({ driver }) => DRIVERS.get(driver ?? "") ?? null);
  const found = known.flatMap((driver) => driver ?? []);
  if (found.length > 0 && found.length === known.length) return [...new Set(found)];
  return ["e1000e-like", "virtio-like"];
}

/** The devices that are emulated: those on the network, or what stands in for them. */
export function emulatedSwaps({ swaps }: HostFacts): readonly SwapArea[] {
  return swaps.filter(isNetworked);
}

/** The text of the scenario. */
export function hostScenario(facts: HostFacts, margins: Margins): string {
  const document = {
    schema: "unwedge/v1",
    id: "imported-host",
    title: "A machine that was read, its swap server away, and a flood",
    story: storyOf(facts),
    refs: ["lkml 2007-08-15, Peter Zijlstra, Re: Recursive reclaim (on __PF_MEMALLOC)"],
    seed: 1,
    runs: 3,
    engine: { default: "virtual", allow: ["virtual", "sockets"], maxTime: "30 min" },
    params: { outage: "8 s", flood: `${floodOf(margins)}/s` },
    nodes: nodesOf(facts),
    links: { "*<->*": { latency: "100 us", bandwidth: `${margins.mbitPerSec} Mbit/s` } },
    traffic: [
      {
        id: "flood",
        from: "B",
        to: "A/svc",
        connections: connectionsOf(margins),
        payload: "4 KiB",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the scenario language fills it in
        load: { model: "open", rate: "${flood}" },
      },
    ],
    timeline: [
      { phase: "filling", at: "0 s" },
      { phase: "full", id: "full", when: "A.mem.free <= A.mem.low", within: "120 s", do: "mark" },
      {
        phase: "outage",
        id: "c-away",
        after: "full",
        delay: "1 s",
        fault: "swap.stall",
        on: "C1",
        // biome-ignore lint/suspicious/noTemplateCurlyInString: the scenario language fills it in
        for: "${outage}",
      },
      { phase: "after", id: "healed", after: "c-away.healed", do: "mark" },
    ],
    checks: [
      { id: "pressure-was-real", sometimes: "A.mem.free <= A.mem.low", during: "outage" },
      { id: "least-free", severity: "info", threshold: "min(A.mem.free) >= 0 pages" },
      { id: "most-tcp", severity: "info", threshold: "max(A.tcp.mem) >= 0 pages" },
      { id: "no-oom", never: "oom_kills(*) > 0" },
      { id: "comes-back", verdict: "recovers", after: "healed", settle: "60 s" },
    ],
    variants: variantsOf(facts),
  };
  return `# Written by unwedge import-host from a machine with Linux ${facts.release}.\n${toYaml(document)}`;
}

function storyOf(facts: HostFacts): string {
  const { pages, isCut } = cutOf(facts);
  const size = isCut
    ? `Of its ${facts.memory.managedPages} pages ${pages} are kept: what lies above four times its high mark has only to be filled.`
    : "Its memory is all there.";
  const swap =
    emulatedSwaps(facts).length > 0
      ? "It swaps over the network."
      : "It does not swap over the network; the scenario asks what would be if it did.";
  return `${size} ${swap} Programs write and rewrite more than there is, a service is asked more than it can answer while C1 is away.`;
}

/** As many requests of three frames as fill all the room in five seconds. */
const floodOf = ({ roomPages }: Margins): number =>
  Math.min(20_000, Math.max(250, Math.ceil(roomPages.from / 3 / 5)));

/** Half as many again as fill the least room with buffers at their default. */
const connectionsOf = ({ roomPages, connections }: Margins): number =>
  Math.min(
    1000,
    Math.max(
      50,
      Math.ceil((1.5 * roomPages.from * (connections?.to ?? 100)) / Math.max(1, roomPages.to)),
    ),
  );

function nodesOf(facts: HostFacts): Record<string, unknown> {
  const swaps = emulatedSwaps(facts);
  const servers = Math.max(1, swaps.length);
  const { pages } = cutOf(facts);
  const swap = Array.from({ length: servers }, (_, i) => ({
    server: `C${i + 1}`,
    size: pagesText(Math.min(swaps[i]?.pages ?? 4 * pages, 4 * pages)),
  }));
  return {
    A: {
      role: "machine",
      cpus: facts.cpus,
      policy: facts.preset,
      memory: memoryOf(facts),
      net: netOf(facts),
      swap,
      run: {
        hog: {
          kind: "anon",
          count: 4,
          size: pagesText(Math.floor(pages * 0.85)),
          pattern: "linear",
          populate: "write",
          access: "write",
          touch: `${Math.max(4000, Math.floor(pages / 2))}/s`,
        },
        svc: {
          kind: "service",
          port: 7000,
          workingSet: pagesText(Math.floor(pages * 0.85)),
          workers: 16,
          perRequest: { touch: "2 pages", cpu: "50 us" },
        },
      },
    },
    B: { role: "client" },
    ...Object.fromEntries(swap.map(({ server }) => [server, { role: "swap-server" }])),
  };
}

function memoryOf(facts: HostFacts): Record<string, unknown> {
  const { memory, vm } = facts;
  const { pages, isCut } = cutOf(facts);
  const zones = isCut
    ? [{ name: "Normal", presentPages: pages, managedPages: pages }]
    : memory.zones;
  const present = zones.reduce((sum, zone) => sum + zone.presentPages, 0);
  // The same distance between the marks, whatever is left of the memory it is a share of.
  const gapPages = memory.lowPages - memory.minPages;
  const cutFactor = Math.max(1, Math.ceil((gapPages * 10_000) / pages));
  return defined({
    ram: pagesText(present),
    kernel: pagesText(present - pages),
    zones: zones.map((zone) => ({
      name: zone.name,
      present: pagesText(zone.presentPages),
      managed: pagesText(zone.managedPages),
    })),
    reserve: `${vm.minFreeKiB ?? memory.minPages * (PAGE_BYTES / KIB)} KiB`,
    watermarkScaleFactor: isCut ? cutFactor : (vm.watermarkScaleFactor ?? undefined),
    watermarkBoostFactor: vm.watermarkBoostFactor ?? undefined,
    swappiness: vm.swappiness ?? undefined,
    pageCluster: vm.pageCluster ?? undefined,
    dirtyLimit:
      vm.dirtyPercent === null || vm.dirtyPercent === 0 ? undefined : `${vm.dirtyPercent} %`,
  });
}

function netOf(facts: HostFacts): Record<string, unknown> {
  const { net, cards } = facts;
  const { pages } = cutOf(facts);
  const limits = (found: HostFacts["net"]["tcpMem"]): string[] | undefined =>
    found === null
      ? undefined
      : [found.minPages, found.pressurePages, found.maxPages].map((limit) =>
          // One that memory has no room for is out of reach either way.
          pagesText(Math.min(limit, pages)),
        );
  const bytes = (size: number | null): string | undefined =>
    size === null || size === 0 ? undefined : `${size} B`;
  const mtu = cards[0]?.mtuBytes ?? null;
  return defined({
    driver: driversOf(facts)[0],
    mtu: mtu === null || mtu < 576 ? undefined : `${mtu} B`, // RFC 791: what every host must take
    rcvbuf: bytes(net.rcvbufBytes),
    rcvbufMax: bytes(net.rcvbufBytesMax),
    tcpMem: limits(net.tcpMem),
    udpMem: limits(net.udpMem),
    ipfragHigh: bytes(net.ipfragHighBytes),
  });
}

function variantsOf(facts: HostFacts): Record<string, unknown> {
  const drivers = driversOf(facts).map((driver) => [
    driver,
    { about: `its card taken for ${driver}`, set: { "nodes.A.net.driver": driver } },
  ]);
  const quiet = {
    about: "negative control: the same outage, and nobody asks anything",
    set: { "params.flood": "0/s" },
  };
  return Object.fromEntries([...drivers, ["without-flood", quiet]]);
}

const pagesText = (pages: number): string => `${pages} pages`;

const defined = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
