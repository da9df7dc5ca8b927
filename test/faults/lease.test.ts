import { expect, test } from "vitest";
import { LEASE_NS_MAX, type Lease, LeaseBook } from "#faults/index.ts";

const lease = (id: string, openedNs: number, untilNs: number): Lease => ({
  fault: { id, name: "swap.stall", target: { kind: "host", host: "C" }, args: {} },
  openedNs,
  untilNs,
  countBefore: 0,
});

const idsOf = (leases: readonly Lease[]): string[] => leases.map(({ fault }) => fault.id);

test("a fault is open until its lease ends, and no longer", () => {
  const book = new LeaseBook();
  expect(book.nextDeadlineNs).toBeNull();
  book.open(lease("late", 0, 200));
  book.open(lease("soon", 0, 100));
  expect(book.nextDeadlineNs).toBe(100);
  expect(idsOf(book.expire(99))).toEqual([]);
  expect(idsOf(book.expire(100))).toEqual(["soon"]);
  expect(book.faults.map(({ id }) => id)).toEqual(["late"]);
  expect(idsOf(book.expire(1_000))).toEqual(["late"]);
  expect(book.nextDeadlineNs).toBeNull();
});

test("what is open already is not opened again", () => {
  const book = new LeaseBook();
  expect(book.open(lease("f", 0, 100))).toBe(true);
  expect(book.open(lease("f", 50, 500))).toBe(false);
  expect(book.nextDeadlineNs).toBe(100);
});

test("a lease is renewed from now on; one that has ended is not", () => {
  const book = new LeaseBook();
  book.open(lease("f", 0, 100));
  expect(book.renew("f", 90, 100)).toBe(true);
  expect(idsOf(book.expire(150))).toEqual([]);
  expect(idsOf(book.expire(190))).toEqual(["f"]);
  expect(book.renew("f", 200, 100)).toBe(false);
});

test("one is healed by its id, all without", () => {
  const book = new LeaseBook();
  for (const id of ["a", "b", "c"]) book.open(lease(id, 0, 100));
  expect(idsOf(book.heal("b"))).toEqual(["b"]);
  expect(idsOf(book.heal("b"))).toEqual([]);
  expect(idsOf(book.heal(null))).toEqual(["a", "c"]);
  expect(book.leases).toEqual([]);
});

test("no lease is for ever", () => {
  const book = new LeaseBook();
  expect(() => book.open(lease("f", 0, LEASE_NS_MAX + 1))).toThrow("at most an hour");
  expect(() => book.open(lease("f", 5, 5))).toThrow("longer than nothing");
});
