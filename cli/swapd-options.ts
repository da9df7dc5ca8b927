// What the options of `unwedge swapd` mean, or what is wrong with them.

import { UnwedgeError } from "#base/error.ts";
import { parseQuantity } from "#coordinator/scenario/index.ts";
import type { Address, ExportSpec, SwapdSpec, TlsSpec } from "../nodes/swapd/index.ts";
import type { Io } from "./io.ts";
import { countOf } from "./options.ts";
import { readSchedule } from "./swapd-schedule.ts";

export interface SwapdFlags {
  listen: string;
  size?: string;
  file?: string;
  export?: string[];
  readOnly?: boolean;
  tlsCert?: string;
  tlsKey?: string;
  tlsRequired?: boolean;
  control?: string;
  faults?: string;
  seed: string;
  logLevel: string;
}

export function swapdSpec(flags: SwapdFlags, io: Io): SwapdSpec {
  return {
    listen: addressOf("--listen", flags.listen),
    exports: exportsOf(flags),
    tls: tlsOf(flags),
    control: flags.control === undefined ? null : addressOf("--control", flags.control),
    schedule: flags.faults === undefined ? [] : readSchedule(flags.faults, io),
    seed: countOf("--seed", flags.seed, 0) ?? 0,
  };
}

/** HOST:PORT, [HOST]:PORT or unix:PATH. */
export function addressOf(flag: string, text: string): Address {
  if (text.startsWith("unix:")) return { path: text.slice("unix:".length) };
  const match = /^(?:\[(?<six>[^\]]+)\]|(?<four>[^:]+)):(?<port>\d{1,5})$/.exec(text);
  const host = match?.groups?.["six"] ?? match?.groups?.["four"];
  const port = Number(match?.groups?.["port"]);
  if (host === undefined || port > 65_535)
    throw usage(`${flag} ${text}: expected HOST:PORT, as 127.0.0.1:10809, or unix:PATH`);
  return { host, port };
}

function exportsOf(flags: SwapdFlags): readonly ExportSpec[] {
  const sizeBytes = flags.size === undefined ? null : sizeOf(flags.size);
  const readOnly = flags.readOnly ?? false;
  const named = (flags.export ?? []).map((text) => {
    const at = text.indexOf("=");
    const name = at < 0 ? text : text.slice(0, at);
    return { name, file: at < 0 ? null : text.slice(at + 1), sizeBytes, readOnly };
  });
  const { file } = flags;
  if (file !== undefined) named.unshift({ name: "", file, sizeBytes, readOnly });
  const exports = named.length > 0 ? named : [{ name: "", file: null, sizeBytes, readOnly }];
  const needing = exports.find((each) => each.file === null && each.sizeBytes === null);
  if (needing !== undefined) throw usage("--size is needed, as --size 1GiB");
  const names = new Set(exports.map(({ name }) => name));
  if (names.size < exports.length) throw usage("--export: each name once");
  return exports;
}

function tlsOf({ tlsCert, tlsKey, tlsRequired }: SwapdFlags): TlsSpec | null {
  if (tlsCert === undefined && tlsKey === undefined && tlsRequired !== true) return null;
  if (tlsCert === undefined || tlsKey === undefined)
    throw usage("--tls-cert and --tls-key belong together");
  return { certFile: tlsCert, keyFile: tlsKey, isRequired: tlsRequired ?? false };
}

/** `--size 1G` is what other NBD servers understand: G, M and K are taken as they take them, in powers of 1024. */
function sizeOf(text: string): number {
  const parsed = parseQuantity(text.replace(/(?<=\d\s*)([KMG])$/, "$1iB"), "size");
  if (!parsed.ok) throw usage(`--size ${text}: ${parsed.message}`);
  const { value, ofRam } = parsed.value;
  if (ofRam || value <= 0) throw usage(`--size ${text}: expected a size, as 1GiB`);
  return value;
}

const usage = (message: string): UnwedgeError => new UnwedgeError("usage", message);
