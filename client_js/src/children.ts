/** Children in their places: made, put there, taken away, brought up to date. */

import type { Wire } from "./codec";
import { nextOf, remove } from "./dom";
import { adapt, alter, compose } from "./elements";
import { insert } from "./nodes";
import { APPEND, FEED, SPLICE } from "./protocol";
import { Block, check, type Child, type Holder, isArray, List, placeOf } from "./tree";

/** Markup between two comments. After adoption it is not known what the markup was. */
export class Raw {
  constructor(
    readonly html: string | null,
    readonly start: Node,
    readonly end: Node,
  ) {}
}

export function firstNode(child: Child): Node | null {
  if (child instanceof Block) return child.element;
  if (child instanceof Raw) return child.start;
  if (child instanceof List) {
    for (const item of child.values) {
      const node = firstNode(item);
      if (node) return node;
    }
    return null;
  }
  return child;
}

/** The next node of ours behind a place, in the same parent. */
export function nodeAfter(up: Holder, at: number): Node | null {
  if (up instanceof List) {
    for (let i = at + 1; i < up.values.length; i++) {
      const node = firstNode(up.values[i]!);
      if (node) return node;
    }
    return up.up && nodeAfter(up.up, placeOf(up));
  }
  const next = up.after[at]!;
  return typeof next === "number" ? (firstNode(up.values[next] as Child) ?? nodeAfter(up, next)) : next;
}

/** The top nodes of a child, in order. */
export function nodesOf(child: Child): Node[] {
  if (child instanceof List) return child.values.flatMap(nodesOf);
  const first = firstNode(child);
  const nodes = first ? [first] : [];
  if (child instanceof Raw) for (let node: Node | null = first; node && node !== child.end; ) if ((node = nextOf(node))) nodes.push(node);
  return nodes;
}

export function place(child: Child, parent: Node, before: Node | null): void {
  for (const node of nodesOf(child)) insert(parent, node, before);
}

/** Takes a child away. Markup stays in one place: it may be shown again. */
export function discard(child: Child): void {
  if (child instanceof List) child.values.forEach(discard);
  else if (child instanceof Raw) new DocumentFragment().append(...nodesOf(child));
  else if (child) remove(firstNode(child)!);
}

// Making

/** A child's nodes, not yet put anywhere. `parent` is where they will stand. */
export function create(value: Wire, up: Holder, parent: Node): Child {
  if (value === null) return null;
  // A number is the length of a text that is nowhere: adopted inside of <noscript>.
  if (typeof value !== "object") return document.createTextNode(typeof value === "string" ? value : "");
  check(isArray(value));
  return compose(value, up, parent);
}

/** Puts new children into the page, all at once. */
export function put(children: Child[], parent: Node, before: Node | null): void {
  if (children.length < 2 && !(children[0] instanceof List)) return place(children[0] ?? null, parent, before);
  const fragment = document.createDocumentFragment();
  for (const child of children) place(child, fragment, null);
  insert(parent, fragment, before);
}

// Bringing up to date

/** Makes the child in this place what the value says, keeping what fits. `was`: the value that is shown, where it is known. */
export function make(up: Holder, at: number, value: Wire, was?: Wire): void {
  const old = (up.values[at] ?? null) as Child;
  if (keep(old, value, was)) return;
  const parent = up instanceof List ? up.parent : up.nodes[at]!;
  const fresh = create(value, up, parent);
  const before = firstNode(old) ?? nodeAfter(up, at);
  if (fresh instanceof List) put(fresh.values, parent, before);
  else place(fresh, parent, before);
  discard(old);
  up.values[at] = fresh;
}

/** Brings a child up to date, if it is of the right kind. */
export function keep(old: Child, value: Wire, was?: Wire): boolean {
  // What is the very same need not be looked at.
  if (value === was && value !== null) return true;
  if (old === null || value === null) return old === value;
  if (typeof value === "string") {
    if (!(old instanceof Text)) return false;
    if (old.data !== value) old.data = value;
    return true;
  }
  check(isArray(value));
  return adapt(old, value, was);
}

/** Brings a child to what a delta says that is not plain. */
export function change(up: Holder, at: number, delta: Wire): void {
  const old = up.values[at];
  const [head, ...parts] = isArray(delta) ? delta : [];
  if (head === SPLICE || head === FEED) {
    check(old instanceof List && !old.symbol);
    alter(old, head, parts);
  } else if (head === APPEND) {
    check(old instanceof Text);
    // What is selected in it stays so. To ask what is selected, and set `data`, may take a layout each time.
    old.appendData(parts[0] as string);
  } else make(up, at, delta);
}
