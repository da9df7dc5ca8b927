// Every host is a machine with a memory manager of its own; those that are not the subject have more memory than they need.

import { MIB } from "#base/units.ts";
import { presets } from "./policy/presets/index.ts";
import type { HostSpec, MachineSpec } from "./spec.ts";
import { machineSpec } from "./spec-defaults.ts";

/** RAM of a client, a swap server or a manager: socket buffers for thousands of connections, and no swap. */
const HELPER_RAM_BYTES = 512 * MIB;

/** The host as a machine. */
export function asMachine(host: HostSpec): MachineSpec {
  switch (host.role) {
    case "machine":
      return host;
    case "client":
      return { ...helper(host.name), traffic: host.traffic };
    case "swap-server":
    case "manager":
      return helper(host.name);
  }
}

function helper(name: string): MachineSpec {
  const spec = machineSpec(name, presets["mainline-6.1"], { ramBytes: HELPER_RAM_BYTES });
  return { ...spec, cpus: 2 };
}
