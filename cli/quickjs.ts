// Where a script runs that a command line names, and that nobody has to trust: QuickJS, compiled to WebAssembly. It has the
// language and what "unwedge" exports; no host function is put into it, so there is none to reach: no process, no require,
// no fetch, no timer, no clock, no chance. What comes out is text: a scenario's document, which is checked like any file.
//
// Steps and memory are bounded, and both are counted by the machine itself: a script that is too long is so everywhere. What
// it does not count, such as text repeated half a million times, is bounded by whoever calls (sandbox.ts).

import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import swc from "@swc/wasm-typescript";
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
} from "quickjs-emscripten-core";
import { UnwedgeError } from "#base/error.ts";

const MEMORY_MAX_BYTES = 16 * 1024 * 1024;
/** Below what the host's own stack has for WebAssembly. */
const STACK_MAX_BYTES = 256 * 1024;
/** Times that QuickJS looks up, once in 10,000 jumps and calls. Under a second; the shipped scripts need one. */
const LOOKS_MAX = 1_000;
/** Of a document; the largest one shipped has 20,000. */
const TEXT_MAX = 4_000_000;

/** Modules of "unwedge" inside, none of which a script can be called. */
const OWN = "unwedge:/";
const REFUSED = "refused:";
const builder = new URL("../coordinator/scenario/script/index.ts", import.meta.url);

/** What is not the same in every run. */
const WITHOUT_CHANCE = "delete globalThis.Date; delete Math.random;";

/** The document that the script `source` of `file` writes. Throws UnwedgeError with the place in the script. */
export async function documentOf(source: string, file: string): Promise<string> {
  const script = javascriptOf(source, file);
  // Never disposed of: it goes with all of its memory, in whatever state the script has left it.
  const variant = import("@jitl/quickjs-wasmfile-release-sync");
  const runtime = (await newQuickJSWASMModuleFromVariant(variant)).newRuntime();
  bound(runtime);
  runtime.setModuleLoader(moduleText, (from, name) => moduleName(from, name));
  const context = runtime.newContext();
  context.unwrapResult(context.evalCode(WITHOUT_CHANCE));
  const fail = (error: QuickJSHandle): never => refuse(errorOf(context, error), source, file);
  const evaluated = context.evalCode(script, basename(file), { type: "module" });
  if (evaluated.error) return fail(evaluated.error);
  const jobs = runtime.executePendingJobs(LOOKS_MAX);
  if (jobs.error) return fail(jobs.error);
  const state = context.getPromiseState(evaluated.value);
  if (state.type === "rejected") return fail(state.error);
  if (state.type === "pending")
    throw mistake(file, 1, "waits for something that never comes; a script has nobody to wait for");
  return textOf(context, state.value, file);
}

function bound(runtime: QuickJSRuntime): void {
  runtime.setMemoryLimit(MEMORY_MAX_BYTES);
  runtime.setMaxStackSize(STACK_MAX_BYTES);
  let looks = 0;
  runtime.setInterruptHandler(() => ++looks > LOOKS_MAX);
}

/** Of the script's default export. */
function textOf(context: QuickJSContext, module: QuickJSHandle, file: string): string {
  const written = context.getProp(module, "default");
  const text: unknown =
    context.typeof(written) === "object" ? context.dump(context.getProp(written, "text")) : null;
  if (typeof text !== "string")
    throw mistake(file, 1, "exports no scenario; expected: export default scenario(…)");
  if (text.length > TEXT_MAX)
    throw mistake(
      file,
      1,
      `its document has ${text.length} characters; expected ${TEXT_MAX} at most`,
    );
  return text;
}

/** A script has one name to import; ours name each other, and lie in one folder. */
function moduleName(from: string, name: string): string {
  if (from.startsWith(OWN)) return `${OWN}${basename(name)}`;
  return name === "unwedge" ? `${OWN}${basename(builder.pathname)}` : `${REFUSED}${name}`;
}

function moduleText(name: string): string | { error: Error } {
  if (!name.startsWith(OWN)) {
    const refused = name.slice(REFUSED.length);
    return { error: new Error(`"${refused}" cannot be imported; a script has "unwedge" alone`) };
  }
  const url = new URL(name.slice(OWN.length), builder);
  if (!existsSync(url)) return { error: new Error(`"${name}" is no part of "unwedge"`) };
  return javascriptOf(readFileSync(url, "utf8"), name);
}

/** Without its types, each character where it was. */
function javascriptOf(source: string, file: string): string {
  if (!/ts$/.test(file)) return source;
  try {
    return swc.transformSync(source, { mode: "strip-only", module: true, sourceMap: false }).code;
  } catch (cause) {
    const { message, startLine, startColumn } = complaintOf(cause);
    throw mistake(file, startLine, message, startColumn + 1);
  }
}

/** What the compiler throws, which is no Error. */
function complaintOf(cause: unknown) {
  const field = (name: string): unknown =>
    typeof cause === "object" && cause !== null ? Reflect.get(cause, name) : undefined;
  return {
    message: String(field("message") ?? cause),
    startLine: Number(field("startLine") ?? 1),
    startColumn: Number(field("startColumn") ?? 0),
  };
}

const OUT = "out of memory";
const ENDLESS = "interrupted";
const LOOP = /\b(?:for|while|do)\b/;

interface ScriptError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

function errorOf(context: QuickJSContext, handle: QuickJSHandle): ScriptError {
  const thrown: unknown = context.dump(handle);
  const field = (name: string): string =>
    typeof thrown === "object" && thrown !== null ? String(Reflect.get(thrown, name) ?? "") : "";
  const isError = field("name") !== "";
  // Out of memory it has none for an error.
  const isOut = thrown === null;
  return {
    name: field("name"),
    message: isError ? field("message") : isOut ? OUT : `threw ${JSON.stringify(thrown)}`,
    stack: field("stack"),
  };
}

function refuse(error: ScriptError, source: string, file: string): never {
  const { line, column } = placeOf(error, source, file);
  throw mistake(file, line, explained(error), column);
}

/** The innermost place in the script; where QuickJS knows none, the first line that has the name, or the loop, in question. */
function placeOf({ message, stack }: ScriptError, source: string, file: string) {
  const at = stack.split("\n").find((frame) => frame.includes(`(${basename(file)}:`));
  const [, line = "1", column = "1"] = /:(\d+):(\d+)\)/.exec(at ?? "") ?? [];
  if (line !== "1" || column !== "1") return { line: Number(line), column: Number(column) };
  const [, name = ""] = /["']([^"']+)["']/.exec(message) ?? [];
  const found = source
    .split("\n")
    .findIndex((text) => (message === ENDLESS ? LOOP.test(text) : text.includes(name)));
  return { line: Math.max(0, found) + 1, column: 1 };
}

function explained({ name, message }: ScriptError): string {
  if (message === ENDLESS)
    return `does not end: ${LOOKS_MAX * 10_000} jumps and calls, and it went on`;
  if (message === OUT) return `takes more than ${MEMORY_MAX_BYTES / 1024 / 1024} MiB`;
  return name === "ReferenceError"
    ? `${message}; a script sees the language and "unwedge", nothing of the host`
    : message;
}

const mistake = (file: string, line: number, message: string, column = 1): UnwedgeError =>
  new UnwedgeError("invalidScenario", `${file}:${line}:${column}: ${message}`);
