// A coordinator as a process of its own, with the scenarios of test/fixtures: for tests that kill it. It ends with who forked it.

import { pino } from "pino";
import { pageFolder } from "#cli/page-files.ts";
import { liveEngine, startCoordinator } from "#coordinator/index.ts";

const [, , redisUrl = "", port = "0", runsFolder = "", token = ""] = process.argv;
const log = pino({ level: "warn" }, pino.destination({ fd: 2, sync: true }));
const coordinator = await startCoordinator({
  ...{ redisUrl, host: "127.0.0.1", port: Number(port), token, log },
  ...{ runsFolder, scenariosFolder: "test/fixtures" },
  onDown: () => undefined,
  page: pageFolder,
  engine: liveEngine(log, "cluster"),
});
process.once("disconnect", () => {
  void coordinator.close();
});
process.send?.("ready");
