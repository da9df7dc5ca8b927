// Reads a capture file by the text of its specification (draft-ietf-opsawg-pcapng), sharing nothing with what wrote it.

const PACKET = 6;
const COMMENT = 1;

export interface ReadBlock {
  readonly type: number;
  readonly body: DataView;
}

/** Every block; complains where a length is not the same before and behind, or not a multiple of four. */
export function blocksOf(file: Uint8Array): readonly ReadBlock[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const blocks: ReadBlock[] = [];
  for (let at = 0; at < file.length; ) {
    const lenBytes = view.getUint32(at + 4, true);
    if (lenBytes % 4 !== 0 || lenBytes < 12 || at + lenBytes > file.length)
      throw new Error(`block ${blocks.length} has no sound length: ${lenBytes}`);
    if (view.getUint32(at + lenBytes - 4, true) !== lenBytes)
      throw new Error(`block ${blocks.length} has two lengths`);
    const body = new DataView(file.buffer, file.byteOffset + at + 8, lenBytes - 12);
    blocks.push({ type: view.getUint32(at, true), body });
    at += lenBytes;
  }
  return blocks;
}

export type ReadOptions = readonly (readonly [code: number, value: Uint8Array])[];

/** Up to the one that ends them. */
export function optionsFrom(body: DataView, fromBytes: number): ReadOptions {
  const options: [number, Uint8Array][] = [];
  for (let at = fromBytes; at < body.byteLength; ) {
    const [code, lenBytes] = [body.getUint16(at, true), body.getUint16(at + 2, true)];
    if (code === 0) return options;
    options.push([code, new Uint8Array(body.buffer, body.byteOffset + at + 4, lenBytes)]);
    at += 4 + Math.ceil(lenBytes / 4) * 4;
  }
  throw new Error("options that nothing ends");
}

export interface ReadPacket {
  readonly card: number;
  readonly atNs: number;
  readonly wireBytes: number;
  /** As kept. */
  readonly frame: DataView;
  readonly comments: readonly string[];
}

export function packetsOf(file: Uint8Array): readonly ReadPacket[] {
  return blocksOf(file)
    .filter(({ type }) => type === PACKET)
    .map(({ body }) => {
      const keptBytes = body.getUint32(12, true);
      const options = optionsFrom(body, 20 + Math.ceil(keptBytes / 4) * 4);
      return {
        card: body.getUint32(0, true),
        atNs: body.getUint32(4, true) * 2 ** 32 + body.getUint32(8, true),
        wireBytes: body.getUint32(16, true),
        frame: new DataView(body.buffer, body.byteOffset + 20, keptBytes),
        comments: options
          .filter(([code]) => code === COMMENT)
          .map(([, value]) => new TextDecoder().decode(value)),
      };
    });
}
