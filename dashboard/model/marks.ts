// How a machine's free pages stand against its marks.

import type { MachineShot } from "#sim/index.ts";

/** Only those with a right to the reserve are served: __zone_watermark_ok() wants more than the mark. */
export const isDownToMin = ({ pages, marks }: Pick<MachineShot, "pages" | "marks">): boolean =>
  pages.free <= marks.minPages;
