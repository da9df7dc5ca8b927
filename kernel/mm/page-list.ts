// Doubly linked lists of page frames, threaded through two shared arrays.
//
// A list is a ring through its head, which is a slot past the last frame, so no operation has a branch for the ends.
// Linux: include/linux/list.h.

type Links = Int32Array;

/** Put `pfn`, which is on no list, first. */
export function addHead(next: Links, prev: Links, head: number, pfn: number): void {
  const first = next[head] ?? head;
  next[pfn] = first;
  prev[pfn] = head;
  prev[first] = pfn;
  next[head] = pfn;
}

/** Put `pfn`, which is on no list, last. */
export function addTail(next: Links, prev: Links, head: number, pfn: number): void {
  const last = prev[head] ?? head;
  prev[pfn] = last;
  next[pfn] = head;
  next[last] = pfn;
  prev[head] = pfn;
}

/** Take `pfn` off whatever list it is on. */
export function unlink(next: Links, prev: Links, pfn: number): void {
  const after = next[pfn] ?? 0;
  const before = prev[pfn] ?? 0;
  next[before] = after;
  prev[after] = before;
}
