// /proc/pressure/{cpu,io,memory} of an emulated machine. Linux: psi_show(), kernel/sched/psi.c (6.1).
//
// Not modelled: "full" of the CPU, which Linux prints as zeroes outside cgroups, and so does this.

import type { Machine } from "../machine.ts";
import type { PsiLine, PsiResource } from "../mm/psi.ts";

const NOTHING: PsiLine = { avg10: 0, avg60: 0, avg300: 0, totalUs: 0 };

export const pressure =
  (resource: PsiResource) =>
  ({ memory }: Machine): string => {
    const { some, full } = memory.pressure(resource);
    return `${line("some", some)}${line("full", full ?? NOTHING)}`;
  };

const line = (name: string, { avg10, avg60, avg300, totalUs }: PsiLine): string =>
  `${name} avg10=${percent(avg10)} avg60=${percent(avg60)} avg300=${percent(avg300)} total=${totalUs}\n`;

/** From hundredths of a percent. */
const percent = (hundredths: number): string =>
  `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, "0")}`;
