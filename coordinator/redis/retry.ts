/** When a connection to Redis is tried again, in ms, after so many times: soon, and for ever. It comes back when it does. */
export const retryStrategy = (times: number): number => Math.min(50 * times, 1_000);
