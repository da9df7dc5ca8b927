// What was done to a run by hand, out of its events.

import { z } from "zod";
import type { HandOrder } from "#coordinator/scenario/index.ts";
import type { RunEvent } from "./record.ts";

const Heal = z.object({ fault: z.string(), atNs: z.number() });
const Open = Heal.extend({
  name: z.string(),
  target: z.string(),
  args: z.record(z.string(), z.string()),
});

/** A run that was begun again, slower, is the run from there on. */
export function handOrdersOf(events: readonly RunEvent[]): readonly HandOrder[] {
  const begun = events.findLastIndex(({ type }) => type === "again");
  return events.slice(begun + 1).flatMap(orderOf);
}

/** What heals with all others, when the run is judged, heals at no instant that somebody chose. */
function orderOf(event: RunEvent): readonly HandOrder[] {
  if (event.type === "fault") {
    const { data } = Open.safeParse(event);
    return data === undefined ? [] : [{ type: "open", ...data }];
  }
  const { data } = Heal.safeParse(event.type === "healed" ? event : null);
  return data === undefined ? [] : [{ type: "heal", ...data }];
}
