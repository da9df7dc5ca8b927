import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventHeap } from "#base/event-heap.ts";

interface Event {
  readonly atNs: number;
  readonly seq: number;
}

/** Everything that is left, by the `a` that each event was pushed with. */
function drained(heap: EventHeap): number[] {
  const order: number[] = [];
  while (heap.pop()) order.push(heap.a);
  return order;
}

function heapOf(times: readonly number[]): EventHeap {
  const heap = new EventHeap();
  for (const [i, atNs] of times.entries()) heap.push(atNs, 0, i, 0);
  return heap;
}

describe("order", () => {
  test("an empty heap has nothing to pop and is due never", () => {
    const heap = new EventHeap();
    expect(heap.pop()).toBe(false);
    expect(heap.nextAtNs).toBe(Number.POSITIVE_INFINITY);
    expect(heap.size).toBe(0);
  });

  test("events come out by time", () => {
    expect(drained(heapOf([30, 10, 20]))).toEqual([1, 2, 0]);
  });

  test("events of one instant come out as they were pushed, however many", () => {
    const times = new Array<number>(500).fill(7);
    expect(drained(heapOf(times))).toEqual(times.map((_, i) => i));
  });

  test("an event keeps its kind, a and b to the last bit", () => {
    const heap = new EventHeap();
    const far = Number.MAX_SAFE_INTEGER;
    heap.push(far, 31, far - 1, -0.5);
    heap.push(1, 2, 3, 4);
    heap.pop();
    expect([heap.atNs, heap.kind, heap.a, heap.b]).toEqual([1, 2, 3, 4]);
    heap.pop();
    expect([heap.atNs, heap.kind, heap.a, heap.b]).toEqual([far, 31, far - 1, -0.5]);
  });

  test("events that are due never wait behind all others, in their order", () => {
    const never = Number.POSITIVE_INFINITY;
    expect(drained(heapOf([never, 5, never, 3, never]))).toEqual([3, 1, 0, 2, 4]);
  });

  test("an event before the beginning of time is refused", () => {
    expect(() => new EventHeap().push(-1, 0, 0, 0)).toThrow("an event has a time");
    expect(() => new EventHeap().push(Number.NaN, 0, 0, 0)).toThrow("an event has a time");
  });
});

describe("between a pop and the next push", () => {
  test("the size no longer counts what was popped", () => {
    const heap = heapOf([1, 2]);
    heap.pop();
    expect(heap.size).toBe(1);
    expect(heap.nextAtNs).toBe(2);
  });

  test("what is pushed may be the earliest, or the latest", () => {
    const early = heapOf([1, 5, 9]);
    early.pop();
    early.push(2, 0, 10, 0);
    expect(drained(early)).toEqual([10, 1, 2]);
    const late = heapOf([1, 5, 9]);
    late.pop();
    late.push(20, 0, 10, 0);
    expect(drained(late)).toEqual([1, 2, 10]);
  });

  test("a full heap takes one more without growing over the one that left", () => {
    const heap = heapOf(Array.from({ length: 64 }, (_, i) => i));
    heap.pop();
    heap.push(100, 0, 64, 0);
    heap.push(101, 0, 65, 0);
    expect(drained(heap)).toEqual(Array.from({ length: 65 }, (_, i) => i + 1));
  });
});

type Step =
  | { readonly type: "push"; readonly atNs: number }
  | { readonly type: "pop" | "peek" | "reload" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("push" as const), atNs: fc.nat(20) }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant("pop" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constantFrom("peek" as const, "reload" as const) }),
  },
);

/** Two hundred events at first, so that the heap is several levels deep and has grown. */
class SortedArray {
  readonly events: Event[] = [];
  nextSeq = 0;

  push(atNs: number): number {
    const seq = this.nextSeq++;
    this.events.push({ atNs, seq });
    this.events.sort((x, y) => x.atNs - y.atNs || x.seq - y.seq);
    return seq;
  }
}

/** Do one step to both and compare what each answers; the heap to go on with. */
function stepBoth(heap: EventHeap, model: SortedArray, step: Step): EventHeap {
  switch (step.type) {
    case "push":
      heap.push(step.atNs, 1, model.push(step.atNs), -step.atNs);
      return heap;
    case "pop": {
      const event = model.events.shift();
      expect(heap.pop()).toBe(event !== undefined);
      if (event !== undefined)
        expect([heap.atNs, heap.a, heap.b]).toEqual([event.atNs, event.seq, -event.atNs]);
      return heap;
    }
    case "peek":
      expect(heap.nextAtNs).toBe(model.events[0]?.atNs ?? Number.POSITIVE_INFINITY);
      return heap;
    case "reload": {
      const loaded = new EventHeap();
      loaded.load(heap.save());
      return loaded;
    }
  }
}

describe("against a sorted array", () => {
  test("any mix of push, pop, peek and reload answers alike", () => {
    fc.assert(
      fc.property(fc.nat(200), fc.array(step, { maxLength: 300 }), (first, steps) => {
        const model = new SortedArray();
        let heap = new EventHeap();
        for (let i = 0; i < first; i++)
          heap = stepBoth(heap, model, { type: "push", atNs: (i * 7) % 20 });
        for (const step of steps) {
          heap = stepBoth(heap, model, step);
          expect(heap.size).toBe(model.events.length);
        }
        expect(drained(heap)).toEqual(model.events.map((event) => event.seq));
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe("save and load", () => {
  test("a state is plain data in order of time, whatever the heap looks like inside", () => {
    const heap = heapOf([30, 10, 20, 10]);
    heap.pop();
    expect(heap.save()).toEqual({
      nextSeq: 4,
      events: [
        [10, 3, 0, 3, 0],
        [20, 2, 0, 2, 0],
        [30, 0, 0, 0, 0],
      ],
    });
    expect(JSON.parse(JSON.stringify(heap.save()))).toEqual(heap.save());
  });

  test("a loaded heap numbers on: new events of an instant come after the loaded ones", () => {
    const heap = heapOf([5, 5, 5]);
    heap.pop();
    const loaded = heapOf([99, 98]);
    loaded.load(heap.save());
    for (const each of [heap, loaded]) each.push(5, 0, 3, 0);
    expect(loaded.save()).toEqual(heap.save());
    expect(drained(loaded)).toEqual([1, 2, 3]);
  });

  test("saving does not move the one that is saved", () => {
    const heap = heapOf([4, 2, 6, 2]);
    heap.pop();
    const before = heap.save();
    expect(heap.save()).toEqual(before);
    expect(drained(heap)).toEqual([3, 0, 2]);
  });
});
