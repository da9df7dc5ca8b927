// What a script builds its scenario of: hosts, links, loads, parameters and policies, written down as a document has them.

import type { ScenarioSource } from "#coordinator/scenario/index.ts";
import type { Lines } from "./document.ts";
import {
  type ClientSpec,
  type Machine,
  type MachineSpec,
  machineNamed,
  type Node,
  type SwapServer,
  type SwapServerSpec,
  serverNamed,
  type Traffic,
  trafficNamed,
} from "./nodes.ts";
import { callerLine } from "./origin.ts";
import type { Quantity } from "./units.ts";

type Section<Name extends "nodes" | "links" | "policies"> = NonNullable<ScenarioSource[Name]>;
type TrafficSource = NonNullable<ScenarioSource["traffic"]>[number];
export type LinkSpec = Section<"links">[string];
export type PolicySpec = Section<"policies">[string];
export interface TrafficSpec extends Omit<TrafficSource, "id" | "from" | "to"> {
  readonly from: Node;
  readonly to: Node;
}

export class World {
  readonly #params: Record<string, Quantity> = {};
  readonly #policies: Section<"policies"> = {};
  readonly #nodes: Section<"nodes"> = {};
  readonly #links: Section<"links"> = {};
  readonly #traffic: TrafficSource[] = [];
  readonly #lines: Lines = new Map();

  /** A place for a value that `--set params.NAME` may change; not the value itself. */
  param<T extends Quantity>(name: string, value: T): T;
  param(name: string, value: Quantity): unknown {
    this.#params[name] = value;
    return `\${${name}}`;
  }

  /** A policy of this scenario's own; gives its name. */
  policy(name: string, spec: PolicySpec): string {
    this.#policies[name] = spec;
    this.#wrote(`policies.${name}`);
    return name;
  }

  machine(name: string, spec: MachineSpec): Machine {
    this.#add(name, { role: "machine", ...spec });
    return machineNamed(name);
  }

  client(name: string, spec: ClientSpec = {}): Node {
    this.#add(name, { role: "client", ...spec });
    return { name };
  }

  manager(name: string): Node {
    this.#add(name, { role: "manager" });
    return { name };
  }

  swapServer(name: string, spec: SwapServerSpec = {}): SwapServer {
    this.#add(name, { role: "swap-server", ...spec });
    return serverNamed(name);
  }

  /** How it treats what it carries: of `link(A, C)` both ways, of `path(A, C)` one, of `everyLink` each there is. */
  link(which: Node, spec: LinkSpec): void {
    this.#links[which.name] = spec;
    this.#wrote(`links.${which.name}`);
  }

  traffic(id: string, { from, to, ...spec }: TrafficSpec): Traffic {
    this.#wrote(`traffic.${this.#traffic.length}`);
    this.#traffic.push({ id, from: from.name, to: to.name, ...spec });
    return trafficNamed(from, id);
  }

  /** What has been built, as sections of a document; and which line wrote what. */
  built() {
    return {
      lines: this.#lines,
      sections: {
        params: this.#params,
        policies: this.#policies,
        nodes: this.#nodes,
        links: this.#links,
        traffic: this.#traffic,
      },
    };
  }

  #add(name: string, node: Section<"nodes">[string]): void {
    if (Object.hasOwn(this.#nodes, name)) throw new Error(`a node is called "${name}" already`);
    this.#nodes[name] = node;
    this.#wrote(`nodes.${name}`);
  }

  #wrote(what: string): void {
    this.#lines.set(what, callerLine());
  }
}

/** Every link there is. */
export const everyLink: Node = { name: "*<->*" };
