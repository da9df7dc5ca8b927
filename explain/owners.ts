// Pages of a machine by owner and by who could free them.

import { pagesOf } from "#base/units.ts";
import type { Scene } from "./scene.ts";

export interface OwnerRow {
  readonly owner: string;
  readonly pages: number;
  /** Who could free them; empty: nobody has to. */
  readonly by: string;
}

/** Who frees clean pages. */
export const RECLAIM = "whoever reclaims";

export function ownersOf(scene: Scene): readonly OwnerRow[] {
  const { machine, counts } = scene;
  const { frames, pages } = machine.memory.parts;
  const queued = scene.parties.flatMap(({ id, name, holds }) =>
    id.includes("/queue:")
      ? [row(name, holds[0]?.units ?? 0, `threads of ${name.slice("packets for ".length)}`)]
      : [],
  );
  const sending = machine.net
    .socks()
    .reduce((sum, sock) => sum + machine.net.view(sock).sendTruesizeBytes, 0);
  const { cleanPages, writebackPages, freePages } = counts;
  const used = frames.pagesOf("anon") + frames.pagesOf("file");
  const rows = [
    row("free", freePages, ""),
    row("clean pages of programs and files", cleanPages, RECLAIM),
    row("pages being written", writebackPages, "answers of the swap server"),
    row("pages of programs", used - cleanPages - writebackPages, "reclaim, by writing them"),
    ...queued,
    row("bytes to be sent or acknowledged", pagesOf(sending), "ACKs"),
  ].filter((each) => each.pages > 0);
  const rest = pages.managedPages - rows.reduce((sum, each) => sum + each.pages, 0);
  return [...rows, row("ring, slabs, page tables and the rest", Math.max(0, rest), "the kernel")];
}

const row = (owner: string, pages: number, by: string): OwnerRow => ({ owner, pages, by });
