// A process of its own that takes one sample of a workload and prints it as JSON.
//
// `node bench/one-sample.ts NAME OPS`. What V8 inlines is decided anew in each process and may differ by a third in speed:
// that belongs into the spread, and no workload is to find code that another has specialised.

import { sampleOf } from "./sample.ts";
import { workloads } from "./workloads/index.ts";

const [name, ops] = process.argv.slice(2);
const workload = workloads.find((each) => each.name === name);
if (workload === undefined) throw new Error(`there is no workload ${name}`);
// Once unmeasured: the first pass runs in the interpreter for a while.
sampleOf(workload, Number(ops));
process.stdout.write(JSON.stringify(sampleOf(workload, Number(ops))));
