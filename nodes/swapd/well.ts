// A swap server to which nothing has been done: it takes as long as it takes.

import { STORE_STATE_DEFAULTS, type StoreState } from "#kernel/index.ts";

/** One object: a request that sees it is under no fault, and is carried out without a question more. */
export const WELL: StoreState = { ...STORE_STATE_DEFAULTS, latencyNs: 0 };
