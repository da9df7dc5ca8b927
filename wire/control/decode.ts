// Messages of the control plane, read from whatever a channel handed over. null: it is none.

import type { MachineEvent } from "#kernel/index.ts";
import type { JudgedSample } from "../telemetry/sample.ts";
import type { MachineShot } from "../telemetry/shot.ts";
import type { Answer, Command, HostAddress, Numbered, Report } from "./command.ts";

type Fields = Readonly<Record<string, unknown>>;

export function decodeNumbered(message: unknown): Numbered | null {
  if (!isFields(message) || !isCount(message["n"])) return null;
  const { n, command } = message;
  return isCommand(command) ? { n, command } : null;
}

export function decodeReport(message: unknown): Report | null {
  return isReport(message) ? message : null;
}

/** What the texts of a WrittenSample say. */
export function decodeSample(text: string): JudgedSample | null {
  const said = jsonIn(text);
  return isSample(said) ? said : null;
}

export function decodeShot(text: string): MachineShot | null {
  const said = jsonIn(text);
  return isShot(said) ? said : null;
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isCommand(value: unknown): value is Command {
  if (!isFields(value)) return false;
  switch (value["type"]) {
    case "prepare":
      return isPrepare(value);
    case "connect":
      return isListOf(value["addresses"], isHostAddress);
    case "tell":
      return isListOf(value["events"], isEvent);
    case "go":
      return isCount(value["sampleEveryNs"]) && value["sampleEveryNs"] > 0;
    case "save":
    case "stop":
      return true;
    default:
      return false;
  }
}

function isPrepare(value: Fields): boolean {
  const { cluster, host, seed, foreign, address, ports, slowdown, lateBudgetNs } = value;
  return (
    isFields(cluster) &&
    isListOf(cluster["hosts"], isNamed) &&
    isListOf(cluster["links"], isFields) &&
    isText(host) &&
    isCount(seed) &&
    isListOf(foreign, isText) &&
    isText(address) &&
    isListOf(ports, isPortPair) &&
    typeof slowdown === "number" &&
    slowdown >= 1 &&
    isCount(lateBudgetNs)
  );
}

function isReport(value: unknown): value is Report {
  if (!isFields(value)) return false;
  switch (value["type"]) {
    case "answer":
      return isCount(value["n"]) && isAnswer(value["answer"]);
    case "sample":
      return isWrittenSample(value["sample"]);
    case "alive":
      return isCount(value["atNs"]);
    case "dying":
      return isText(value["message"]);
    default:
      return false;
  }
}

function isAnswer(value: unknown): value is Answer {
  if (!isFields(value)) return false;
  switch (value["type"]) {
    case "done":
      return true;
    case "prepared":
      return isHostAddress(value["address"]);
    case "state":
      return isCount(value["atNs"]) && value["bytes"] instanceof Uint8Array;
    case "failed":
      return isText(value["message"]);
    default:
      return false;
  }
}

const isWrittenSample = (value: unknown): boolean =>
  isFields(value) &&
  isCount(value["atNs"]) &&
  isCount(value["usefulProgress"]) &&
  isCount(value["oomKills"]) &&
  isCount(value["mismatches"]) &&
  isCount(value["largestArmedTimerNs"]) &&
  (value["server"] === null || isText(value["server"])) &&
  isLateness(value["lateness"]) &&
  isText(value["text"]) &&
  isText(value["shotText"]);

const isShot = (value: unknown): value is MachineShot =>
  isFields(value) &&
  isFields(value["pages"]) &&
  isFields(value["marks"]) &&
  isFields(value["swap"]) &&
  isListOf(value["sockets"], isFields) &&
  isListOf(value["tasks"], isNamed) &&
  isListOf(value["lines"], isFields);

function isSample(value: unknown): value is JudgedSample {
  return (
    isFields(value) &&
    isText(value["host"]) &&
    isCount(value["atNs"]) &&
    isFields(value["values"]) &&
    Object.values(value["values"]).every(Number.isFinite) &&
    isListOf(value["tasks"], isNamed) &&
    isListOf(value["traffic"], isNamed) &&
    isListOf(value["links"], isFields)
  );
}

const isLateness = (value: unknown): boolean =>
  isFields(value) &&
  isCount(value["wakes"]) &&
  isCount(value["overBudget"]) &&
  isCount(value["latestNs"]) &&
  isCount(value["overBudgetNs"]);

function isHostAddress(value: unknown): value is HostAddress {
  if (!isFields(value)) return false;
  const { host, address, isForeign, tcp, udp, signalPort } = value;
  return (
    isText(host) &&
    isText(address) &&
    typeof isForeign === "boolean" &&
    isListOf(tcp, isPortPair) &&
    isListOf(udp, isPortPair) &&
    (signalPort === null || isPort(signalPort))
  );
}

const EVENT_TYPES: ReadonlySet<unknown> = new Set([
  "link",
  "store",
  "load",
  "rate",
  "pause",
  "power",
  "balloon",
  "hog",
] satisfies MachineEvent["type"][]);

/** Of what a machine may be told, only what comes from outside the network. */
const isEvent = (value: unknown): boolean => isFields(value) && EVENT_TYPES.has(value["type"]);

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
const isPort = (value: unknown): boolean => isCount(value) && value <= 65_535;
const isNamed = (value: unknown): boolean =>
  isFields(value) && (isText(value["name"]) || isText(value["host"]));
const isPortPair = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && value.every(isPort);

function isListOf(value: unknown, is: (item: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(is);
}
