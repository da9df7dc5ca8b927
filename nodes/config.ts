// What the environment says to a node: the one place that reads it.

export interface NodeConfig {
  readonly logLevel: string;
}

const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"];

export function readConfig(env: Readonly<Record<string, string | undefined>>): NodeConfig {
  const level = env["UNWEDGE_LOG"] ?? "warn";
  return { logLevel: LEVELS.includes(level) ? level : "warn" };
}
