// The ladder of docs/exercises.md, read off scenarios/exercises/ladder.yaml and the scenarios it is made of.

import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { readLadder } from "../coordinator/scenario/index.ts";

const LADDER = "scenarios/exercises/ladder.yaml";

export function exercises() {
  const read = readLadder(readFileSync(LADDER, "utf8"), LADDER);
  if (!read.ok) throw new Error(`${LADDER} has mistakes`);
  const rows = read.exercises.map(({ id, title, learn, scenario, change }, i) => {
    const { refs } = parse(readFileSync(`scenarios/${scenario}.yaml`, "utf8"));
    const paths = change.map((path) => `\`${path}\``).join(", ");
    return `| ${i + 1} | \`${id}\`: ${title} | ${learn} | ${paths} | [\`${scenario}\`](../scenarios/${scenario}.yaml): ${refs[0]} |`;
  });
  return [
    "| | exercise | what it teaches | what may be changed | made of |",
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}
