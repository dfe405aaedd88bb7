/** Children in their places: made, put there, taken away, brought up to date. */

import type { Wire } from "./codec";
import { firstChildOf, nextOf, remove } from "./dom";
import { adapt, alter, compose, setSymbol } from "./elements";
import { insert, replaceChildren } from "./nodes";
import { more } from "./parts";
import { APPEND, FEED, SPLICE, UPDATE } from "./protocol";
import { isSymbol } from "./symbols";
import { check } from "./templates";
import { Block, type Child, type Holder, isArray, isQuiet, List, placeOf, setPlain } from "./tree";

/** Longer texts are laid out anew only where they have grown. */
const SHORT = 200;
/** Where the selection begins and ends. It is noted as it changes: to ask while a page is changed may take a layout, each time. */
let ends: unknown[] = [];
function noteSelection(): void {
  const selection = getSelection();
  ends = [selection?.anchorNode, selection?.focusNode];
}
document.addEventListener("selectionchange", noteSelection);
noteSelection();

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
  if (child instanceof Block) insert(parent, child.element, before);
  else for (const node of nodesOf(child)) insert(parent, node, before);
}

/** Takes a child away. Markup stays in one place: it may be shown again. */
export function discard(child: Child): void {
  if (child instanceof List) discardAll(child.values, child.parent);
  else if (child instanceof Raw) new DocumentFragment().append(...nodesOf(child));
  else if (child) remove(firstNode(child)!);
}

/** Takes children away that stand in a parent one behind the other: all at once, if there is nothing else. */
export function discardAll(children: Child[], parent: Node): void {
  let node = firstChildOf(parent);
  const isAll = children.length > 1 && children.every((child) => (child instanceof Block ? child.element : child) === node && node && ((node = nextOf(node)), true));
  if (isAll && !node && parent instanceof Element) replaceChildren(parent);
  else children.forEach(discard);
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
  for (const child of children) {
    if (child instanceof Block) fragment.appendChild(child.element);
    else fragment.append(...nodesOf(child));
  }
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
    setText(old, value);
    return true;
  }
  check(isArray(value));
  return adapt(old, value, was);
}

/** What is selected in a text that grows stays so. `appendData` takes several times as long as setting a short text. */
function setText(text: Text, value: string): void {
  const { data } = text;
  if (value === data) return;
  if ((data.length > SHORT || ends.includes(text)) && value.startsWith(data)) text.appendData(value.slice(data.length));
  else text.data = value;
}

/** Sets a slot, with `force` also if it has the value already. */
export function setSlot(block: Block, at: number, value: Wire, force = false, was?: Wire): void {
  const { nodes, symbols, template, values } = block;
  const name = template.slots[at]!;
  const element = nodes[at] as Element;
  if (!name) return make(block, at, value, was);
  if (name[0] === "@") return setPlain(block, at, value);
  if (isSymbol(value)) value = setSymbol(block, at, value, element);
  else if (symbols) delete symbols[at];
  if (name[0] === ".") values[at] = more.give!(element, name.slice(1), value, force, values[at]);
  else setPlain(block, at, value);
}

/** An index, if it is one. */
export function index(value: Wire | undefined, below: number): number {
  check(Number.isInteger(value) && (value as number) >= 0 && (value as number) < below);
  return value as number;
}

/** Changes items of a list: [index, delta, …]. */
export function update(list: List, changes: Wire | undefined): void {
  for (let i = 0; isArray(changes) && i < changes.length; i += 2) patch(list, index(changes[i], list.values.length), changes[i + 1]!);
}

/** Brings a child to what a delta says. Throws when it does not fit. */
export function patch(up: Holder, at: number, delta: Wire): void {
  if (!isArray(delta)) return make(up, at, delta);
  const old = up.values[at];
  const [head, ...parts] = delta;
  if (head === SPLICE || head === FEED) {
    check(old instanceof List && !old.symbol);
    if (head === SPLICE && isQuiet(parts)) update(old, parts[3]);
    else alter(old, head, parts);
  } else if (head === UPDATE) {
    check(old instanceof Block);
    for (const last of [false, true]) {
      for (let i = 0; i < parts.length; i += 2) {
        const slot = parts[i] as number;
        const name = old.template.slots[slot];
        check(name !== undefined && i + 1 < parts.length);
        if ((name[0] === ".") !== last) continue;
        if (name) setSlot(old, slot, parts[i + 1]!, true);
        else patch(old, slot, parts[i + 1]!);
      }
    }
  } else if (head === APPEND) {
    check(old instanceof Text);
    setText(old, old.data + (parts[0] as string));
  } else make(up, at, delta);
}
