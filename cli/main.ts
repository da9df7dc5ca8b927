// The `unwedge` command.

import { hostIo } from "./host.ts";
import { main } from "./program.ts";

process.exitCode = await main(process.argv.slice(2), hostIo());
