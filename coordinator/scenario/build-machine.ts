// From a node of the document to the spec of a machine: units become bytes, pages and ns, and sizes must fit together.

import { fls, KIB, MIB, PAGE_BYTES } from "#base/units.ts";
import {
  BLOCK_DEFAULTS,
  defaultKernelBytes,
  type MachineSpec,
  MEMORY_DEFAULTS,
  type MemorySpec,
  RECONNECT_DEFAULTS,
  RELAY_DEFAULTS,
  type ReconnectSpec,
  type RelaySpec,
  SERVE_DEFAULTS,
  type ServeSpec,
  STORE_DEFAULTS,
  type StoreSpec,
  SWAP_DEFAULTS,
  type SwapSpec,
  type ZoneSpec,
} from "#kernel/index.ts";
import {
  amountOf,
  bytesOf,
  cpuSpeedPercent,
  defined,
  durationNs,
  type Findings,
  type PartContext,
  Sizes,
} from "./build-context.ts";
import { buildNet } from "./build-net.ts";
import type { Policies } from "./build-policy.ts";
import { buildTasks } from "./build-tasks.ts";
import type { Path } from "./diagnostic.ts";
import { formatQuantity } from "./quantity.ts";
import type { MachineSource } from "./schema-nodes.ts";
import type { Host } from "./vocabulary.ts";

export interface MachineContext {
  readonly findings: Findings;
  readonly policies: Policies;
  readonly hosts: readonly Host[];
}

/** The machine without its traffic; null when its policy cannot be found. */
export function buildMachine(
  name: string,
  source: MachineSource,
  context: MachineContext,
): MachineSpec | null {
  const { findings, policies } = context;
  const path: Path = ["nodes", name];
  const ramBytes = bytesOf(source.memory.ram, 0) ?? 0;
  const sizes = new Sizes(findings, ramBytes);
  const policy = policies.find(source.policy);
  const cpus = source.cpus ?? 1;
  const memory = buildMemory(source.memory, ramBytes, {
    findings,
    sizes,
    path: [...path, "memory"],
  });
  const built = {
    net: buildNet(
      source.net ?? {},
      { findings, sizes, path: [...path, "net"] },
      { memory, name, hosts: context.hosts },
    ),
    swap: buildSwap(source.swap ?? [], path, context),
    tasks: buildTasks(source.run ?? {}, {
      findings,
      sizes,
      path: [...path, "run"],
      cpus,
      servers: serversOf(context),
      managers: context.hosts.filter(({ role }) => role === "manager").map((host) => host.name),
    }),
  };
  if (policy === null) return null;
  const block = { ...BLOCK_DEFAULTS, ...defined(source.block ?? {}) };
  return {
    role: "machine",
    name,
    cpus,
    cpuSpeedPercent: cpuSpeedPercent(source.cpuSpeed),
    memory,
    policy,
    block,
    traffic: [],
    member: null,
    serves: source.serve === undefined ? null : buildServe(source.serve),
    ...built,
  };
}

/** What a host with some 8 GB for it can still make a machine of: a page of RAM costs about 30 bytes. */
const RAM_BYTES_MAX = 1024 * 1024 * MIB;

function buildMemory(
  source: MachineSource["memory"],
  ramBytes: number,
  context: PartContext,
): MemorySpec {
  const { sizes, path } = context;
  const at = (key: string): Path => [...path, key];
  sizes.bytes(source.ram, at("ram"));
  if (ramBytes > RAM_BYTES_MAX)
    context.findings.add(
      at("ram"),
      `"${source.ram}" is more than the 1 TiB that a machine may have`,
    );
  const fit: MemoryFit = {
    ramBytes,
    kernelBytes: sizes.bytes(source.kernel, at("kernel")) ?? defaultKernelBytes(ramBytes),
    reserveBytes: source.reserve === "auto" ? null : bytesOf(source.reserve, ramBytes),
    cleanFileBytes: sizes.bytes(source.cleanFile, at("cleanFile")) ?? 0,
  };
  checkMemory(source, fit, context);
  checkPool(source, fit, context);
  const dirtyPpm = amountOf(source.dirtyLimit, "ratio");
  return {
    ...MEMORY_DEFAULTS,
    ...defined({
      watermarkScaleFactor: source.watermarkScaleFactor,
      watermarkBoostFactor: source.watermarkBoostFactor,
      highatomic: source.highatomic,
      thp: source.thp,
      swappiness: source.swappiness,
      pageCluster: source.pageCluster,
      slab: source.slab,
      slabMaxOrder: source.slabMaxOrder,
      slabChecks: source.slabChecks,
      oomKiller: source.oomKiller,
    }),
    ramBytes,
    kernelBytes: fit.kernelBytes,
    zones: buildZones(source, ramBytes, context),
    minFreeKiB: fit.reserveBytes === null ? null : Math.floor(fit.reserveBytes / KIB),
    dirtyPercent: dirtyPpm === null ? null : Math.floor(dirtyPpm / 10_000),
    pinnedOrder: buildPinned(source, context),
    cleanFilePages: Math.floor(fit.cleanFileBytes / PAGE_BYTES),
    criticalPages: Math.floor(
      (sizes.bytes(source.criticalPages, at("criticalPages")) ?? 0) / PAGE_BYTES,
    ),
  };
}

/** Up to a pageblock: 2 MiB. Larger runs are never looked for. */
const RUN_ORDER_MAX = 9;

function buildPinned(
  { fragmented }: MachineSource["memory"],
  { findings, sizes, path }: PartContext,
): number | null {
  if (fragmented === undefined) return null;
  const pages = sizes.pages(fragmented, [...path, "fragmented"]) ?? 0;
  const order = fls(pages) - 1;
  if (1 << order === pages && order >= 1 && order <= RUN_ORDER_MAX) return order;
  findings.add(
    [...path, "fragmented"],
    `${fragmented} are no run of pages that could be broken; expected 2, 4, 8 and so on up to ${1 << RUN_ORDER_MAX} pages`,
  );
  return null;
}

interface MemoryFit {
  readonly ramBytes: number;
  readonly kernelBytes: number;
  readonly reserveBytes: number | null;
  readonly cleanFileBytes: number;
}

/** What lies below for old devices. */
const DMA_BYTES = 16 * 1024 * 1024;

/** A machine a little larger than 16 MiB, whose second zone the kernel would fill. */
const isSplitWrong = (
  { zones }: MachineSource["memory"],
  { ramBytes, kernelBytes }: MemoryFit,
): boolean => zones === undefined && ramBytes > DMA_BYTES && ramBytes - DMA_BYTES <= kernelBytes;

/** Pages kept apart are out of everybody's reach: a machine needs some of the others. */
function checkPool(
  { criticalPages }: MachineSource["memory"],
  { ramBytes, kernelBytes }: MemoryFit,
  { findings, path }: PartContext,
): void {
  const leftBytes = ramBytes - kernelBytes;
  const keptBytes = bytesOf(criticalPages, ramBytes) ?? 0;
  if (keptBytes > 0 && keptBytes * 2 > leftBytes)
    findings.add(
      [...path, "criticalPages"],
      `${criticalPages} are more than half of the ${formatQuantity(leftBytes, "size")} there are`,
    );
}

/** Whether what is wanted of the memory can be had at all. */
function checkMemory(
  source: MachineSource["memory"],
  fit: MemoryFit,
  { findings, path }: PartContext,
): void {
  const at = (key: string): Path => [...path, key];
  const leftBytes = fit.ramBytes - fit.kernelBytes;
  if (/%|ram/.test(source.ram)) findings.add(at("ram"), `"${source.ram}" is relative to itself`);
  else if (leftBytes < PAGE_BYTES)
    findings.add(
      at(source.kernel === undefined ? "ram" : "kernel"),
      `the kernel's ${formatQuantity(fit.kernelBytes, "size")} leave nothing of ${source.ram}`,
    );
  else if (isSplitWrong(source, fit))
    findings.add(
      at(source.kernel === undefined ? "ram" : "kernel"),
      `the kernel's ${formatQuantity(fit.kernelBytes, "size")} lie above the first 16 MiB, where ${source.ram} have no more: give 16 MiB, more, or zones of your own`,
    );
  else if ((fit.reserveBytes ?? 0) >= leftBytes)
    findings.add(at("reserve"), `a reserve of ${source.reserve} leaves nothing of ${source.ram}`);
  else if (fit.cleanFileBytes > leftBytes)
    findings.add(at("cleanFile"), `${source.cleanFile} of clean files do not fit ${source.ram}`);
  checkRange(findings, at("swappiness"), source.swappiness, 200);
  checkRange(findings, at("pageCluster"), source.pageCluster, 10);
  if ((amountOf(source.dirtyLimit, "ratio") ?? 0) > 1_000_000)
    findings.add(at("dirtyLimit"), "is more than all of it");
}

function buildZones(
  source: MachineSource["memory"],
  ramBytes: number,
  context: PartContext,
): ZoneSpec[] | null {
  const { findings, sizes, path } = context;
  if (source.zones === undefined) return null;
  const zones = source.zones.map((zone, i) => ({
    name: zone.name,
    presentPages: sizes.pages(zone.present, [...path, "zones", i, "present"]) ?? 0,
    managedPages: sizes.pages(zone.managed, [...path, "zones", i, "managed"]) ?? 0,
  }));
  zones.forEach(({ presentPages, managedPages }, i) => {
    if (managedPages > presentPages)
      findings.add([...path, "zones", i, "managed"], "more frames are managed than there are");
  });
  const present = zones.reduce((sum, zone) => sum + zone.presentPages, 0);
  if (present * PAGE_BYTES > ramBytes)
    findings.add([...path, "zones"], `the zones have ${present} pages, more than ${source.ram}`);
  return zones;
}

function buildSwap(
  sources: NonNullable<MachineSource["swap"]>,
  path: Path,
  context: MachineContext,
): SwapSpec[] {
  const { findings } = context;
  const servers = serversOf(context);
  const sizes = new Sizes(findings, 0);
  return sources.map((source, i) => {
    const at = (key: string): Path => [...path, "swap", i, key];
    if (source.server === path.at(-1))
      findings.add(at("server"), "a machine that swaps to itself frees nothing: name another");
    if (!servers.includes(source.server))
      findings.unknown(at("server"), "swap server", source.server, servers);
    if (/%|ram/.test(source.size))
      findings.add(at("size"), `"${source.size}": a device has a size of its own`);
    return {
      ...SWAP_DEFAULTS,
      ...defined({
        exportName: source.export,
        transport: source.transport,
        standby: source.standby,
      }),
      server: source.server,
      sizeBytes: sizes.bytes(source.size, at("size")) ?? 0,
      requestTimeoutNs: durationNs(source.timeout),
      reconnect: buildReconnect(source.reconnect, [...path, "swap", i, "reconnect"], sizes),
      relay: buildRelay(source.relay, at("relay"), {
        sizes,
        findings,
        isAlone: sources.length === 1,
      }),
    };
  });
}

function buildReconnect(
  source: NonNullable<MachineSource["swap"]>[number]["reconnect"],
  path: Path,
  sizes: Sizes,
): ReconnectSpec | null {
  if (source === undefined) return null;
  const { by, locked, waits, onNoMemory } = source;
  return {
    ...RECONNECT_DEFAULTS,
    ...defined({
      by,
      locked,
      waits,
      onNoMemory,
      memoryBytes: sizes.bytes(source.memory, [...path, "memory"]) ?? undefined,
    }),
    deadConnTimeoutNs: durationNs(source.deadConnTimeout),
  };
}

function buildRelay(
  source: NonNullable<MachineSource["swap"]>[number]["relay"],
  path: Path,
  context: { readonly sizes: Sizes; readonly findings: Findings; readonly isAlone: boolean },
): RelaySpec | null {
  if (source === undefined) return null;
  const { sizes, findings, isAlone } = context;
  if (!isAlone)
    findings.add(path, "a relay leads to one server: the machine may have no other swap");
  const { locked } = source;
  const memoryBytes = sizes.bytes(source.memory, [...path, "memory"]) ?? undefined;
  return { ...RELAY_DEFAULTS, ...defined({ locked, memoryBytes }) };
}

function buildServe(source: NonNullable<MachineSource["serve"]>): ServeSpec {
  const { locked, critical } = source;
  return {
    ...SERVE_DEFAULTS,
    ...defined({ locked, isCritical: critical }),
    store: buildStore(source),
  };
}

/** How a swap server keeps its pages. */
export function buildStore({
  latency,
  queue,
}: {
  readonly latency?: string | undefined;
  readonly queue?: number | undefined;
}): StoreSpec {
  return {
    latencyNs: durationNs(latency) ?? STORE_DEFAULTS.latencyNs,
    queueDepth: queue ?? STORE_DEFAULTS.queueDepth,
  };
}

const serversOf = ({ hosts }: MachineContext): string[] =>
  hosts.filter(({ serves }) => serves).map(({ name }) => name);

function checkRange(findings: Findings, path: Path, value: number | undefined, most: number): void {
  if (value !== undefined && value > most) findings.add(path, `${value} is above ${most}`);
}
