// The coordinator's feed: connects, and connects again for as long as the page is open; says what to do when it cannot.

import { io, type Socket } from "socket.io-client";
import { FEED_NAMESPACE, FEED_PATH, type FromFeed } from "#sim/index.ts";
import { FeedState } from "../model/feed-state.ts";

export interface LiveListener {
  /** Something is another than it was. */
  changed(): void;
  /** Another film than before is the one that goes on. */
  begins(): void;
  /** No run goes on; the last one of which there is a film, null: there is none. */
  idle(run: string | null): void;
  /** Why nothing comes, and what to do; "": it comes. */
  troubled(why: string): void;
}

/** Between two attempts, in ms: a coordinator that was started again is found within a second. */
const AGAIN_MS = { reconnectionDelay: 250, reconnectionDelayMax: 1_000 };

export class LiveSource {
  readonly state = new FeedState();
  #socket: Socket<FromFeed> | null = null;

  listen(listener: LiveListener): void {
    const { state } = this;
    const told = (tell: () => void): void => {
      const before = state.film;
      tell();
      if (state.film !== before) listener.begins();
      listener.changed();
    };
    const socket: Socket<FromFeed> = io(FEED_NAMESPACE, {
      path: FEED_PATH,
      transports: ["websocket", "polling"],
      auth: (answer) => answer({ ...state.hello }),
      ...AGAIN_MS,
    });
    socket.on("connect", () => listener.troubled(""));
    socket.on("snapshot", (snapshot) => {
      told(() => state.snapshot(snapshot));
      if (state.film === null) listener.idle(state.runs.find(({ hasFilm }) => hasFilm)?.id ?? null);
    });
    socket.on("resumed", (resumed) => told(() => state.resumed(resumed)));
    socket.on("frames", (frames) => told(() => state.frames(frames)));
    socket.on("news", (event) => told(() => state.news(event)));
    socket.on("disconnect", () => listener.troubled(GONE));
    // What the coordinator itself refuses it says; what does not get there is a server that is not there.
    socket.on("connect_error", ({ message }) =>
      listener.troubled(socket.active ? GONE : `${message}.`),
    );
    this.#socket = socket;
  }

  /** May be called twice. */
  close(): void {
    this.#socket?.disconnect();
    this.#socket = null;
  }
}

const GONE =
  "The coordinator does not answer; what is shown is the last it said. Start it again with ./unwedge up: this page finds it by itself.";
