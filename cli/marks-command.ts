// `unwedge marks`: reads the flags of marks.ts, which does the arithmetic.

import { UnwedgeError } from "#base/error.ts";
import { parseQuantity } from "#coordinator/scenario/index.ts";
import { defaultKernelBytes } from "#kernel/index.ts";
import type { Io } from "./io.ts";
import { type CommandResult, eraOfVersion, marksCommand, vectorsCommand } from "./marks.ts";

export interface MarksFlags {
  readonly ram: string;
  /** A version, as 6.1 or 2.6.23. */
  readonly kernel: string;
  /** What the kernel keeps for itself; null: what Debian's does. */
  readonly kernelMemory: string | null;
  /** null: the formula. */
  readonly minFree: string | null;
  readonly thp: boolean;
  readonly watermarkScaleFactor: string;
  /** A file of readings to be checked instead. */
  readonly vectors: string | null;
  readonly json: boolean;
}

export function marks(flags: MarksFlags, io: Io): number {
  const result = flags.vectors === null ? computed(flags) : checked(flags.vectors, flags, io);
  if (result.exitCode === 65) throw new UnwedgeError("invalidScenario", result.text.trimEnd());
  io.out(result.text);
  return result.exitCode;
}

function computed(flags: MarksFlags): CommandResult {
  const ramBytes = sizeOf("--ram", flags.ram);
  const era = eraOfVersion(flags.kernel);
  if (era === null)
    throw new UnwedgeError("usage", `--kernel ${flags.kernel}: expected a version such as 6.1`);
  const minFreeBytes = flags.minFree === null ? null : sizeOf("--min-free", flags.minFree);
  return marksCommand({
    ramBytes,
    kernelBytes:
      flags.kernelMemory === null
        ? defaultKernelBytes(ramBytes)
        : sizeOf("--kernel-memory", flags.kernelMemory),
    era,
    thp: flags.thp,
    minFreeKiB: minFreeBytes === null ? null : Math.floor(minFreeBytes / 1024),
    watermarkScaleFactor: countOf("--watermark-scale-factor", flags.watermarkScaleFactor),
    json: flags.json,
  });
}

function checked(path: string, { json }: MarksFlags, io: Io): CommandResult {
  const content = io.read(path);
  if (content === null) throw new UnwedgeError("usage", `--vectors ${path}: no such file`);
  return vectorsCommand(content, { json });
}

function sizeOf(flag: string, text: string): number {
  const parsed = parseQuantity(text, "size");
  if (!parsed.ok) throw new UnwedgeError("usage", `${flag}: ${parsed.message}`);
  if (parsed.value.ofRam) throw new UnwedgeError("usage", `${flag} ${text}: relative to what?`);
  return parsed.value.value;
}

function countOf(flag: string, text: string): number {
  if (!/^\d+$/.test(text))
    throw new UnwedgeError("usage", `${flag} ${text}: expected a whole number`);
  return Number(text);
}
