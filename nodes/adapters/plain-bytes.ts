/** What the host read, as a machine takes it: a Buffer's slice() is a view of it and no copy, as that of every other array is. */
export const plainBytes = ({ buffer, byteOffset, length }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, length);
