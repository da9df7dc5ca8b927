// Films of runs that are over, beside their records: gzipped JSON, as they are served.

import { createReadStream, existsSync, type ReadStream, rmSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { FILM_SCHEMA, type Film, type ToldFilm } from "#sim/index.ts";

const FILM = ".film.json.gz";
const pack = promisify(gzip);

export class FilmFolder {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  has(run: string): boolean {
    return existsSync(this.#file(run));
  }

  /** Written whole or not at all. */
  async keep({ run, title, frames, closure, end }: ToldFilm): Promise<void> {
    const film: Film = { schema: FILM_SCHEMA, title, frames, closure, end };
    const partial = `${this.#file(run)}.partial`;
    await writeFile(partial, await pack(JSON.stringify(film)));
    await rename(partial, this.#file(run));
  }

  /** Its bytes, packed. */
  read(run: string): ReadStream {
    return createReadStream(this.#file(run));
  }

  remove(run: string): void {
    rmSync(this.#file(run), { force: true });
  }

  #file(run: string): string {
    return join(this.#path, run + FILM);
  }
}
