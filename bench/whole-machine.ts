// A process of its own that makes whole machines of 2 GiB and prints what each cost, as JSON.
//
// `node bench/whole-machine.ts COUNT`, started by machine-memory.ts.

import { MIB } from "#base/units.ts";
import { Machine } from "../kernel/machine.ts";
import { presets } from "../kernel/policy/presets/index.ts";
import { machineSpec } from "../kernel/spec-defaults.ts";
import { footprintsOf } from "./footprint.ts";

const spec = machineSpec("a", presets["mainline-6.1"], { ramBytes: 2048 * MIB });

function newMachine(): Machine {
  return new Machine(spec, {
    seed: 1,
    links: [],
    foreign: new Set(),
    exports: [],
    arrivalsOf: () => {
      throw new Error("assertion failed: a machine without load has no arrivals");
    },
  });
}

process.stdout.write(JSON.stringify(footprintsOf(newMachine, Number(process.argv[2]))));
