// Elements without a framework. Text goes in as text, never as markup: what a machine is called is not executed.

type Attributes = Readonly<Record<string, string | number | boolean>>;
type Child = Node | string | null;

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  children: readonly Child[] = [],
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(tag), attributes, children);
}

export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  children: readonly Child[] = [],
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled<E extends Element>(
  element: E,
  attributes: Attributes,
  children: readonly Child[],
): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Only when it differs: a page that is told the same twenty times a second should not be laid out again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** A command: a line may end between two of its words, and within one only where that is longer than a line. */
export function setCommand(element: Element, text: string): void {
  if (element.textContent === text) return;
  const words = text.split(" ").map((word) => h("span", { class: "word" }, [word]));
  element.replaceChildren(...words.flatMap((word, i) => (i === 0 ? [word] : [" ", word])));
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Style by property: a strict content policy forbids the attribute. */
export function place(
  element: HTMLElement | SVGElement,
  styles: Readonly<Record<string, string>>,
): void {
  for (const [name, value] of Object.entries(styles))
    if (element.style.getPropertyValue(name) !== value) element.style.setProperty(name, value);
}

/** Makes a parent have these children, touching nothing when it has them. */
export function replaceChildren(parent: Element, children: readonly Node[]): void {
  const same =
    parent.childNodes.length === children.length &&
    children.every((child, i) => parent.childNodes[i] === child);
  if (!same) parent.replaceChildren(...children);
}

/** A number with its unit, its name, and what it means for whoever points at it. */
export function figure(name: string, value: string, definition: string): HTMLElement {
  const [number = "", ...unit] = value.split(" ");
  return h("div", { class: "figure", title: definition }, [
    h("dt", {}, [name]),
    h("dd", {}, [number, h("small", {}, [` ${unit.join(" ")}`])]),
  ]);
}

/** A control with its name before it. */
export const labelled = (text: string, control: HTMLElement): HTMLElement =>
  h("label", {}, [h("span", {}, [text]), control]);

/** A part of a view, under its name. */
export const panel = (title: string, ...children: readonly HTMLElement[]): HTMLElement =>
  h("div", { class: "panel" }, [h("h2", {}, [title]), ...children]);

/** A table whose columns have these names. */
export const tableOf = (columns: readonly string[], body: HTMLElement): HTMLElement =>
  h("table", {}, [
    h("thead", {}, [
      h(
        "tr",
        {},
        columns.map((name) => h("th", { scope: "col" }, [name])),
      ),
    ]),
    body,
  ]);

/** What is wider than a telephone moves sideways by itself, with the keyboard too. */
export const scrolled = (name: string, child: Element): HTMLElement =>
  h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, [child]);
