// What a request and its answer carry when they are datagrams: a number in front, by which the one is told from the other.
//
// Not modelled: any protocol that exists; whoever answers sends the first four bytes back.

/** Bytes of the number. */
const NUMBER_BYTES = 4;

/** A request: its number and zeros up to `lenBytes`; at least the number is sent. */
export function requestOf(number: number, lenBytes: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(lenBytes, NUMBER_BYTES));
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

/** The answer to a request. */
export function answerTo(request: Uint8Array, lenBytes: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(lenBytes, NUMBER_BYTES));
  bytes.set(request.subarray(0, NUMBER_BYTES));
  return bytes;
}

/** Which request an answer is to; -1 when it says nothing. */
export function numberIn(bytes: Uint8Array): number {
  if (bytes.length < NUMBER_BYTES) return -1;
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}
