// What faults did to the requests and connections of a swap server, counted from its start: their receipts.

export type Strikes = {
  failedRequests: number;
  corruptedReplies: number;
  cutReplies: number;
  droppedConnections: number;
  refusedConnections: number;
  crashes: number;
};

export const noStrikes = (): Strikes => ({
  failedRequests: 0,
  corruptedReplies: 0,
  cutReplies: 0,
  droppedConnections: 0,
  refusedConnections: 0,
  crashes: 0,
});
