// The film that a report carries: gzip, base64, in an element of its own. `unwedge report` puts it there.

import { FILM_SCHEMA, type Film } from "#sim/index.ts";

/** null: the page is no report. Throws on a report that was damaged. */
export async function carriedFilm(document: Document): Promise<Film | null> {
  const carrier = document.getElementById("film");
  if (carrier === null) return null;
  const packed = Uint8Array.from(atob(carrier.textContent.trim()), (letter) =>
    letter.charCodeAt(0),
  );
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const film: unknown = await new Response(unpacked).json();
  if (isFilm(film)) return film;
  throw new Error("this report was written by another version of unwedge, or it is damaged");
}

/** Its inside is what our own `report` wrote. */
const isFilm = (value: unknown): value is Film =>
  typeof value === "object" && value !== null && "schema" in value && value.schema === FILM_SCHEMA;
