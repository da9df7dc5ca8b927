// A piece of a stream on its way out: the fclone skb, its head, the page fragments its data was copied to.
// Linux: tcp_stream_alloc_skb(), net/ipv4/tcp.c.

/** truesize of an skb without its data: a 1 KiB head and a struct (MAX_TCP_HEADER is 320 on distribution kernels). */
export const TX_HEAD_TRUESIZE_BYTES = 1280;
/** What is asked for the head: MAX_TCP_HEADER. */
export const MAX_TCP_HEADER_BYTES = 320;

export interface TxSkb {
  readonly structRef: number;
  readonly headRef: number;
  /** The head came from the reserve. */
  readonly pfmemalloc: boolean;
  /** Blocks with a reference of ours each. */
  readonly blocks: number[];
  /** The bytes, until they have been handed to the carrier. */
  slices: Uint8Array[];
  readonly seq: number;
  endSeq: number;
  lenBytes: number;
  truesizeBytes: number;
  /** It is, or carries, the FIN. */
  isFin: boolean;
}
