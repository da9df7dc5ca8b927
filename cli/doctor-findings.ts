// What `unwedge doctor` makes of a host: what is missing, what will be slow, and what to do about it. Facts in, sentences out.

import { EXIT } from "#base/error.ts";

export interface HostFacts {
  /** As process.versions has it. */
  readonly node: string;
  readonly cores: number;
  /** Runnable processes, over the last minute. */
  readonly load: number;
  /** How late a timer was at worst, in ms. */
  readonly lateMs: number;
  readonly redis:
    | { readonly kind: "given"; readonly complaint: string | null }
    | { readonly kind: "given-away" }
    | { readonly kind: "server"; readonly path: string }
    | { readonly kind: "none" };
  /** Addresses that machines would be at and that cannot be listened on. */
  readonly addressesMissing: readonly string[];
  readonly url: string;
  /** Who is at the usual port. */
  readonly port: "free" | "coordinator" | "taken";
  /** What each said of its version; null: it is not there, or does not run. */
  readonly docker: string | null;
  readonly compose: string | null;
}

export interface Finding {
  readonly about: string;
  /** warn: it works, worse. fail: it does not. */
  readonly level: "ok" | "warn" | "fail";
  readonly says: string;
  /** What to do; null: nothing. */
  readonly fix: string | null;
}

/** The oldest that runs it. */
const NODE_LEAST = [20, 19] as const;
/** Processes that a cluster of three has at work at once. */
const CORES_WISHED = 4;
/** A machine that is later makes a run begin again, slower. */
const LATE_MS_MAX = 20;

export function findingsOf(facts: HostFacts): Finding[] {
  return [
    nodeFinding(facts),
    coresFinding(facts),
    clockFinding(facts),
    redisFinding(facts),
    addressFinding(facts),
    portFinding(facts),
    dockerFinding(facts),
  ];
}

/** Whether it can be used here at all. */
export const doctorExit = (findings: readonly Finding[]): number =>
  findings.some(({ level }) => level === "fail") ? EXIT.skipped : EXIT.ok;

export function findingText({ about, level, says, fix }: Finding): string {
  const line = `${level.padEnd(4)}  ${about.padEnd(9)}  ${says}`;
  return fix === null ? `${line}\n` : `${line}\n${" ".repeat(17)}→ ${fix}\n`;
}

function nodeFinding({ node }: HostFacts): Finding {
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const [most, least] = NODE_LEAST;
  const isEnough = major > most || (major === most && minor >= least);
  return finding("node", isEnough ? "ok" : "fail", node, `install Node ${most}.${least} or newer`);
}

function coresFinding({ cores, load }: HostFacts): Finding {
  const says = `${cores}, load ${load.toFixed(1)}`;
  const isEnough = cores >= CORES_WISHED && load < cores;
  const fix = "runs begin again, slower, until they keep up; --slowdown 8 says so at once";
  return finding("cores", isEnough ? "ok" : "warn", says, fix);
}

function clockFinding({ lateMs }: HostFacts): Finding {
  const says = `timers are up to ${lateMs.toFixed(1)} ms late`;
  const fix = "something keeps this host busy: a machine that is late makes a run begin again";
  return finding("clock", lateMs <= LATE_MS_MAX ? "ok" : "warn", says, fix);
}

function redisFinding({ redis }: HostFacts): Finding {
  switch (redis.kind) {
    case "given":
      return redis.complaint === null
        ? finding("redis", "ok", "REDIS_URL answers")
        : finding("redis", "fail", redis.complaint, "CONFIG SET maxmemory-policy noeviction");
    case "given-away":
      return finding("redis", "fail", "REDIS_URL does not answer", "start it, or unset REDIS_URL");
    case "server":
      return finding("redis", "ok", redis.path);
    case "none":
      return finding(
        "redis",
        "warn",
        "none: the one in JavaScript is used, which is slow",
        "apt install redis-server, or set REDIS_URL",
      );
  }
}

function addressFinding({ addressesMissing: [first, ...others] }: HostFacts): Finding {
  if (first === undefined) return finding("addresses", "ok", "each machine has one of 127.0.0.0/8");
  const says = `${[first, ...others].join(", ")}: nobody can listen there`;
  return finding("addresses", "fail", says, `sudo ifconfig lo0 alias ${first} up (and the others)`);
}

function portFinding({ port, url }: HostFacts): Finding {
  switch (port) {
    case "free":
      return finding("port", "ok", `${url} is free`);
    case "coordinator":
      return finding("port", "ok", `${url}: a coordinator is up`);
    case "taken":
      return finding("port", "warn", `${url}: somebody else is there`, "unwedge up takes another");
  }
}

function dockerFinding({ docker, compose }: HostFacts): Finding {
  const fix = "only docker compose up needs it; unwedge up does not";
  if (docker === null) return finding("docker", "warn", "no engine runs", fix);
  if (compose === null) return finding("docker", "warn", `${docker}, without compose`, fix);
  return finding("docker", "ok", `${docker}, compose ${compose}`);
}

/** What is well needs no remedy. */
const finding = (
  about: string,
  level: Finding["level"],
  says: string,
  fix: string | null = null,
): Finding => ({ about, level, says, fix: level === "ok" ? null : fix });
