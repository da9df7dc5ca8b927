// The hosts of a script, their tasks and loads: names to build with, and metrics to claim something about.

import type { MetricUnits, ScenarioSource } from "#coordinator/scenario/index.ts";
import { type Below, type CellsOf, withCells } from "./claim.ts";

type NodeSource = ScenarioSource["nodes"][string];
type SourceOf<Role extends NodeSource["role"]> = Omit<Extract<NodeSource, { role: Role }>, "role">;

export type MachineSpec = SourceOf<"machine">;
export type ClientSpec = SourceOf<"client">;
export type SwapServerSpec = SourceOf<"swap-server">;

/** What a fault can strike and a link can join. */
export interface Node {
  readonly name: string;
}

export interface Machine extends Node, CellsOf<"machine"> {
  task(name: string): Task;
  service(name: string): Service;
  /** What concerns one of its swap servers. */
  swapOn(server: Node): CellsOf<"machine">["swap"];
}
export interface Task extends Node, CellsOf<"task"> {}
export interface Service extends Node, CellsOf<"service"> {}
export interface Traffic extends Node, CellsOf<"traffic"> {}
export interface SwapServer extends Node, CellsOf<"swap-server"> {}

export function machineNamed(name: string): Machine {
  const own = {
    name,
    task: (task: string): Task => part<"task">(`${name}/${task}`),
    service: (service: string): Service => part<"service">(`${name}/${service}`),
    swapOn: (server: Node): CellsOf<"machine">["swap"] =>
      withCells<object, Below<MetricUnits["machine"], "swap">>({}, `${name}.swap[${server.name}]`),
  };
  return withCells<typeof own, MetricUnits["machine"]>(own, name);
}

/** A subject that has nothing but a name. */
const part = <Subject extends keyof MetricUnits>(name: string): Node & CellsOf<Subject> =>
  withCells<Node, MetricUnits[Subject]>({ name }, name);

export const serverNamed = (name: string): SwapServer => part<"swap-server">(name);

/** A traffic is struck by its id, and asked by the node that sends it. */
export const trafficNamed = (from: Node, id: string): Traffic =>
  withCells<Node, MetricUnits["traffic"]>({ name: id }, `${from.name}/${id}`);
