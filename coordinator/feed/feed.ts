// What pages are told, by socket.io: everything once, then what changes. Nobody's page can slow the lab or another page.
//
// Frames are sent at most twenty times a second, encoded once for all pages, and not at all to a page that has not taken the
// last ones (counted). News are numbered and not left out; a page that takes none of many is put off, and comes again with
// the number of the last one it has. A page asks for nothing here: changes go by the API, with the token.

import { randomBytes } from "node:crypto";
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Logger } from "pino";
import { type Namespace, Server, type Socket } from "socket.io";
import {
  type Closure,
  FEED_NAMESPACE,
  FEED_PATH,
  FEED_VERSION,
  type FeedHello,
  type FeedNews,
  type FeedSnapshot,
  type FilmEnd,
  type FilmTitle,
  type Frame,
  type FromFeed,
  type ToldCampaign,
  type ToldFault,
  type ToldFilm,
  type ToldRun,
} from "#sim/index.ts";
import type { Screen } from "../engine-port.ts";
import type { History, Told } from "../runs/history.ts";
import type { RunRecord } from "../runs/record.ts";
import { EventRing } from "./event-ring.ts";
import { FilmBuffer, SNAPSHOT_FRAMES } from "./film-buffer.ts";
import { toldRun } from "./told-run.ts";

export interface FeedParts {
  readonly server: HttpServer;
  readonly history: History;
  readonly told: Told;
  readonly faults: () => readonly ToldFault[];
  readonly campaigns: () => readonly ToldCampaign[];
  /** Where films of runs that are over are kept. */
  readonly films: {
    has(run: string): boolean;
    keep(film: ToldFilm): Promise<void>;
  };
  readonly log: Logger;
}

export interface FeedCounts {
  /** That are open now. */
  readonly pages: number;
  /** Sendings of frames that a page was too slow for. */
  readonly dropped: number;
  /** Pages that were disconnected because they took none of many news. */
  readonly putOff: number;
}

type ToFeed = Record<string, never>;
type PageSocket = Socket<ToFeed, FromFeed>;

/** Frames go out at most so often, in ms. */
const SEND_EVERY_MS = 50;
/** In one sending: a run that goes faster than its clock has more, and the latest count. */
const FRAMES_PER_SENDING = 4;
/** News that a page may leave untaken before it is put off. */
const UNTAKEN_MAX = 200;
const PAGES_MAX = 500;
const RUNS_TOLD = 200;
/** Of a film that is kept. */
const FRAMES_KEPT = 800;
/** What a page may send: its hello. */
const INBOUND_BYTES_MAX = 4_096;

export class Feed implements Screen {
  readonly #parts: FeedParts;
  readonly #io: Server<ToFeed, FromFeed>;
  readonly #pages: Namespace<ToFeed, FromFeed>;
  readonly #epoch = randomBytes(8).toString("hex");
  readonly #ring = new EventRing();
  readonly #untaken = new Map<string, number>();
  #film: FilmBuffer | null = null;
  #waiting: Frame[] = [];
  #timer: NodeJS.Timeout | null = null;
  #dropped = 0;
  #putOff = 0;

  constructor(parts: FeedParts) {
    this.#parts = parts;
    this.#io = new Server(parts.server, {
      path: FEED_PATH,
      serveClient: false,
      maxHttpBufferSize: INBOUND_BYTES_MAX,
      allowRequest: (request, answer) => answer(null, isOwnOrigin(request)),
    });
    this.#pages = this.#io.of(FEED_NAMESPACE);
    this.#pages.use((socket, next) => next(refusalOf(socket, this.#pages.sockets.size)));
    this.#pages.on("connection", (socket) => this.#greet(socket));
    parts.told.on("change", this.#onChange);
    parts.told.on("event", this.#onEvent);
    parts.told.on("removed", this.#onRemoved);
  }

  get counts(): FeedCounts {
    const { sockets } = this.#pages;
    return { pages: sockets.size, dropped: this.#dropped, putOff: this.#putOff };
  }

  begins(run: string, title: FilmTitle): void {
    this.#film = new FilmBuffer(run, title);
    this.#waiting = [];
    this.#tell({ type: "begins", run, title });
  }

  shows(frames: readonly Frame[], closure: Closure | null): void {
    const film = this.#film;
    if (film === null) return;
    film.append(frames);
    this.#waiting.push(...frames);
    if (film.closure?.atNs !== closure?.atNs) {
      film.closure = closure;
      this.#flush();
      this.#tell({ type: "closure", closure });
    }
    if (this.#waiting.length > 0) this.#timer ??= setTimeout(() => this.#flush(), SEND_EVERY_MS);
  }

  ends(end: FilmEnd | null): void {
    const film = this.#film;
    if (film === null) return;
    film.end = end;
    this.#flush();
    if (end !== null) this.#tell({ type: "ends", end });
    const { films, log, history } = this.#parts;
    films.keep(film.told(FRAMES_KEPT)).then(
      () => {
        const record = history.get(film.run);
        if (record !== null) this.#onChange(record);
      },
      (error: unknown) => log.warn({ err: String(error), run: film.run }, "its film is not kept"),
    );
  }

  faultsEnd(): void {
    this.#tell({ type: "faults", faults: this.#parts.faults() });
  }

  campaignsChange(): void {
    this.#tell({ type: "campaigns", campaigns: this.#parts.campaigns() });
  }

  /** May be called twice. */
  close(): void {
    const { told } = this.#parts;
    told.off("change", this.#onChange);
    told.off("event", this.#onEvent);
    told.off("removed", this.#onRemoved);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#io.disconnectSockets(true);
    this.#io.engine.close();
  }

  readonly #onChange = (record: RunRecord): void =>
    this.#tell({ type: "run", record: this.#told(record) });

  readonly #onRemoved = (run: string): void => this.#tell({ type: "removed", run });

  readonly #onEvent = (_run: string, { type }: { readonly type: string }): void => {
    if (type === "fault" || type === "healed") this.faultsEnd();
  };

  #told(record: RunRecord): ToldRun {
    return toldRun(record, record.state === "ended" && this.#parts.films.has(record.id));
  }

  /** Everything, or what it has missed. */
  #greet(socket: PageSocket): void {
    // What waits to be sent is in what it is told now: it would have it twice.
    this.#flush(socket.id);
    socket.on("disconnect", () => this.#untaken.delete(socket.id));
    const { epoch, n, atNs } = helloOf(socket);
    const events = epoch === this.#epoch ? this.#ring.after(n) : null;
    if (events === null) socket.emit("snapshot", this.#snapshot());
    else socket.emit("resumed", { events, frames: this.#film?.since(atNs) ?? [] });
  }

  #snapshot(): FeedSnapshot {
    const { history, faults, campaigns } = this.#parts;
    return {
      epoch: this.#epoch,
      n: this.#ring.n,
      film: this.#film?.told(SNAPSHOT_FRAMES) ?? null,
      runs: history
        .list()
        .slice(0, RUNS_TOLD)
        .map((record) => this.#told(record)),
      faults: faults(),
      campaigns: campaigns(),
    };
  }

  #tell(news: FeedNews): void {
    const event = this.#ring.add(news);
    // Before it is sent: whoever has not taken the ones before it cannot be written to now.
    for (const socket of [...this.#pages.sockets.values()]) this.#countUntaken(socket);
    this.#pages.emit("news", event);
  }

  #countUntaken(socket: PageSocket): void {
    const untaken = isStalled(socket) ? (this.#untaken.get(socket.id) ?? 0) + 1 : 0;
    this.#untaken.set(socket.id, untaken);
    if (untaken <= UNTAKEN_MAX) return;
    this.#putOff++;
    socket.disconnect(true);
  }

  #flush(except = ""): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const frames = this.#waiting.slice(-FRAMES_PER_SENDING);
    this.#waiting = [];
    if (frames.length === 0) return;
    for (const socket of this.#pages.sockets.values()) if (isStalled(socket)) this.#dropped++;
    this.#pages.except(except).volatile.emit("frames", frames);
  }
}

/** It has not taken what it was sent before. socket.io leaves out what is volatile by the same sign. */
const isStalled = ({ conn }: PageSocket): boolean => !conn.transport.writable;

/** Of this page's own origin, or of no page: others must not read along through somebody's browser. */
function isOwnOrigin({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

function refusalOf(socket: PageSocket, pages: number): Error | undefined {
  if (helloOf(socket).version !== FEED_VERSION)
    return new Error("this page is older or newer than the coordinator: load it again");
  if (pages >= PAGES_MAX) return new Error(`${PAGES_MAX} pages are open already: close some`);
  return undefined;
}

/** What it says of itself; it may say anything. */
function helloOf({ handshake }: PageSocket): FeedHello {
  const said: Readonly<Record<string, unknown>> = handshake.auth;
  const count = (name: string): number => {
    const value = said[name];
    return typeof value === "number" && Number.isFinite(value) ? value : -1;
  };
  const epoch = typeof said["epoch"] === "string" ? said["epoch"] : null;
  return { version: count("version"), epoch, n: count("n"), atNs: count("atNs") };
}
