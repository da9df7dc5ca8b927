// Runs on disk: one folder, one file a run and one for its events. This is the record; Redis has an index of it.
//
// A file is written whole or not at all. Events are appended, a line each; a line that a crash cut short is left out when
// the file is read.

import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type RunEvent, RunRecord } from "./record.ts";

const RECORD = ".run.json";
const EVENTS = ".events.ndjson";

export class RunFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    mkdirSync(path, { recursive: true });
  }

  write(record: RunRecord): void {
    const path = join(this.path, record.id + RECORD);
    const partial = `${path}.partial`;
    writeFileSync(partial, `${JSON.stringify(record)}\n`);
    renameSync(partial, path);
  }

  append(id: string, event: RunEvent): void {
    appendFileSync(join(this.path, id + EVENTS), `${JSON.stringify(event)}\n`);
  }

  remove(id: string): void {
    for (const end of [RECORD, EVENTS]) rmSync(join(this.path, id + end), { force: true });
  }

  /** Every record there is, oldest first. Files that are none of ours, or were cut short, are left alone. */
  records(): RunRecord[] {
    const names = readdirSync(this.path).filter((name) => name.endsWith(RECORD));
    return names
      .flatMap((name) => {
        const parsed = RunRecord.safeParse(jsonOf(readFileSync(join(this.path, name), "utf8")));
        return parsed.success ? [parsed.data] : [];
      })
      .sort((a, b) => a.askedAtMs - b.askedAtMs);
  }

  events(id: string): RunEvent[] {
    const lines = readText(join(this.path, id + EVENTS)).split("\n");
    return lines.flatMap((line) => {
      const event = jsonOf(line);
      return isRunEvent(event) ? [event] : [];
    });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isRunEvent(value: unknown): value is RunEvent {
  return (
    typeof value === "object" &&
    value !== null &&
    "n" in value &&
    typeof value.n === "number" &&
    "type" in value
  );
}
