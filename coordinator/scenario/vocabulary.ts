// What can be talked about in one scenario: its hosts, their tasks and traffic, and every metric path over them.
//
// Read leniently from values that may still be wrong, so that a mistake in one place does not hide or invent mistakes
// elsewhere: a host that is half wrong is still a host that others may name.

import type { Subject } from "./metrics.ts";
import { METRICS, type Metric, type Unit } from "./metrics.ts";
import { nearest } from "./nearest.ts";
import { entriesOf, isRecord, itemsOf, type Tree, textOf } from "./tree.ts";

export interface Host {
  readonly name: string;
  readonly role: string;
  /** Of its tasks. */
  readonly tasks: readonly { readonly name: string; readonly isService: boolean }[];
  /** Ids of the traffic it sends. */
  readonly traffic: readonly string[];
  /** Whether it is in the ring. */
  readonly isMember: boolean;
  /** Whether others may swap to it. */
  readonly serves: boolean;
  /** Swap servers it uses, each once. */
  readonly servers: readonly string[];
}

/** A metric of one subject, as an engine is asked for it. */
export interface CompiledPath {
  /** From 0, dense over a scenario: engines may keep a table. */
  readonly index: number;
  /** As it is written. */
  readonly text: string;
  readonly host: string;
  /** Task or traffic; null when the host itself is asked. */
  readonly part: string | null;
  /** `swap[C]`: only what concerns this server. */
  readonly server: string | null;
  /** Name of a row of METRICS. */
  readonly metric: string;
  readonly of: Subject;
  readonly unit: Unit;
  readonly kind: Metric["kind"];
}

export type PathDraft = Omit<CompiledPath, "index">;

export interface Vocabulary {
  readonly hosts: readonly Host[];
  /** Every metric path there is, by its text. */
  readonly paths: ReadonlyMap<string, PathDraft>;
}

export function vocabularyOf(tree: Tree): Vocabulary {
  const hosts = entriesOf(tree["nodes"]).map(([name, node]) => hostOf(tree, name, node));
  const drafts = hosts.flatMap(pathsOf);
  return { hosts, paths: new Map(drafts.map((draft) => [draft.text, draft])) };
}

function hostOf(tree: Tree, name: string, node: unknown): Host {
  const parts = isRecord(node) ? node : {};
  const servers = itemsOf(parts["swap"]).map((entry) => textOf(entry, "server") ?? "");
  const role = textOf(node, "role") ?? "";
  return {
    name,
    role,
    serves: role === "swap-server" || (role === "machine" && isRecord(parts["serve"])),
    tasks: entriesOf(parts["run"]).map(([task, spec]) => ({
      name: task,
      isService: textOf(spec, "kind") === "service",
    })),
    traffic: itemsOf(tree["traffic"])
      .filter((entry) => textOf(entry, "from") === name)
      .map((entry) => textOf(entry, "id") ?? ""),
    isMember: itemsOf(isRecord(tree["ring"]) ? tree["ring"]["members"] : null).includes(name),
    servers: [...new Set(servers.filter((server) => server !== ""))],
  };
}

function pathsOf(host: Host): PathDraft[] {
  const subjects: { of: Subject; part: string | null }[] = [
    ...(host.role === "machine" ? [{ of: "machine" as const, part: null }] : []),
    ...(host.role === "manager" ? [{ of: "manager" as const, part: null }] : []),
    ...(host.serves ? [{ of: "swap-server" as const, part: null }] : []),
    ...(host.isMember ? [{ of: "member" as const, part: null }] : []),
    ...host.tasks.map(({ name, isService }) => ({
      of: isService ? ("service" as const) : ("task" as const),
      part: name,
    })),
    ...host.traffic.map((part) => ({ of: "traffic" as const, part })),
  ];
  return subjects.flatMap(({ of, part }) =>
    METRICS.filter((metric) => metric.of === of).flatMap((metric) => draftsOf(host, part, metric)),
  );
}

function draftsOf(host: Host, part: string | null, metric: Metric): PathDraft[] {
  const owner = part === null ? host.name : `${host.name}/${part}`;
  const draft = (text: string, server: string | null): PathDraft => ({
    text: `${owner}.${text}`,
    host: host.name,
    part,
    server,
    metric: metric.name,
    of: metric.of,
    unit: metric.unit,
    kind: metric.kind,
  });
  const [first = "", ...rest] = metric.name.split(".");
  const indexed = metric.perServer ? host.servers : [];
  return [
    draft(metric.name, null),
    ...indexed.map((server) => draft([`${first}[${server}]`, ...rest].join("."), server)),
  ];
}

/** The nearest path to a text that is none. */
export function nearestPath(vocabulary: Vocabulary, text: string): string | null {
  const owner = text.slice(0, text.indexOf("."));
  const own = [...vocabulary.paths.keys()].filter((path) => path.startsWith(`${owner}.`));
  return nearest(text, own.length > 0 ? own : vocabulary.paths.keys());
}
