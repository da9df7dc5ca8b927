// The `unwedge` command: one file per command, gathered here.

import { Command } from "commander";
import packageJson from "../package.json" with { type: "json" };

new Command("unwedge").description(packageJson.description).version(packageJson.version).parse();
