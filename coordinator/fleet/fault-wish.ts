// A fault that somebody asks for by hand, in the words of scenarios, as one that can be opened. Throws a Problem where the
// cluster that runs has no such thing.

import { parseQuantity } from "#coordinator/scenario/index.ts";
import {
  type ArgSpec,
  type Fault,
  type FaultArgs,
  type FaultTarget,
  faults,
  isFaultName,
  type OpenFault,
} from "#faults/index.ts";
import type { JudgedSample } from "#wire/telemetry/sample.ts";
import { Problem } from "../api/problem.ts";
import type { FaultWish } from "./fleet.ts";

export interface FaultPlace {
  /** Hosts there are, and whether others swap to them. */
  readonly hosts: readonly { readonly name: string; readonly serves: boolean }[];
  /** Loads by name: traffics, and `A/task`. */
  readonly loads: readonly string[];
}

/** What the samples of a run name. */
export function placeOf(samples: readonly JudgedSample[]): FaultPlace {
  return {
    hosts: samples.map(({ host, swapServer }) => ({ name: host, serves: swapServer !== null })),
    loads: samples.flatMap(({ host, traffic, tasks }) => [
      ...traffic.map(({ name }) => name),
      ...tasks.map(({ name }) => `${host}/${name}`),
    ]),
  };
}

export function openFaultOf(wish: FaultWish, id: string, place: FaultPlace): OpenFault {
  const { name } = wish;
  if (!isFaultName(name))
    throw new Problem(422, `${name}: no such fault`, { faults: Object.keys(faults) });
  const fault: Fault = faults[name];
  return { id, name, target: targetOf(wish.target, fault, place), args: argsOf(wish.args, fault) };
}

function targetOf(text: string, fault: Fault, { hosts, loads }: FaultPlace): FaultTarget {
  switch (fault.target) {
    case "link":
      return linkOf(text, hosts);
    case "group":
      return { kind: "group", hosts: text.split(/, */).map((name) => hostOf(name, hosts)) };
    case "swap-server": {
      const servers = hosts.filter(({ serves }) => serves);
      return { kind: "host", host: hostOf(text, servers) };
    }
    case "host":
      return { kind: "host", host: hostOf(text, hosts) };
    case "load":
    case "traffic":
      return loadOf(text, loads);
  }
}

function hostOf(text: string, hosts: FaultPlace["hosts"]): string {
  if (hosts.some(({ name }) => name === text)) return text;
  throw refusal(
    text,
    hosts.map(({ name }) => name),
  );
}

function loadOf(text: string, loads: readonly string[]): FaultTarget {
  if (!loads.includes(text)) throw refusal(text, loads);
  const [machine = "", task] = text.split("/");
  return task === undefined
    ? { kind: "load", machine: null, name: text }
    : { kind: "load", machine, name: task };
}

function linkOf(text: string, hosts: FaultPlace["hosts"]): FaultTarget {
  const [, from = "", arrow, to = ""] = /^([\w.-]+?)(<?->)([\w.-]+)$/.exec(text) ?? [];
  const both = arrow === "<->";
  return { kind: "link", from: hostOf(from, hosts), to: hostOf(to, hosts), both };
}

const refusal = (text: string, known: readonly string[]): Problem =>
  new Problem(422, `${text}: it strikes no such thing; expected one of ${known.join(", ")}`, {
    targets: known,
  });

function argsOf(given: Readonly<Record<string, string>>, fault: Fault): FaultArgs {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(fault.args, name));
  if (unknown !== undefined)
    throw new Problem(422, `${unknown}: no argument of ${fault.name}`, {
      args: Object.keys(fault.args),
    });
  const values = Object.entries(fault.args).map(([name, spec]) => [
    name,
    argOf(name, given[name], spec),
  ]);
  return Object.fromEntries(values);
}

function argOf(name: string, text: string | undefined, spec: ArgSpec): number {
  if (text === undefined) {
    if (spec.default !== null) return spec.default;
    throw new Problem(422, `${name}: has to be said: ${spec.about}`);
  }
  const parsed = parseQuantity(text, spec.dimension);
  if (!parsed.ok) throw new Problem(422, `${name}: ${parsed.message}`);
  return parsed.value.value;
}
