/** A second, plain implementation of the protocol's trees: HTML, outline and delta, to hold the client against. */

import type { Wire } from "../src/codec";
import { ITEMS, KEYED, RAW, SPLICE, UPDATE } from "../src/protocol";
import type { Definition } from "../src/templates";

export type Definitions = { [number: number]: Definition };

const VOID = /^(area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;
const escape = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");

/** The HTML that the server would send for a child. */
export function html(definitions: Definitions, child: Wire): string {
  if (child === null) return "";
  if (typeof child === "string") return escape(child);
  const [head, ...rest] = child as Wire[];
  if (head === ITEMS) return rest.map((item) => html(definitions, item)).join("");
  if (head === KEYED) return rest.slice(1).map((item) => html(definitions, item)).join("");
  if (head === RAW) return `<!--[-->${rest[0] as string}<!--]-->`;
  return element(definitions, definitions[head as number]!, rest);
}

function element(definitions: Definitions, [tag, attributes, ...children]: Definition, values: Wire[]): string {
  let text = `<${tag}`;
  let content = "";
  for (let i = 0; i < attributes.length; i += 2) {
    const name = (attributes[i] as string).replace(/^\./, "");
    const given = attributes[i + 1]!;
    const value = typeof given === "number" ? values[given]! : given;
    if (name[0] === "@" || value === null || value === false) continue;
    if (attributes[i] === ".value" && tag === "textarea") content = escape(String(value));
    else if (attributes[i] !== ".value" || tag !== "select") text += value === true ? ` ${name}=""` : ` ${name}="${escape(String(value))}"`;
  }
  text += ">";
  if (VOID.test(tag)) return text;
  for (const child of children) {
    if (typeof child === "string") content += escape(child);
    else content += typeof child === "number" ? html(definitions, values[child]!) : element(definitions, child, values);
  }
  return `${text}${content}</${tag}>`;
}

/** The outline of a child. */
export function outline(definitions: Definitions, child: Wire): Wire {
  if (child === null) return null;
  if (typeof child === "string") return child.length;
  const [head, ...rest] = child as Wire[];
  if (head === ITEMS) return [ITEMS, ...rest.map((item) => outline(definitions, item))];
  if (head === KEYED) return [KEYED, rest[0]!, ...rest.slice(1).map((item) => outline(definitions, item))];
  if (head === RAW) return [RAW];
  const kinds = slotKinds(definitions[head as number]!);
  return [head!, ...rest.map((value, i) => (kinds[i] === "child" ? outline(definitions, value) : kinds[i] === "event" ? value : null))];
}

export function slotKinds(definition: Definition, kinds: string[] = []): string[] {
  const [, attributes, ...children] = definition;
  for (let i = 0; i < attributes.length; i += 2) {
    const value = attributes[i + 1];
    const mark = (attributes[i] as string)[0];
    if (typeof value === "number") kinds[value] = mark === "@" ? "event" : mark === "." ? "property" : "attribute";
  }
  for (const child of children) {
    if (typeof child === "number") kinds[child] = "child";
    else if (typeof child !== "string") slotKinds(child, kinds);
  }
  return kinds;
}

const same = (a: Wire, b: Wire): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A delta that makes `b` of `a`; undefined when they are equal. */
export function diff(definitions: Definitions, a: Wire, b: Wire): Wire | undefined {
  if (same(a, b)) return undefined;
  if (!Array.isArray(a) || !Array.isArray(b) || a[0] !== b[0]) return b;
  const head = b[0] as number;
  if (head >= 0) {
    const kinds = slotKinds(definitions[head]!);
    const delta: Wire[] = [UPDATE];
    for (let i = 0; i < kinds.length; i++) {
      const change = kinds[i] === "child" ? diff(definitions, a[i + 1]!, b[i + 1]!) : same(a[i + 1]!, b[i + 1]!) ? undefined : b[i + 1]!;
      if (change !== undefined) delta.push(i, change);
    }
    return delta;
  }
  if (head === RAW) return b;
  const keyed = head === KEYED;
  const oldItems = a.slice(keyed ? 2 : 1);
  const newItems = b.slice(keyed ? 2 : 1);
  const oldKeys = (keyed ? a[1] : oldItems.map((_, i) => i)) as Wire[];
  const newKeys = (keyed ? b[1] : newItems.map((_, i) => i)) as Wire[];
  const removed: Wire[] = [];
  const moved: Wire[] = [];
  const inserted: Wire[] = [];
  const updated: Wire[] = [];
  const work = oldKeys.filter((key) => newKeys.includes(key));
  oldKeys.forEach((key, i) => {
    if (work.includes(key)) return;
    const last = removed.length - 2;
    if (last >= 0 && (removed[last] as number) + (removed[last + 1] as number) === i) removed[last + 1] = (removed[last + 1] as number) + 1;
    else removed.push(i, 1);
  });
  newKeys
    .filter((key) => work.includes(key))
    .forEach((key, to) => {
      const from = work.indexOf(key);
      if (from === to) return;
      work.splice(to, 0, ...work.splice(from, 1));
      moved.push(from, to);
    });
  newKeys.forEach((key, i) => {
    const old = oldKeys.indexOf(key);
    if (old < 0) inserted.push(i, keyed ? key : null, newItems[i]!);
    else {
      const change = diff(definitions, oldItems[old]!, newItems[i]!);
      if (change !== undefined) updated.push(i, change);
    }
  });
  const parts: Wire[] = [removed, moved, inserted, updated];
  while (parts.length && (parts.at(-1) as Wire[]).length === 0) parts.pop();
  return [SPLICE, ...parts];
}
