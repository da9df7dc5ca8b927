// What the numbers of an expression measure, and which may meet: pages are never compared with seconds.

import { PAGE_BYTES } from "#base/units.ts";
import type { Unit } from "./metrics.ts";
import type { Dimension } from "./quantity.ts";
import { formatQuantity } from "./quantity.ts";

/** pageCount: a count of pages, which may meet a count or a size. truth: 0 or 1. Inner units are those of quantity.ts. */
export type Kind = "truth" | "count" | "pageCount" | Dimension;

export function kindOf(unit: Unit): { readonly kind: Kind; readonly factor: number } {
  switch (unit) {
    case "pages":
      return { kind: "size", factor: PAGE_BYTES };
    case "bytes":
      return { kind: "size", factor: 1 };
    case "ns":
      return { kind: "duration", factor: 1 };
    case "ppm":
      return { kind: "ratio", factor: 1 };
    case "count":
    case "pageCount":
      return { kind: unit, factor: 1 };
  }
}

/** How two kinds meet in a sum or comparison: the kind they share, and what each is multiplied by; null: they do not. */
export function meet(left: Kind, right: Kind): Meeting | null {
  if (left === right) return { kind: left, left: 1, right: 1 };
  if (left === "pageCount") return pageCountMeets(right);
  if (right !== "pageCount") return null;
  const other = pageCountMeets(left);
  return other === null ? null : { kind: other.kind, left: other.right, right: other.left };
}

interface Meeting {
  readonly kind: Kind;
  readonly left: number;
  readonly right: number;
}

function pageCountMeets(other: Kind): Meeting | null {
  if (other === "count") return { kind: "count", left: 1, right: 1 };
  return other === "size" ? { kind: "size", left: PAGE_BYTES, right: 1 } : null;
}

/** Kind of a product; null when it has no meaning here. */
export function productKind(left: Kind, right: Kind): Kind | null {
  if (left === "truth" || right === "truth") return null;
  if (left === "count") return right;
  return right === "count" ? left : null;
}

/** Kind of a quotient; null when it has no meaning here. */
export function quotientKind(left: Kind, right: Kind): Kind | null {
  if (left === "truth" || right === "truth") return null;
  if (right === "count") return left;
  if (meet(left, right) !== null) return "count";
  return right === "duration" && (left === "count" || left === "pageCount") ? "rate" : null;
}

/** A value of a kind, for people. Sizes are shown in pages when that is what was measured. */
export function formatKind(value: number, kind: Kind, inPages: boolean): string {
  switch (kind) {
    case "truth":
      return value === 0 ? "false" : "true";
    case "count":
    case "pageCount":
      return String(rounded(value));
    case "size":
      return inPages
        ? `${rounded(value / PAGE_BYTES)} pages`
        : formatQuantity(rounded(value), kind);
    case "rate":
      return `${rounded(value)}/s`;
    case "duration":
    case "bandwidth":
    case "ratio":
      return formatQuantity(rounded(value), kind);
  }
}

/** Three digits behind the point are enough for a person. */
const rounded = (value: number): number => Math.round(value * 1000) / 1000;

/** What a kind is called in a message. */
export function kindText(kind: Kind): string {
  switch (kind) {
    case "truth":
      return "a claim";
    case "count":
    case "pageCount":
      return "a count";
    case "duration":
    case "size":
    case "rate":
    case "bandwidth":
    case "ratio":
      return `a ${kind}`;
  }
}
