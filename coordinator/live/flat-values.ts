// A sample as flat numbers by name, for tables, metrics and pages: `mem.free`, `svc.requests`, `flood.answered`, `C.queue`.

import type { JudgedSample } from "#wire/telemetry/sample.ts";

export function flatValues({
  values,
  tasks,
  traffic,
  swapServer,
}: JudgedSample): Record<string, number> {
  // Built up: to add ten names to a copy of fifty takes V8 twenty times as long.
  const flat: Record<string, number> = {};
  for (const [metric, value] of Object.entries(values)) flat[metric] = value;
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
