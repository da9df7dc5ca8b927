// What a machine runs: one entry for each program, as plain data.
//
// A count above 1 means that many instances under one name; sizes are then those of all of them together.
// A task with loops is finite and must finish; one without is endless and is judged by its progress.
//
// Not modelled: exec, shared mappings between programs, priorities other than kernel threads first.

export type TaskSpec =
  | AnonTask
  | ServiceTask
  | FileReaderTask
  | FileWriterTask
  | MpiTask
  | AgentTask;
export type TaskKind = TaskSpec["kind"];

interface Named {
  /** Unique on its machine. */
  readonly name: string;
  /** When it starts, in ns since boot; null: only when a load order names it. */
  readonly startNs: number | null;
  /** mlockall: its pages are never swapped out. */
  readonly locked: boolean;
}

/** Touches anonymous memory: the hog. */
export interface AnonTask extends Named {
  readonly kind: "anon";
  /** Instances, at least 1. */
  readonly count: number;
  /** Mapped by all instances together, a multiple of 4096. */
  readonly sizeBytes: number;
  /** Order in which pages are touched once they are populated. */
  readonly pattern: "linear" | "random";
  /** How each page is touched first. A page that was never written maps the zero page and costs nothing. */
  readonly populate: "write" | "read";
  /** How pages are touched afterwards: a write makes the page dirty again. */
  readonly access: "read" | "write";
  /** Touches per second over all instances, while the machine lets it; null: as fast as the CPU goes. */
  readonly touchPerSec: number | null;
  /** Passes over the mapping after populating; null: endless. */
  readonly loops: number | null;
}

/** Answers requests, each of which needs some of its own memory. */
export interface ServiceTask extends Named {
  readonly kind: "service";
  readonly port: number;
  readonly protocol: "http" | "udp";
  /** Anonymous memory the requests touch, populated by writing at the start. */
  readonly workingSetBytes: number;
  /** Threads that take requests. */
  readonly workers: number;
  /** Whether they read what comes. A service that does not accepts connections and leaves the rest to their queues. */
  readonly reads: boolean;
  /** Whether its sockets are marked as ones that must be heard (SO_CRITICAL). */
  readonly isCritical: boolean;
  readonly perRequest: PerRequest;
}

export interface PerRequest {
  /** Random pages of the working set touched before the request is read. */
  readonly touchPages: number;
  /** CPU time in ns. */
  readonly cpuNs: number;
  /** Body of the answer in bytes. */
  readonly responseBytes: number;
}

interface FileTask extends Named {
  readonly count: number;
  /** Length of the file, or of all files together. */
  readonly sizeBytes: number;
  readonly pattern: "linear" | "random";
  /** Pages per second over all instances; null: as fast as the machine goes. */
  readonly touchPerSec: number | null;
  /** Passes over the file; null: endless. */
  readonly loops: number | null;
  /** Swap server that also holds the file, over a connection of its own; null: a disk of the machine. */
  readonly server: string | null;
}

/** Reads a file through the page cache. */
export interface FileReaderTask extends FileTask {
  readonly kind: "file-reader";
}

/** Dirties a file through the page cache. */
export interface FileWriterTask extends FileTask {
  readonly kind: "file-writer";
}

/** A computation all of whose memory is anonymous and dirty, in steps that every rank must finish. */
export interface MpiTask extends Named {
  readonly kind: "mpi";
  /** Processes; a step ends when all of them have done their part. */
  readonly ranks: number;
  /** Memory of all ranks together. */
  readonly sizeBytes: number;
  readonly perStep: {
    /** Pages each rank writes in one step, in order over its part. */
    readonly touchPages: number;
    /** CPU time of each rank in ns. */
    readonly cpuNs: number;
  };
  /** Steps; null: endless. */
  readonly steps: number | null;
}

/** Looks after the swap device, and says when it fails. A machine has one at most. */
export interface AgentTask extends Named {
  readonly kind: "agent";
  /** Host whom it tells. */
  readonly manager: string;
  /** Whether its socket is marked as one that must be heard (SO_CRITICAL). */
  readonly isCritical: boolean;
  /** A device whose oldest request is older than this is failing, in ns. */
  readonly slowAfterNs: number;
  /** Memory it touches each time it looks, a multiple of 4096. */
  readonly memoryBytes: number;
  /** When it says that it has switched: as soon as the driver has been told, or when that has its new connection. */
  readonly confirms: "order" | "connection";
}
