// A Redis that is open, of whichever kind.

export interface RedisHandle {
  readonly url: string;
  readonly kind: "given" | "server" | "embedded";
  /** One line for who starts the cluster: which one it is, and what that means. */
  readonly said: string;
  /** May be called twice. A Redis that was given is left as it is. */
  close(): Promise<void>;
}
