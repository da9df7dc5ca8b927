import type { Fault } from "./fault.ts";

// Somebody between the hosts kills connections: a firewall that lost its state, or tcpkill(8). A segment on the link gets
// both ends of its connection a RST; a connection on which nothing is sent does not notice. Datagrams pass.
export const linkReset: Fault = {
  name: "link.reset",
  summary: "Every connection that sends on the link is reset, at both ends.",
  target: "link",
  args: {},
  effect: { on: "link", change: (state) => ({ ...state, resets: true }) },
  receipt: { counter: "resetConnections", means: "a connection sent on the link and was reset" },
};
