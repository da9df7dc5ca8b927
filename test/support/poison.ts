// A host without clock and dice: whoever asks for the time or for a random number while `work` runs, throws.
//
// What is pure does not notice. Type checks and lint hold it to that, too; this holds also what it calls.

import { performance } from "node:perf_hooks";

const isPoisoned = { yet: false };

function poison(name: string): () => never {
  return () => {
    throw new Error(`${name} was asked for in virtual time`);
  };
}

/** Each with the object it hangs on. */
const poisoned: readonly (readonly [object, string])[] = [
  [globalThis, "Date"],
  [Date, "now"],
  [Math, "random"],
  [performance, "now"],
  [process, "hrtime"],
  [globalThis.crypto, "getRandomValues"],
  [globalThis.crypto, "randomUUID"],
];

/** The answer of `work`, which ran without clock and dice. */
export function withoutHost<T>(work: () => T): T {
  if (isPoisoned.yet) throw new Error("a host is poisoned once at a time");
  isPoisoned.yet = true;
  const whole = poisoned.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));
  for (const [owner, name] of poisoned)
    Object.defineProperty(owner, name, {
      value: poison(name),
      configurable: true,
      writable: true,
    });
  try {
    return work();
  } finally {
    isPoisoned.yet = false;
    for (const [i, [owner, name]] of poisoned.entries()) {
      const descriptor = whole[i];
      if (descriptor === undefined) Reflect.deleteProperty(owner, name);
      else Object.defineProperty(owner, name, descriptor);
    }
  }
}
