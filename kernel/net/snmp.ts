// The stack's counters under the names that /proc/net/netstat and /proc/net/snmp print (net/ipv4/proc.c).

export class Snmp {
  readonly tcpExt = {
    PFMemallocDrop: 0,
    TCPRcvQDrop: 0,
    PruneCalled: 0,
    RcvPruned: 0,
    OfoPruned: 0,
    RcvCollapsed: 0,
    TCPRcvCollapsed: 0,
    TCPRcvCoalesce: 0,
    TCPOFOQueue: 0,
    TCPOFODrop: 0,
    TCPOFOMerge: 0,
    TCPMemoryPressures: 0,
    TCPZeroWindowDrop: 0,
    TCPToZeroWindowAdv: 0,
    TCPFromZeroWindowAdv: 0,
    TCPWantZeroWindowAdv: 0,
    TCPBacklogDrop: 0,
    TCPTimeouts: 0,
    TCPRetransFail: 0,
    TCPFastRetrans: 0,
    TCPAbortOnData: 0,
    DelayedACKs: 0,
    DelayedACKLost: 0,
    TCPWinProbe: 0,
    TCPSynRetrans: 0,
    ListenOverflows: 0,
    ListenDrops: 0,
  };
  readonly tcp = {
    ActiveOpens: 0,
    PassiveOpens: 0,
    InSegs: 0,
    OutSegs: 0,
    RetransSegs: 0,
    OutRsts: 0,
    EstabResets: 0,
  };
  readonly udp = {
    InDatagrams: 0,
    NoPorts: 0,
    InErrors: 0,
    OutDatagrams: 0,
    RcvbufErrors: 0,
    SndbufErrors: 0,
    MemErrors: 0,
  };
  readonly ip = {
    InReceives: 0,
    InDiscards: 0,
    ReasmTimeout: 0,
    ReasmReqds: 0,
    ReasmOKs: 0,
    ReasmFails: 0,
    OutNoRoutes: 0,
  };
  /** Of the network card: /proc/net/dev and ethtool -S. */
  readonly dev = {
    rx_packets: 0,
    rx_dropped: 0,
    rx_missed_errors: 0,
    alloc_rx_buff_failed: 0,
    tx_packets: 0,
  };

  /** Every counter as "group.Name". */
  entries(): readonly (readonly [string, number])[] {
    const groups = {
      TcpExt: this.tcpExt,
      Tcp: this.tcp,
      Udp: this.udp,
      Ip: this.ip,
      dev: this.dev,
    };
    return Object.entries(groups).flatMap(([group, counters]) =>
      Object.entries(counters).map(([name, count]) => [`${group}.${name}`, count] as const),
    );
  }

  save(): SnmpState {
    return {
      tcpExt: { ...this.tcpExt },
      tcp: { ...this.tcp },
      udp: { ...this.udp },
      ip: { ...this.ip },
      dev: { ...this.dev },
    };
  }

  load(state: SnmpState): void {
    Object.assign(this.tcpExt, state.tcpExt);
    Object.assign(this.tcp, state.tcp);
    Object.assign(this.udp, state.udp);
    Object.assign(this.ip, state.ip);
    Object.assign(this.dev, state.dev);
  }
}

export type SnmpState = Readonly<Pick<Snmp, "tcpExt" | "tcp" | "udp" | "ip" | "dev">>;
