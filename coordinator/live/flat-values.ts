// A sample as flat numbers by name, for tables, metrics and pages: `mem.free`, `svc.requests`, `flood.answered`, `C.queue`.

import type { JudgedSample } from "#wire/telemetry/sample.ts";

export function flatValues({
  values,
  tasks,
  traffic,
  swapServer,
}: JudgedSample): Record<string, number> {
  const flat: Record<string, number> = { ...values };
  for (const { name, values: own } of [...tasks, ...traffic])
    for (const [metric, value] of Object.entries(own)) flat[`${name}.${metric}`] = value;
  if (swapServer !== null) {
    const { queue, requests, answered } = swapServer;
    Object.assign(flat, {
      "store.queue": queue,
      "store.requests": requests,
      "store.answered": answered,
    });
  }
  return flat;
}
