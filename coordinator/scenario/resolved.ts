// A scenario with everything decided: one variant, every parameter filled in, every unit converted, every name found.
//
// This is what an engine runs and what the interpreter walks through. It is plain data but for the compiled expressions.

import type { FaultTarget, OpenFault } from "#faults/index.ts";
import type { ClusterSpec } from "#kernel/index.ts";
import type { Expression } from "./expression-types.ts";
import type { EngineName } from "./schema.ts";
import type { VerdictName } from "./schema-steps.ts";
import type { Tree } from "./tree.ts";
import type { CompiledPath } from "./vocabulary.ts";

export interface ResolvedScenario {
  readonly id: string;
  readonly title: string;
  readonly story: string;
  readonly refs: readonly string[];
  readonly tags: readonly string[];
  /** null: the scenario as it stands. */
  readonly variant: string | null;
  readonly about: string;
  /** Seeds are seed to seed + runs - 1. */
  readonly seed: number;
  readonly runs: number;
  readonly engine: EngineSettings;
  readonly cluster: ClusterSpec;
  readonly quotas: readonly Quota[];
  readonly steps: readonly Step[];
  readonly checks: readonly Check[];
  /** Every metric the expressions read, in the order of their index. */
  readonly paths: readonly CompiledPath[];
  /** The merged document in the words of its author, as `show` prints it. */
  readonly document: Tree;
}

export interface EngineSettings {
  readonly default: EngineName;
  readonly allow: readonly EngineName[];
  /** Engine time at which a run that is not judged becomes inconclusive. */
  readonly maxTimeNs: number;
  /** Of the host's time; null: none. */
  readonly wallLimitNs: number | null;
  /** Distance of two observations. */
  readonly sampleNs: number;
  /** Every memory size is multiplied by this, by engine. */
  readonly scale: Readonly<Record<EngineName, number>>;
}

/** What an endless task must do after healing instead of one pass of its working set. */
export interface Quota {
  readonly machine: string;
  readonly task: string;
  readonly pages: number;
}

export interface Step {
  /** Position in the timeline, from 0. */
  readonly index: number;
  readonly id: string | null;
  readonly phase: string | null;
  readonly trigger: Trigger;
  readonly action: StepAction | null;
  /** Line of the scenario file, from 1; 0 when it is in none. */
  readonly line: number;
}

export type Trigger =
  | { readonly on: "time"; readonly atNs: number }
  | { readonly on: "anchor"; readonly anchor: string; readonly delayNs: number }
  | {
      readonly on: "claim";
      readonly expression: Expression;
      /** Since the step before it was done or given up; null: as long as it takes. */
      readonly withinNs: number | null;
      readonly delayNs: number;
    };

export type StepAction =
  | { readonly type: "fault"; readonly fault: OpenFault; readonly forNs: number | null }
  | { readonly type: "heal"; readonly fault: string }
  | { readonly type: "mark" }
  | { readonly type: "snapshot" };

export type Severity = "error" | "warn" | "info";

interface CheckBase {
  readonly id: string;
  readonly about: string;
  readonly severity: Severity;
  readonly abortOnFail: boolean;
  /** Only while this phase lasts. */
  readonly during: string | null;
  /** Only from this anchor on. */
  readonly after: string | null;
  readonly line: number;
}

export type Check = CheckBase &
  (
    | { readonly kind: "always" | "never" | "sometimes"; readonly expression: Expression }
    | {
        readonly kind: "eventually";
        readonly expression: Expression;
        readonly withinNs: number;
        readonly staysNs: number;
      }
    | {
        readonly kind: "threshold";
        readonly expression: Expression;
        /** Asked once for each such span; null: once for all of it. */
        readonly windowNs: number | null;
      }
    | {
        readonly kind: "verdict";
        /** Which of them it is may differ by seed. At least one. */
        readonly verdicts: readonly VerdictName[];
        readonly settleNs: number | null;
      }
    | { readonly kind: "cycle"; readonly cycle: readonly string[] }
  );

/** What the interpreter asks of an engine. */
export type Action =
  /** Open (on) or heal a fault: recompute links, stores and pauses with faults/judge.ts. Loads come as `load`. */
  | { readonly type: "fault"; readonly fault: OpenFault; readonly on: boolean }
  | {
      readonly type: "load";
      readonly target: Extract<FaultTarget, { kind: "load" }>;
      readonly action: "start" | "stop";
    }
  /** Stop every traffic at its source: the run is being judged. */
  | { readonly type: "stop-traffic" }
  | { readonly type: "phase"; readonly name: string }
  | { readonly type: "mark"; readonly id: string }
  | { readonly type: "snapshot"; readonly id: string };
