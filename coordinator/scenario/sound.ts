// The parts of a document that are well formed, whatever is wrong elsewhere.
//
// Each node, link, step and check is looked at by itself, so that one mistake does not hide those that can be found behind
// it: an author is told everything at once.

import type { z } from "zod";
import type { LinkSource } from "./build-links.ts";
import type { PolicySource } from "./build-policy.ts";
import { linkSchema, policySchema, type RingSource, ringSchema } from "./schema.ts";
import { checkShape } from "./schema-findings.ts";
import { type NodeSource, nodeSchema } from "./schema-nodes.ts";
import {
  type CheckSource,
  checkSchema,
  type StepSource,
  stepSchema,
  type TrafficSource,
  trafficSchema,
} from "./schema-steps.ts";
import { entriesOf, itemsOf, type Tree } from "./tree.ts";

export interface SoundParts {
  readonly nodes: ReadonlyMap<string, NodeSource>;
  readonly links: ReadonlyMap<string, LinkSource>;
  readonly policies: ReadonlyMap<string, PolicySource>;
  readonly ring: RingSource | null;
  readonly traffic: readonly Indexed<TrafficSource>[];
  readonly steps: readonly Indexed<StepSource>[];
  readonly checks: readonly Indexed<CheckSource>[];
}

export interface Indexed<T> {
  readonly source: T;
  /** Position in the document's list. */
  readonly index: number;
}

export function soundParts(tree: Tree): SoundParts {
  return {
    nodes: soundEntries(nodeSchema, tree["nodes"]),
    links: soundEntries(linkSchema, tree["links"]),
    policies: soundEntries(policySchema, tree["policies"]),
    ring: tree["ring"] === undefined ? null : checkShape(ringSchema, tree["ring"]).value,
    traffic: soundItems(trafficSchema, tree["traffic"]),
    steps: soundItems(stepSchema, tree["timeline"]),
    checks: soundItems(checkSchema, tree["checks"]),
  };
}

function soundEntries<T extends z.ZodType>(schema: T, section: unknown): Map<string, z.output<T>> {
  const sound = new Map<string, z.output<T>>();
  for (const [name, entry] of entriesOf(section)) {
    const { value } = checkShape(schema, entry);
    if (value !== null) sound.set(name, value);
  }
  return sound;
}

function soundItems<T extends z.ZodType>(schema: T, section: unknown): Indexed<z.output<T>>[] {
  return itemsOf(section).flatMap((item, index) => {
    const { value } = checkShape(schema, item);
    return value === null ? [] : [{ source: value, index }];
  });
}
