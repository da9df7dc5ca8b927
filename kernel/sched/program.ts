// Programs: what takes a frame one step further. The stack machine under every emulated kernel path that may sleep.
//
// A step runs to its end without waiting. It answers what comes next: the same frame again, a frame it pushed, the caller,
// a sleep, or a pause that lets others run. Each subsystem registers its programs by the names of its frames; that is the
// only way a lower layer ever reaches a higher one (reclaim pushes "swap.write", and only machine.ts knows who answers).

import { assert } from "#base/assert.ts";
import type { Frame, Task } from "./task.ts";

/** Step this frame again. */
export const NEXT = 0;
/** A frame was pushed: step that one. */
export const CALL = 1;
/** This frame is done; its answer is in `task.result`. */
export const RETURN = 2;
/** The task sleeps on a wait queue. */
export const BLOCK = 3;
/** Give up the CPU but stay runnable. */
export const YIELD = 4;
export type Outcome = typeof NEXT | typeof CALL | typeof RETURN | typeof BLOCK | typeof YIELD;

export interface Program {
  step(frame: Frame, task: Task): Outcome;
}

export class Programs {
  readonly #byType = new Map<string, Program>();

  /** Register the program of frames of this type. A program takes only frames whose `type` is its own. */
  add(type: string, program: Program): void {
    assert(!this.#byType.has(type), `the program ${type} is registered once`);
    this.#byType.set(type, program);
  }

  step(task: Task): Outcome {
    const frame = task.stack[task.stack.length - 1];
    assert(frame !== undefined, "a running task has a frame");
    const program = this.#byType.get(frame.type);
    assert(program !== undefined, `frames of type ${frame.type} have a program`);
    return program.step(frame, task);
  }
}

/** Push `frame` and run it next. */
export function call<F extends Frame>(task: Task, frame: F): typeof CALL {
  // Linux stacks are 16 KiB and a reclaim recursion is cut by PF_MEMALLOC; a deeper stack here is a bug of ours.
  assert(task.stack.length < 64, "a kernel stack does not grow without bound");
  task.stack.push(frame);
  return CALL;
}

/** Leave the frame with this answer. */
export function answer(task: Task, result: number): typeof RETURN {
  task.result = result;
  return RETURN;
}
