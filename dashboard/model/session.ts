// What a person has asked for on the page: a scenario, a variant, a seed, and changes. A session is a scenario: each change
// is a setting that the command line understands too, so whatever is seen can be repeated, kept and undone.

import { runWords } from "./orders.ts";

export interface Session {
  readonly scenario: string;
  readonly variant: string | null;
  readonly seed: number;
  readonly policy: string | null;
  readonly settings: readonly string[];
}

/** A fault from the page: a step of the timeline, as a setting. */
export interface FaultOrder {
  readonly name: string;
  readonly target: string;
  readonly atNs: number;
  readonly forNs: number;
  /** `latency=200 ms`, as the fault's table wants it. */
  readonly args: readonly (readonly [name: string, value: string])[];
}

export const withFault = (session: Session, order: FaultOrder): Session =>
  withSetting(session, stepOf(order, `page-${session.settings.length + 1}`));

/** A fault as one more step of the timeline. */
export function stepOf(order: FaultOrder, id: string): string {
  const args =
    order.args.length === 0
      ? ""
      : `, with: { ${order.args.map(([name, value]) => `${name}: ${value}`).join(", ")} }`;
  return `timeline.+={ id: ${id}, at: ${msText(order.atNs)}, fault: ${order.name}, on: "${order.target}", for: ${msText(order.forNs)}${args} }`;
}

export const withSetting = (session: Session, setting: string): Session => ({
  ...session,
  settings: [...session.settings, setting],
});

/** Without the last change; the policy is one. */
export function undone(session: Session): Session {
  if (session.settings.length > 0) return { ...session, settings: session.settings.slice(0, -1) };
  return { ...session, policy: null };
}

export const isChanged = ({ settings, policy }: Session): boolean =>
  settings.length > 0 || policy !== null;

const msText = (ns: number): string => `${Math.round(ns / 1e6)} ms`;

/** What repeats a session on a command line. */
export const commandOf = ({ settings, ...session }: Session): string =>
  runWords({ ...session, set: settings }).join(" ");

/** A setting as the lines of a scenario that it stands for; `+` is one more entry of a list. */
export function yamlOf(setting: string): string {
  const at = setting.indexOf("=");
  const path = setting.slice(0, at).split(".");
  const value = setting.slice(at + 1);
  const keys = path.map((key, depth) => `${"  ".repeat(depth)}${key === "+" ? "-" : `${key}:`}`);
  return `${keys.join("\n")} ${value}`;
}
