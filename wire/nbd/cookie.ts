// NBD cookies: 64 bits a client chooses and a server gives back.
//
// A bigint is an object on the heap and no JSON, so a cookie travels as two 32-bit numbers. It exists as a bigint
// only for those who ask. Follows: NetworkBlockDevice doc/proto.md, section Transmission.

/** A cookie as two unsigned 32-bit halves, most significant first. */
export interface NbdCookie {
  readonly cookieHi: number;
  readonly cookieLo: number;
}

/** The cookie as one unsigned 64-bit number. */
export function cookieOf(cookie: NbdCookie): bigint {
  return (BigInt(cookie.cookieHi) << 32n) | BigInt(cookie.cookieLo);
}

/** The halves of an unsigned 64-bit number. */
export function toCookie(cookie: bigint): NbdCookie {
  return {
    cookieHi: Number((cookie >> 32n) & 0xffff_ffffn),
    cookieLo: Number(cookie & 0xffff_ffffn),
  };
}
