// The network of a run as a capture file: a card for each host, every frame that reached one and everything that left, with
// headers made up where the model has none (addresses, the port of who connects). A frame that was dropped is there too,
// also when the card had no buffer for it and no capture could have had it, and says why.
//
// Sequence numbers, and the port of who connected, are those of the host whose card it is: a stream that is emulated at both
// ends is counted at each by itself, and is two conversations here. Payload is kept as far as a request of NBD or of HTTP reaches; of what is sent again only the headers are known.
//
// Not modelled: the peer's window (65,535 bytes are shown), options of a SYN but for the scale of windows, ids of IP but for fragments.

import {
  type Arrival,
  type CardFrame,
  type CardStream,
  type CardTap,
  type Datagram,
  type Departure,
  FRAME,
  type Machine,
} from "#kernel/index.ts";
import {
  arpFrame,
  type Ends,
  fragmentHeaders,
  ipv4Of,
  TCP_FLAG,
  type TcpSegment,
  tcpHeaders,
  udpHeader,
  udpHeaders,
} from "#wire/capture/headers.ts";
import {
  type CapturedPacket,
  interfaceBlock,
  joinedBytes,
  namesBlock,
  packetBlock,
  sectionBlock,
  statisticsBlock,
} from "#wire/capture/pcapng.ts";

/** Of each frame: headers, and a request of NBD (28 bytes) or the lines of one of HTTP. */
const KEPT_BYTES_MAX = 192;
/** About 300 MB of host memory; a run is judged long before. What comes later is counted only. */
const PACKETS_MAX = 1_000_000;
/** First of Linux's local ports, net.ipv4.ip_local_port_range, and how many there are. */
const LOCAL_PORT_FIRST = 32_768;
const LOCAL_PORTS = 28_232;
const WINDOW_UNKNOWN_BYTES = 65_535;

type Packet = CapturedPacket & { readonly comments: string[] };

export class Capture {
  readonly #machines: readonly Machine[];
  readonly #packets: Packet[] = [];
  readonly #cards: readonly Card[];
  #leftOut = 0;

  /** Of a run that has just begun. */
  constructor(machines: readonly Machine[]) {
    this.#machines = machines;
    const hosts = new Map(machines.map(({ spec }, i) => [spec.name, i + 1]));
    this.#cards = machines.map(({ trace }, card) => {
      const tap = new Card({
        card,

        hosts,
        keep: (packet) => this.#keep(packet),
      });
      trace.card = tap;
      return tap;
    });
  }

  /** The file, in the order of time. `title` says which run it is. */
  file(title: string, nowNs: number): Uint8Array {
    const names = this.#machines.map(({ spec }) => spec.name);
    const untold = this.#leftOut === 0 ? "" : `; ${this.#leftOut} later frames are left out`;
    return joinedBytes([
      sectionBlock(
        "unwedge",
        `${title}. Emulated hosts; headers are made up where the model has none${untold}.`,
      ),
      ...names.map((name) => interfaceBlock(name, KEPT_BYTES_MAX)),
      namesBlock(names.map((name, i) => [ipv4Of(i + 1), name])),
      ...this.#packets.sort((a, b) => a.atNs - b.atNs).map(packetBlock),
      ...this.#cards.map(({ counts }, card) => statisticsBlock(card, nowNs, counts)),
    ]);
  }

  /** May be called twice. */
  close(): void {
    for (const { trace } of this.#machines) trace.card = null;
  }

  #keep(packet: Packet): void {
    if (this.#packets.length < PACKETS_MAX) this.#packets.push(packet);
    else this.#leftOut++;
  }
}

interface CardParts {
  readonly card: number;
  /** Numbers of hosts by name, from 1 on. */
  readonly hosts: ReadonlyMap<string, number>;
  readonly keep: (packet: Packet) => void;
}

class Card implements CardTap {
  readonly #parts: CardParts;
  /** Frames that may still be dropped. */
  readonly #arrived = new WeakMap<CardFrame, Packet>();
  readonly counts = { received: 0, dropped: 0 };

  constructor(parts: CardParts) {
    this.#parts = parts;
  }

  arrived(arrival: Arrival): void {
    this.counts.received++;
    const { atNs, stream, frame } = arrival;
    const parts = [this.#headersOf(arrival), ...payloadOf(frame, stream)];
    const packet = this.#packet("inbound", atNs, parts, frame.wireBytes);
    this.#arrived.set(frame, packet);
    this.#parts.keep(packet);
  }

  dropped(frame: CardFrame, reason: string, lenBytes: number): void {
    this.counts.dropped++;
    this.#arrived.get(frame)?.comments.push(`dropped: ${reason}, ${lenBytes} B of payload`);
  }

  left({ atNs, stream, kind, fields }: Departure): void {
    const { seq, ack, wndEnd, carried } = fields;
    const lenBytes = carried?.skb.lenBytes ?? 0;
    const headers = tcpHeaders(this.#ends(stream.link.peer, "outbound"), {
      ...portsOf(stream, "outbound"),
      ...{ seq: carried?.skb.seq ?? seq, ack, lenBytes, windowBytes: wndEnd - ack },
      flags: OUT_FLAGS[kind] | (carried?.skb.isFin === true ? TCP_FLAG.fin : 0),
    });
    const parts = [headers, ...(carried?.slices ?? [])];
    const packet = this.#packet("outbound", atNs, parts, headers.length + lenBytes);
    if (kind === "again") packet.comments.push("sent again after a time-out");
    this.#parts.keep(packet);
  }

  datagramLeft(atNs: number, peer: string, { fromPort, port, bytes }: Omit<Datagram, "id">): void {
    const lenBytes = bytes.length;
    const headers = udpHeaders(this.#ends(peer, "outbound"), { fromPort, toPort: port, lenBytes });
    this.#parts.keep(this.#packet("outbound", atNs, [headers, bytes], headers.length + lenBytes));
  }

  arpLeft(atNs: number, peer: string): void {
    const bytes = arpFrame(this.#ends(peer, "outbound"), false);
    this.#parts.keep(this.#packet("outbound", atNs, [bytes], bytes.length));
  }

  #ends(peer: string, direction: Packet["direction"]): Ends {
    const [own, other] = [this.#parts.card + 1, this.#parts.hosts.get(peer) ?? 0];
    return direction === "inbound" ? { from: other, to: own } : { from: own, to: other };
  }

  #headersOf({ peer, stream, frame }: Arrival): Uint8Array {
    const ends = this.#ends(peer, "inbound");
    const { kind, lenBytes, seq, datagram } = frame;
    if (kind === FRAME.arpReply) return arpFrame(ends, true);
    if (datagram !== null && kind === FRAME.datagram)
      return udpHeaders(ends, { fromPort: datagram.fromPort, toPort: datagram.port, lenBytes });
    if (datagram !== null) {
      const isLast = seq + lenBytes >= datagram.bytes.length + 8;
      return fragmentHeaders(ends, { id: datagram.id, offsetBytes: seq, lenBytes, isLast });
    }
    return tcpHeaders(ends, {
      ...portsOf(stream, "inbound"),
      // A probe of a closed window is the byte before the next, once more.
      ...{ seq: kind === FRAME.probe ? seq - 1 : seq, ack: frame.ack, lenBytes },
      flags:
        (IN_FLAGS[kind] ?? 0) |
        (frame.isFin ? TCP_FLAG.fin : 0) |
        (frame.isPush && lenBytes > 0 ? TCP_FLAG.psh : 0),
      windowBytes: WINDOW_UNKNOWN_BYTES,
    });
  }

  #packet(
    direction: Packet["direction"],
    atNs: number,
    parts: readonly Uint8Array[],
    wireBytes: number,
  ): Packet {
    const bytes = new Uint8Array(KEPT_BYTES_MAX);
    let keptBytes = 0;
    for (const part of parts) {
      const kept = part.subarray(0, KEPT_BYTES_MAX - keptBytes);
      bytes.set(kept, keptBytes);
      keptBytes += kept.length;
    }
    const { card } = this.#parts;
    return { card, atNs, direction, bytes: bytes.subarray(0, keptBytes), wireBytes, comments: [] };
  }
}

const IN_FLAGS: Readonly<Record<number, number>> = {
  [FRAME.data]: TCP_FLAG.ack,
  [FRAME.ack]: TCP_FLAG.ack,
  [FRAME.syn]: TCP_FLAG.syn,
  [FRAME.synAck]: TCP_FLAG.syn | TCP_FLAG.ack,
  [FRAME.rst]: TCP_FLAG.rst | TCP_FLAG.ack,
  [FRAME.probe]: TCP_FLAG.ack,
};

const OUT_FLAGS: Readonly<Record<Departure["kind"], number>> = {
  ack: TCP_FLAG.ack,
  syn: TCP_FLAG.syn,
  "syn-ack": TCP_FLAG.syn | TCP_FLAG.ack,
  rst: TCP_FLAG.rst | TCP_FLAG.ack,
  probe: TCP_FLAG.ack,
  again: TCP_FLAG.ack,
  arp: 0,
};

/** The port of who connected is made up of its stream's number. */
function portsOf(
  stream: CardStream | null,
  direction: Packet["direction"],
): Pick<TcpSegment, "fromPort" | "toPort"> {
  const { id, port } = stream ?? { id: 0, port: 0 };
  const local = LOCAL_PORT_FIRST + (id % LOCAL_PORTS);
  const isOurs = id % 2 === 0;
  const [own, theirs] = isOurs ? [local, port] : [port, local];
  return direction === "inbound"
    ? { fromPort: theirs, toPort: own }
    : { fromPort: own, toPort: theirs };
}

/** What lies behind the headers. */
function payloadOf(
  { kind, seq, lenBytes, datagram }: CardFrame,
  stream: CardStream | null,
): readonly Uint8Array[] {
  if (datagram === null) return stream?.bytes.peek(seq, lenBytes) ?? [];
  const { fromPort, port, bytes } = datagram;
  if (kind === FRAME.datagram) return [bytes];
  const whole = { fromPort, toPort: port, lenBytes: bytes.length };
  // Offsets of pieces count the datagram's own header.
  return seq === 0
    ? [udpHeader(whole), bytes.subarray(0, lenBytes - 8)]
    : [bytes.subarray(seq - 8, seq - 8 + lenBytes)];
}
