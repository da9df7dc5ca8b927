// The door of the scenario language: read a file, resolve a variant, walk through a run.

export { type CheckResult, type CheckStatus, isSameCycle } from "./check.ts";
export { type Diagnostic, diagnosticText } from "./diagnostic.ts";
export { Interpreter, type RunStage } from "./interpreter.ts";
export type { Setting } from "./merge.ts";
export { METRICS, type Metric, type Subject, type Unit } from "./metrics.ts";
export { nearest } from "./nearest.ts";
export type { Observation, TaskView } from "./observation.ts";
export {
  formatQuantity,
  type Parsed,
  parseQuantity,
  type Quantity,
  sizeBytes,
} from "./quantity.ts";
export type {
  Action,
  Check,
  EngineSettings,
  Quota,
  ResolvedScenario,
  Severity,
  Step,
  StepAction,
  Trigger,
} from "./resolved.ts";
export type { FaultResult, RunResult } from "./result.ts";
export {
  type Opened,
  openScenario,
  type Resolved,
  type ResolveOptions,
  Scenario,
} from "./scenario.ts";
export { jsonSchema, SCHEMA_NAME } from "./schema.ts";
export { parseSetting, toYaml } from "./setting.ts";
export type { Certainty, Judgement, Verdict } from "./verdict.ts";
export type { CompiledPath } from "./vocabulary.ts";
