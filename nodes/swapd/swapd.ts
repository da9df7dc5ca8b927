// A swap server as one thing: stores, server, faults and control, made of a spec and let go together.

import { readFileSync } from "node:fs";
import type { Logger } from "pino";
import { UnwedgeError } from "#base/error.ts";
import { Random } from "#base/random.ts";
import { Control } from "./control.ts";
import { FaultDesk, type FaultOrder } from "./fault-desk.ts";
import { FileStore } from "./file-store.ts";
import { MemoryStore } from "./memory-store.ts";
import { type Address, NbdServer, type OfferedExport, type TlsFiles } from "./server.ts";
import type { Store } from "./store.ts";

export interface ExportSpec {
  /** "" is the default export. The first one answers to that name, too. */
  readonly name: string;
  /** Null: the file's own. */
  readonly sizeBytes: number | null;
  /** Null: in memory. */
  readonly file: string | null;
  readonly readOnly: boolean;
}

export interface TlsSpec {
  readonly certFile: string;
  readonly keyFile: string;
  readonly isRequired: boolean;
}

export interface ScheduledFault {
  readonly atMs: number;
  readonly order: FaultOrder;
}

export interface SwapdSpec {
  readonly listen: Address;
  readonly exports: readonly ExportSpec[];
  readonly tls: TlsSpec | null;
  /** Where commands come from; null: from nowhere. */
  readonly control: Address | null;
  /** Counted from when it listens. */
  readonly schedule: readonly ScheduledFault[];
  /** Of the faults that strike by chance. */
  readonly seed: number;
}

export interface Swapd {
  readonly listens: Address;
  readonly controlled: Address | null;
  readonly close: () => Promise<void>;
}

export async function startSwapd(spec: SwapdSpec, log: Logger): Promise<Swapd> {
  const tls = spec.tls === null ? null : tlsFiles(spec.tls);
  const exports = spec.exports.map(offered);
  const nowNs = (): number => Math.round(performance.now() * 1_000_000);
  const random = new Random(spec.seed).fork("faults");
  const server = new NbdServer({ exports, tls, random, log, nowNs });
  const { tally } = server;
  const desk = new FaultDesk({ tally, log, nowNs, changed: (state) => server.change(state) });
  const stats = (): object => ({ ...tally, openRequests: server.openRequests });
  const control = spec.control === null ? null : new Control({ desk, stats });
  const close = async (): Promise<void> => {
    desk.close();
    control?.close();
    await server.close();
  };
  try {
    const listens = await server.listen(spec.listen);
    const controlled =
      control === null || spec.control === null ? null : await control.listen(spec.control);
    for (const { atMs, order } of spec.schedule) desk.schedule(order, atMs);
    log.info({ listens, controlled, exports: spec.exports, seed: spec.seed }, "serving");
    return { listens, controlled, close };
  } catch (error) {
    // Half a server would keep its port, and its process alive.
    await close();
    throw error;
  }
}

function offered({ name, sizeBytes, file, readOnly }: ExportSpec): OfferedExport {
  return { name, readOnly, store: storeOf({ name, sizeBytes, file, readOnly }) };
}

function storeOf({ name, sizeBytes, file, readOnly }: ExportSpec): Store {
  if (file !== null) return new FileStore(file, sizeBytes, readOnly ? "r" : "r+");
  if (sizeBytes === null)
    throw new UnwedgeError("usage", `export "${name}" needs a size or a file`);
  return new MemoryStore(sizeBytes);
}

function tlsFiles({ certFile, keyFile, isRequired }: TlsSpec): TlsFiles {
  try {
    return { cert: readFileSync(certFile), key: readFileSync(keyFile), isRequired };
  } catch (cause) {
    throw new UnwedgeError("usage", "the certificate or its key cannot be read", { cause });
  }
}
