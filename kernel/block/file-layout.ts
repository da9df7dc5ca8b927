// Where a machine's files lie: which devices it has besides swap, and which part of each belongs to which program.
//
// Computed from the spec alone, so that the server knows what to offer before anybody has connected.

import { PAGE_BYTES } from "#base/units.ts";
import type { MachineSpec } from "../spec.ts";
import type { FileReaderTask, FileWriterTask, TaskSpec } from "../task-spec.ts";

export type FileTask = FileReaderTask | FileWriterTask;

/** A device that holds files: a server's export, or (null) the disk of the machine. */
export interface FileDeviceSpec {
  readonly server: string | null;
  readonly sizePages: number;
}

/** The files of one task: `count` of them, one behind the other. */
export interface FilePlace {
  /** Index of the device. */
  readonly device: number;
  readonly firstSlot: number;
  readonly pagesEach: number;
}

export interface FileLayout {
  readonly devices: readonly FileDeviceSpec[];
  /** By the task's name. */
  readonly places: ReadonlyMap<string, FilePlace>;
}

export const isFileTask = (task: TaskSpec): task is FileTask =>
  task.kind === "file-reader" || task.kind === "file-writer";

/** Name of the export that holds a machine's files. */
export const fileExportOf = (machine: string): string => `files:${machine}`;

/** What a server has to offer a machine. */
export interface WantedExport {
  readonly server: string;
  readonly name: string;
  readonly sizeBytes: number;
  /** It is there for pages of another server's, and has none of its own until it is switched to. */
  readonly isStandby: boolean;
}

/** Every export the machine swaps to or has files on. */
export function exportsWanted(machine: MachineSpec): readonly WantedExport[] {
  const swap = machine.swap.map(({ server, exportName, sizeBytes, standby }) => ({
    server,
    name: exportName,
    sizeBytes,
    isStandby: standby,
  }));
  const files = fileLayout(machine).devices.flatMap(({ server, sizePages }) =>
    server === null
      ? []
      : [
          {
            server,
            name: fileExportOf(machine.name),
            sizeBytes: sizePages * PAGE_BYTES,
            isStandby: false,
          },
        ],
  );
  return [...swap, ...files];
}

export function fileLayout({ tasks }: Pick<MachineSpec, "tasks">): FileLayout {
  const servers: (string | null)[] = [];
  const sizes: number[] = [];
  const places = new Map<string, FilePlace>();
  for (const task of tasks) {
    if (!isFileTask(task)) continue;
    if (!servers.includes(task.server)) sizes[servers.push(task.server) - 1] = 0;
    const device = servers.indexOf(task.server);
    const pagesEach = Math.max(1, Math.floor(task.sizeBytes / PAGE_BYTES / task.count));
    const firstSlot = sizes[device] ?? 0;
    places.set(task.name, { device, firstSlot, pagesEach });
    sizes[device] = firstSlot + pagesEach * task.count;
  }
  const devices = servers.map((server, i) => ({ server, sizePages: sizes[i] ?? 0 }));
  return { devices, places };
}
