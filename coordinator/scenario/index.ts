// The door of the scenario language: read a file, resolve a variant, walk through a run.

export { type Axis, axisValues } from "./axis.ts";
export { Bisection } from "./bisection.ts";
export { DECISIONS } from "./build-policy.ts";
export type { CheckResult, CheckStatus } from "./check.ts";
export {
  type CaseResult,
  type ClaimResult,
  type FigureResult,
  type Holds,
  judgeClaim,
} from "./claim-judge.ts";
export { type Claim, type ClaimCase, type ReadClaims, readClaims } from "./claims.ts";
export { type Diagnostic, diagnosticText } from "./diagnostic.ts";
export { engineRefusal } from "./engine-refusal.ts";
export {
  type Exercise,
  exerciseDocument,
  exerciseText,
  forbiddenChanges,
  readLadder,
} from "./exercises.ts";
export { Interpreter, type RunStage } from "./interpreter.ts";
export type { Setting } from "./merge.ts";
export { METRICS, type Metric, type MetricUnits, type Subject, type Unit } from "./metrics.ts";
export { nearest } from "./nearest.ts";
export type { Observation, TaskView } from "./observation.ts";
export {
  formatQuantity,
  type Parsed,
  parseQuantity,
  type Quantity,
  type QuantityText,
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
export { doubted, type FaultResult, type RunResult } from "./result.ts";
export {
  type Opened,
  openScenario,
  type Resolved,
  type ResolveOptions,
  Scenario,
} from "./scenario.ts";
export { jsonSchema, SCHEMA_NAME, type ScenarioSource } from "./schema.ts";
export { type Search, type Sweep, searchesOf, sweepsOf } from "./searches.ts";
export { type HandOrder, sessionYaml } from "./session.ts";
export { parseSetting, toYaml } from "./setting.ts";
export type { Certainty, Judgement, Verdict } from "./verdict.ts";
export type { CompiledPath } from "./vocabulary.ts";
