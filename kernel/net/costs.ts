// What the stack's work costs in CPU time, in ns.
//
// Orders of magnitude for one core of about 2.5 GHz, from published per-packet profiles of Linux (about 1–2 µs a packet
// through NAPI, IP and TCP; about 0.5 µs to send an ACK): a verdict must not depend on them, and doubling each leaves
// every scenario's verdict as it was.

/** One packet through driver, NAPI, IP and TCP or UDP. */
export const RX_PACKET_NS = 1_200;
/** A packet that is dropped before or at its socket. */
export const RX_DROP_NS = 500;
/** Entering and leaving a poll: interrupt, register reads. */
export const POLL_NS = 2_000;
/** One receive buffer taken and given to the card. */
export const REFILL_NS = 120;
/** Building and sending a segment without data. */
export const TX_ACK_NS = 600;
/** Building and sending one skb of data, without its copy. */
export const TX_SKB_NS = 1_500;
/** Copying between user and kernel memory, in ns a KiB (about 8 GB/s). */
export const COPY_KIB_NS = 128;
/** A system call that touches a socket, without its copy. */
export const SOCKET_CALL_NS = 500;
/** A timer's handler. */
export const TIMER_NS = 400;
