// docker-compose.yml and docker-stack.yml: what they start is spelled as the command line spells it.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { EXIT } from "#base/error.ts";
import { main } from "#cli/program.ts";
import { matchAgents } from "#coordinator/plane/matching.ts";
import { nodeName } from "#tools/container.mjs";
import { FakeIo } from "../support/fake-io.ts";
import { scenarioOf } from "../support/sockets.ts";

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly profiles?: readonly string[];
  readonly networks?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: object;
  readonly deploy?: { readonly replicas?: number };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
}

const servicesOf = (file: string): Readonly<Record<string, Service>> =>
  parse(readFileSync(file, "utf8"), { merge: true }).services;
const files = ["docker-compose.yml", "docker-stack.yml"] as const;
const compose = servicesOf("docker-compose.yml");

test.each(files)(
  "%s: every command of our image is one, with options that it has",
  async (file) => {
    const own = Object.entries(servicesOf(file)).filter(([, { image }]) =>
      /unwedge\}?$/.test(image),
    );
    expect(own.length).toBeGreaterThan(4);
    for (const [name, { command = [] }] of own) {
      const [verb = "", ...args] = command;
      const io = new FakeIo();
      expect([name, await main(verb === "--help" ? [verb] : [verb, "--help"], io)]).toEqual([
        name,
        EXIT.ok,
      ]);
      for (const flag of args.filter((each) => each.startsWith("--")))
        expect(io.stdout).toContain(` ${flag} `);
    }
  },
);

test.each(files)(
  "%s: Redis keeps what it is told: BullMQ loses jobs where keys are evicted",
  (file) => {
    const { command = [] } = servicesOf(file)["redis"] ?? {};
    expect(command.join(" ")).toContain("--appendonly yes");
    expect(command.join(" ")).toContain("--maxmemory-policy noeviction");
  },
);

test("nothing of the cluster has rights it has no use for, or is reached from another computer", () => {
  // The image of the tests installs and writes.
  const services = Object.entries(compose).filter(([name]) => name !== "test");
  expect(services.length).toBeGreaterThan(6);
  const hardened = Object.entries({
    ["read_only"]: true,
    ["cap_drop"]: ["ALL"],
    ["security_opt"]: ["no-new-privileges:true"],
    init: true,
  });
  for (const [name, service] of services) {
    const has = new Map<string, unknown>(Object.entries(service));
    for (const [key, value] of hardened)
      expect([name, key, has.get(key)]).toEqual([name, key, value]);
    expect((service.volumes ?? []).join(" ")).not.toContain("docker.sock");
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
  }
});

test("with its profile every host of the fail-over has a node of its own name, and without it nothing more starts", () => {
  const { hosts } = scenarioOf("scenarios/failover.yaml", "swap-critical").cluster;
  const isNode = ([, { command }]: [string, Service]): boolean => command?.[0] === "node";
  const nodes = Object.entries(compose).filter(isNode);
  const names = nodes.map(([service]) => nodeName(`unwedge-${service}-1.unwedge_data`) ?? "");
  for (const { name } of hosts) expect(matchAgents([name], names).get(name)).toBe(name);
  const added = nodes.filter(([, { profiles }]) => profiles !== undefined);
  expect(added.map(([service]) => service)).toEqual(["a1", "a2", "c1", "c2", "m"]);
  for (const [, { profiles, networks, healthcheck }] of added) {
    expect([profiles, networks]).toEqual([["failover"], ["data", "control"]]);
    expect(healthcheck).toBeDefined();
  }
  const always = Object.entries(compose).filter(([, { profiles }]) => profiles === undefined);
  expect(always.map(([service]) => service)).toEqual(["redis", "coordinator", "a", "b", "c"]);
});

test("workers are there when the profile is, as many as --scale says, and see Redis but no machine", () => {
  const { worker } = compose;
  expect(worker?.profiles).toEqual(["sweep"]);
  expect(worker?.networks).toEqual(["control"]);
  expect(worker?.environment?.["REDIS_URL"]).toBe("redis://redis:6379");
  // Where nobody asks for the profile, nothing waits for it.
  const others = Object.entries(compose).filter(([name]) => name !== "worker");
  expect(JSON.stringify(others)).not.toContain('"worker"');
  expect(servicesOf("docker-stack.yml")["worker"]?.deploy?.replicas).toBe(0);
});
