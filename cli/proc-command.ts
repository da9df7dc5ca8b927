// `unwedge proc` and `unwedge dmesg`: an emulated machine as a real one's files under /proc would show it. That nothing of
// it is of a real kernel is said on stderr, so that what comes on stdout can be read by what reads the real thing.

import { EXIT, UnwedgeError } from "#base/error.ts";
import {
  dmesg,
  isProcName,
  type Machine,
  type ProcName,
  procText,
  procViews,
} from "#kernel/index.ts";
import { instantOf, openBundle } from "./bundle-read.ts";
import { timeText } from "./figures.ts";
import type { Io } from "./io.ts";
import { countOf } from "./options.ts";
import { runAt } from "./run-at.ts";

interface MachineChoice {
  readonly node: string;
  readonly bundle: string | null;
  readonly at: string | null;
}

export function procCommand(
  { view, ...choice }: MachineChoice & { readonly view: string },
  io: Io,
): Promise<number> {
  const name = viewOf(view);
  return shown(choice, (machine) => procText(machine, name), io);
}

export function dmesgCommand(
  { hungTaskTimeout, ...choice }: MachineChoice & { readonly hungTaskTimeout: string | null },
  io: Io,
): Promise<number> {
  const hungTaskTimeoutS = countOf("--hung-task-timeout", hungTaskTimeout ?? undefined, 0) ?? 120;
  return shown(choice, (machine, nowNs) => dmesg(machine, { nowNs, hungTaskTimeoutS }), io);
}

function viewOf(view: string): ProcName | "pressure" {
  if (view === "pressure" || isProcName(view)) return view;
  const known = [...Object.keys(procViews), "pressure"].join(", ");
  throw new UnwedgeError("usage", `${view}: no such view; there are ${known}`);
}

async function shown(
  { node, bundle: path, at }: MachineChoice,
  print: (machine: Machine, nowNs: number) => string,
  io: Io,
): Promise<number> {
  if (path === null) throw new UnwedgeError("usage", "--bundle FILE says of which run");
  const bundle = openBundle(path, io);
  const atNs = at === null ? bundle.head.simNs : instantOf("--at", at, bundle.head);
  const run = await runAt(bundle, atNs, io);
  if (run === null) return EXIT.interrupted;
  const { machines, nowNs } = run.world;
  const machine = machines.find(({ spec }) => spec.name === node);
  if (machine === undefined) {
    const names = machines.map(({ spec }) => spec.name).join(", ");
    throw new UnwedgeError("usage", `${node}: no such machine; there are ${names}`);
  }
  io.err(`emulated by Unwedge: machine ${node} at ${timeText(nowNs)}\n`);
  io.out(print(machine, nowNs));
  return EXIT.ok;
}
