// Stretches of a film during which something held: phases of the timeline, and faults that were open.

import type { Frame } from "./film.ts";

export interface Band {
  readonly kind: "phase" | "fault";
  readonly name: string;
  readonly fromNs: number;
  /** The last frame it was seen in, or the frame that saw it gone. */
  readonly toNs: number;
}

export function bandsOf(frames: readonly Frame[]): readonly Band[] {
  const closed: Band[] = [];
  const open = new Map<string, Band>();
  for (const frame of frames) {
    const seen = new Map(namesOf(frame).map((band) => [`${band.kind} ${band.name}`, band]));
    for (const [key, band] of open) {
      open.set(key, { ...band, toNs: frame.atNs });
      if (seen.has(key)) continue;
      closed.push({ ...band, toNs: frame.atNs });
      open.delete(key);
    }
    for (const [key, { kind, name }] of seen)
      if (!open.has(key)) open.set(key, { kind, name, fromNs: frame.atNs, toNs: frame.atNs });
  }
  return [...closed, ...open.values()].sort((a, b) => a.fromNs - b.fromNs);
}

function namesOf({ phase, stage, faults }: Frame): readonly Pick<Band, "kind" | "name">[] {
  // While it is judged nothing is planned any more, whatever the last phase was called.
  const now = stage === "running" ? phase : "judging";
  return [
    ...(now === null ? [] : [{ kind: "phase", name: now } as const]),
    ...faults.map(({ name, target }) => ({ kind: "fault", name: `${name} on ${target}` }) as const),
  ];
}

/** The same for two frames between which no phase, no stage and no fault began or ended. */
export const turnOf = ({
  phase,
  stage,
  faults,
}: Pick<Frame, "phase" | "stage" | "faults">): string =>
  [phase, stage, ...faults.map(({ id }) => id)].join(" ");
