// From the `run` section of a machine to the specs of its tasks.

import { PAGE_BYTES } from "#base/units.ts";
import type {
  AgentTask,
  AnonTask,
  FileReaderTask,
  MpiTask,
  ServiceTask,
  TaskSpec,
} from "#kernel/index.ts";
import { AGENT_DEFAULTS } from "#kernel/index.ts";
import { amountOf, durationNs, type Findings, type Sizes } from "./build-context.ts";
import type { Path } from "./diagnostic.ts";
import type { TaskSource } from "./schema-nodes.ts";

export interface TaskContext {
  readonly findings: Findings;
  readonly sizes: Sizes;
  readonly path: Path;
  readonly cpus: number;
  readonly servers: readonly string[];
  readonly managers: readonly string[];
}

export function buildTasks(
  sources: Readonly<Record<string, TaskSource>>,
  context: TaskContext,
): TaskSpec[] {
  const tasks = Object.entries(sources).map(([name, source]) =>
    buildTask(name, source, { ...context, path: [...context.path, name] }),
  );
  checkPorts(tasks, context);
  return tasks;
}

function buildTask(name: string, source: TaskSource, context: TaskContext): TaskSpec {
  switch (source.kind) {
    case "anon":
      return anonTask(name, source, context);
    case "service":
      return serviceTask(name, source, context);
    case "file-reader":
      return { ...fileTask(name, source, context), kind: "file-reader" };
    case "file-writer":
      return { ...fileTask(name, source, context), kind: "file-writer" };
    case "mpi":
      return mpiTask(name, source, context);
    case "agent":
      return agentTask(name, source, context);
  }
}

type Source<K extends TaskSource["kind"]> = Extract<TaskSource, { kind: K }>;

function anonTask(name: string, source: Source<"anon">, context: TaskContext): AnonTask {
  const count = instances(source.count, context.cpus);
  return {
    ...named(name, source),
    kind: "anon",
    count,
    sizeBytes: shared(source.size, count, context),
    pattern: source.pattern ?? "linear",
    populate: source.populate ?? "write",
    access: source.access ?? "read",
    touchPerSec: amountOf(source.touch, "rate"),
    loops: source.loops ?? null,
  };
}

function serviceTask(name: string, source: Source<"service">, context: TaskContext): ServiceTask {
  const { sizes, path, findings } = context;
  const perRequest = source.perRequest ?? {};
  const workingSetBytes = sizes.bytes(source.workingSet, [...path, "workingSet"]) ?? 0;
  const touchPages = sizes.pages(perRequest.touch, [...path, "perRequest", "touch"]) ?? 1;
  if (touchPages * PAGE_BYTES > workingSetBytes)
    findings.add(
      [...path, "perRequest", "touch"],
      `${touchPages} pages are more than the working set has`,
    );
  if (source.protocol === "udp" && source.reads === false)
    findings.add([...path, "reads"], "means nothing for udp, which drops what nobody reads");
  if (source.port > 65_535) findings.add([...path, "port"], `${source.port} is no port`);
  return {
    ...named(name, source),
    kind: "service",
    port: source.port,
    protocol: source.protocol ?? "http",
    workingSetBytes,
    workers: source.workers ?? 1,
    reads: source.reads ?? true,
    isCritical: source.critical === true,
    perRequest: {
      touchPages,
      cpuNs: durationNs(perRequest.cpu) ?? 0,
      responseBytes: amountOf(perRequest.response, "size") ?? 0,
    },
  };
}

type FileSource = Source<"file-reader"> | Source<"file-writer">;

function fileTask(
  name: string,
  source: FileSource,
  context: TaskContext,
): Omit<FileReaderTask, "kind"> {
  const count = instances(source.count, context.cpus);
  const { server } = source;
  if (server !== undefined && !context.servers.includes(server))
    context.findings.unknown([...context.path, "server"], "swap server", server, context.servers);
  return {
    ...named(name, source),
    count,
    sizeBytes: shared(source.size, count, context),
    pattern: source.pattern ?? "linear",
    touchPerSec: amountOf(source.touch, "rate"),
    loops: source.loops ?? null,
    server: server ?? null,
  };
}

function mpiTask(name: string, source: Source<"mpi">, context: TaskContext): MpiTask {
  const { sizes, path } = context;
  return {
    ...named(name, source),
    kind: "mpi",
    ranks: source.ranks,
    sizeBytes: shared(source.size, source.ranks, context),
    perStep: {
      touchPages: sizes.pages(source.perStep.touch, [...path, "perStep", "touch"]) ?? 1,
      cpuNs: durationNs(source.perStep.cpu) ?? 0,
    },
    steps: source.steps ?? null,
  };
}

function agentTask(name: string, source: Source<"agent">, context: TaskContext): AgentTask {
  const { findings, path, managers, sizes } = context;
  if (!managers.includes(source.manager))
    findings.unknown([...path, "manager"], "manager", source.manager, managers);
  const { manager, critical = false, locked = true } = source;
  return {
    ...{ name, startNs: 0, locked },
    kind: "agent",
    manager,
    isCritical: critical,
    slowAfterNs: durationNs(source.slowAfter) ?? AGENT_DEFAULTS.slowAfterNs,
    memoryBytes: sizes.bytes(source.memory, [...path, "memory"]) ?? AGENT_DEFAULTS.memoryBytes,
    confirms: source.confirms ?? AGENT_DEFAULTS.confirms,
  };
}

function named(
  name: string,
  source: Exclude<TaskSource, { kind: "agent" }>,
): { name: string; startNs: number | null; locked: boolean } {
  const startNs = source.start === "manual" ? null : (durationNs(source.start) ?? 0);
  return { name, startNs, locked: source.locked ?? false };
}

/** A size that instances share: at least a page for each of them. */
function shared(text: string, count: number, { sizes, path, findings }: TaskContext): number {
  const bytes = sizes.bytes(text, [...path, "size"]) ?? 0;
  if (bytes < count * PAGE_BYTES)
    findings.add([...path, "size"], `${text} is less than a page for each of ${count}`);
  return bytes;
}

function instances(source: string | number | undefined, cpus: number): number {
  if (typeof source === "string") return Number.parseInt(source, 10) * cpus;
  return source ?? 1;
}

function checkPorts(tasks: readonly TaskSpec[], { findings, path }: TaskContext): void {
  const taken = new Map<number, string>();
  for (const task of tasks) {
    if (task.kind !== "service") continue;
    const other = taken.get(task.port);
    if (other !== undefined)
      findings.add([...path, task.name, "port"], `port ${task.port} is ${other}'s already`);
    taken.set(task.port, other ?? task.name);
  }
}
