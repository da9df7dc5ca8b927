// What the host says went wrong, in the few error values that NBD has. Follows: NetworkBlockDevice doc/proto.md, Error values.

import { NBD_EIO, NBD_ENOMEM, NBD_ENOSPC, NBD_EPERM } from "#wire/nbd/constants.ts";

const NBD_ERRNOS: ReadonlyMap<unknown, number> = new Map([
  ["ENOSPC", NBD_ENOSPC],
  ["EDQUOT", NBD_ENOSPC],
  ["EFBIG", NBD_ENOSPC],
  ["ENOMEM", NBD_ENOMEM],
  ["EPERM", NBD_EPERM],
  ["EROFS", NBD_EPERM],
]);

export function errnoOfHost(error: unknown): number {
  // "Array buffer allocation failed"
  if (error instanceof RangeError) return NBD_ENOMEM;
  const code = error instanceof Error && "code" in error ? error.code : null;
  return NBD_ERRNOS.get(code) ?? NBD_EIO;
}
