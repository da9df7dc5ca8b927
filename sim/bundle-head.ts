// Whether something that was read is the head of a bundle, and if not, what is wrong with it.

import { BUNDLE_SCHEMA, type BundledKeyframe, type BundleHead, isRecord } from "./bundle.ts";

type Test = (value: unknown) => boolean;
const isText: Test = (value) => typeof value === "string";
const isCount: Test = (value) => typeof value === "number" && value >= 0;
const isBytes: Test = (value) => value instanceof Uint8Array;
const orNull =
  (test: Test): Test =>
  (value) =>
    value === null || test(value);
const orAbsent =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);
const listOf =
  (test: Test): Test =>
  (value) =>
    Array.isArray(value) && value.every(test);
const recordOf =
  (tests: Readonly<Record<string, Test>>): Test =>
  (value) =>
    isRecord(value) && Object.entries(tests).every(([key, test]) => test(value[key]));
const oneOf =
  (...words: readonly string[]): Test =>
  (value) =>
    typeof value === "string" && words.includes(value);

const LOG = recordOf({
  firstN: isCount,
  count: isCount,
  names: listOf(isText),
  kinds: isBytes,
  times: isBytes,
  values: listOf(isBytes),
});

const MACHINE = recordOf({
  name: isText,
  events: isCount,
  digest: isText,
  checkpoints: recordOf({ everyEvents: isCount, digests: listOf(isText) }),
  log: LOG,
  tail: orNull(LOG),
});

const PLACE = recordOf({
  atNs: isCount,
  phase: orNull(isText),
  stage: isText,
  events: isCount,
});

const HEAD: Readonly<Record<string, Test>> = {
  versions: recordOf({ tool: isText, model: isText, node: isText }),
  scenario: recordOf({ id: isText, file: isText, sha256: isText, text: isText, resolved: isText }),
  variant: orNull(isText),
  seed: isCount,
  policy: orNull(isText),
  settings: listOf(isText),
  forks: orAbsent(
    listOf(recordOf({ atNs: isCount, policy: orNull(isText), settings: listOf(isText) })),
  ),
  engine: oneOf("virtual"),
  startedAt: isText,
  wallMs: isCount,
  ending: oneOf("judged", "wall-limit", "interrupted"),
  digest: isText,
  events: isCount,
  simNs: isCount,
  result: orNull(recordOf({ verdict: isText, status: isText, checks: Array.isArray })),
  machines: listOf(MACHINE),
  keyframes: listOf(PLACE),
  droppedKeyframes: listOf(PLACE),
};

/** What is wrong with the head of a bundle; null: nothing. */
export function headComplaint(value: unknown): string | null {
  if (!isRecord(value)) return "it does not begin with a JSON object";
  const { schema } = value;
  if (schema !== BUNDLE_SCHEMA)
    return `its schema is ${JSON.stringify(schema) ?? "not said"}, not "${BUNDLE_SCHEMA}"`;
  const wrong = Object.entries(HEAD).find(([key, test]) => !test(value[key]));
  return wrong === undefined ? null : `its "${wrong[0]}" is missing or not what it should be`;
}

export const isHead = (value: unknown): value is BundleHead => headComplaint(value) === null;

const PIECE: Test = (value) => Array.isArray(value) && isCount(value[0]) && isBytes(value[1]);

export const isKeyframe = (value: unknown): value is BundledKeyframe =>
  isRecord(value) && isRecord(value["state"]) && listOf(PIECE)(value["pieces"]);
