// Quantities of a script: text that carries its unit in its type. A bare number, or a size where a time is due, does not
// compile; what is written by hand, such as "64 MiB", is checked the same way.

import type { QuantityText } from "#coordinator/scenario/index.ts";

export type Duration = QuantityText["duration"];
export type Size = QuantityText["size"];
export type Rate = QuantityText["rate"];
export type Bandwidth = QuantityText["bandwidth"];
export type Ratio = QuantityText["ratio"];
export type Quantity = QuantityText[keyof QuantityText];

export const us = (n: number): Duration => `${n} us`;
export const ms = (n: number): Duration => `${n} ms`;
export const s = (n: number): Duration => `${n} s`;
export const min = (n: number): Duration => `${n} min`;

export const KiB = (n: number): Size => `${n} KiB`;
export const MiB = (n: number): Size => `${n} MiB`;
export const GiB = (n: number): Size => `${n} GiB`;
/** Of 4 KiB. */
export const pages = (n: number): Size => `${n} pages`;
/** Times the machine's RAM. */
export const xRam = (n: number): Size => `${n} x ram`;

export const perSec = (n: number): Rate => `${n}/s`;
export const Mbit = (n: number): Bandwidth => `${n} Mbit/s`;
export const Gbit = (n: number): Bandwidth => `${n} Gbit/s`;
export const percent = (n: number): Ratio => `${n} %`;
