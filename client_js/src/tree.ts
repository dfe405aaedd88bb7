/**
 * The tree of values and the nodes that show it, held side by side.
 *
 * A child is nothing, a text node, a block (one element), a list, or raw markup. There are no marker nodes: where a child
 * belongs is found by looking for the next node of ours behind it.
 */

import type { Wire } from "./codec";
import * as dom from "./dom";
import { firstChildOf, homeOf, focus, getAttribute, insert, isConnected, nameOf, nextOf, remove } from "./dom";
import type { Layer } from "./layers";
import { isQuiet, more } from "./parts";
import { APPEND, CHOICE, FEED, ITEMS, KEYED, RAW, SPLICE, UPDATE } from "./protocol";
import { type Definition, Template, attributesOf, childrenOf, intern, templateOf, useTemplates } from "./templates";

export type Key = string | number;
export type Child = null | Text | Block | List | Raw;
/** What children stand in: a child has its place there, the index of `values`. */
export type Holder = Block | List;

export class Block {
  /** By slot: the element of an attribute, property or event; the one that a child is in. */
  nodes: Node[] = [];
  /** By child slot: what follows in the template, a static node or the number of another child slot. */
  after: (Node | number | null)[] = [];
  /** By slot: what the tree has set, or the child. Absent attributes are null, present ones without a value "". */
  readonly values: (Child | Wire)[] = [];
  /** By slot of an attribute or property: the symbol whose value it has. */
  symbols?: { [slot: number]: Wire[] } | undefined;

  constructor(
    readonly up: Holder,
    public template: Template,
    readonly element: Element,
  ) {}
}

export class List {
  readonly values: Child[] = [];
  /** A symbol's place is a list of one item, made of the value that is `shown`. */
  symbol?: Wire[];
  shown?: Wire;
  /** Of a feed: the keys. */
  known?: Set<Key> | undefined;

  constructor(
    readonly up: Holder | null,
    readonly parent: Node,
    public keys: Key[] | null,
  ) {}
}

/** Markup between two comments. After adoption it is not known what the markup was. */
export class Raw {
  constructor(
    readonly html: string | null,
    readonly start: Node,
    readonly end: Node,
  ) {}
}

/** Throws when the DOM or a delta is not what it should be. A sync then mends it. */
export function check(condition: unknown): asserts condition {
  if (!condition) throw new Error("does not fit the tree");
}

/** Of an element: the block that its event slots belong to. */
const OWNER = Symbol();
const ownerOf = (element: Element): Block | undefined => (element as { [OWNER]?: Block })[OWNER];
/** Where symbols stand in the tree that is at work; some of it may have gone. */
export let symbols = new Set<Holder>();
/** Elements made since the work began that hold one with `autofocus`. */
export const focusing: Element[] = [];
/** Told of every handler that is set. */
let onHandler: (type: string, element: Element, handler: Wire) => void = () => {};
export const watchHandlers = (listener: typeof onHandler): unknown => (onHandler = listener);
/** What had the focus when a patch disabled it. */
let disabled: Element | null = null;
/** Patches are being applied: events come from us, not from the person. */
export let applying = false;

/** All handlers of an element, with the types of their events. */
export function slotsOf(element: Element): [type: string, handler: Wire][] {
  const block = ownerOf(element);
  return block ? block.template.slots.flatMap((name, i) => (name[0] === "@" && block.nodes[i] === element ? [[name.slice(1), block.values[i] as Wire]] : [])) : [];
}

/** The block and slot that set something of an element that has a handler, as it is named on the wire. */
export function slotOf(element: Element, name: string): [Block, number] | null {
  const block = ownerOf(element);
  const at = block ? block.template.slots.findIndex((slot, i) => slot === name && block.nodes[i] === element) : -1;
  return at < 0 ? null : [block!, at];
}

export const isArray = (value: unknown): value is Wire[] => Array.isArray(value);

export const isSymbol = (value: unknown): value is [number, ...Wire[]] => isArray(value) && (value[0] as number) <= CHOICE;

// Places

const parentAt = (up: Holder, at: number): Node => (up instanceof List ? up.parent : up.nodes[at]!);
export const placeOf = (child: Block | List): number => (child.up!.values as unknown[]).indexOf(child);

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
  return more.compose!(value, up, parent);
}

/**
 * Finds the slots of a block in an element that its template made, here or on the server, and notes what the attributes
 * and properties are. `child` finds what stands in a child slot.
 */
export function bind(
  block: Block,
  definition: Definition,
  element: Element,
  child: (slot: number, cursor: Cursor) => Child,
  clear = false,
): void {
  for (const [name, slot] of attributesOf(definition)) {
    if (typeof slot !== "number") continue;
    block.nodes[slot] = element;
    block.values[slot] = name[0] === "@" ? null : name[0] === "." ? more.rendered!(element, name.slice(1)) : getAttribute(element, name);
  }
  const home = homeOf(element);
  // What hooks and custom elements put into themselves is theirs.
  const cursor = new Cursor(home, clear && !dom.matches(element, "[data-hook]") && !nameOf(element)!.includes("-"));
  let before: number[] = [];
  for (const part of childrenOf(definition)) {
    let after: Node | number;
    if (typeof part === "number") {
      block.nodes[part] = home;
      block.after[part] = null;
      block.values[part] = child(part, cursor);
      after = part;
    } else if (typeof part === "string") check((after = cursor.text(part.length)).data === part);
    else bind(block, part, (after = cursor.element(part[0])), child, clear);
    for (const slot of before) block.after[slot] = after;
    before = typeof part === "number" ? [part] : [];
    if (part === definition.at(-1)) cursor.end();
  }
}

// Bringing up to date

/** Makes the child in this place what the value says, keeping what fits. `was`: the value that is shown, where it is known. */
export function make(up: Holder, at: number, value: Wire, was?: Wire): void {
  const old = (up.values[at] ?? null) as Child;
  if (keep(old, value, was)) return;
  const parent = parentAt(up, at);
  const fresh = create(value, up, parent);
  const before = firstNode(old) ?? nodeAfter(up, at);
  if (fresh instanceof List) more.put!(fresh.values, parent, before);
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
  return more.adapt!(old, value, was);
}

export function setSlot(block: Block, at: number, value: Wire, force: boolean, was?: Wire): void {
  const name = block.template.slots[at]!;
  const element = block.nodes[at] as Element;
  const old = block.values[at];
  if (!name) return make(block, at, value, was);
  if (name[0] === "@") {
    (element as { [OWNER]?: Block })[OWNER] = block;
    block.values[at] = value;
    return onHandler(name.slice(1), element, value);
  }
  if (isSymbol(value)) {
    (block.symbols ??= {})[at] = value;
    symbols.add(block);
    value = more.resolve!(value, element);
  } else if (block.symbols) delete block.symbols[at];
  if (name[0] === ".") {
    value = more.asRendered!(element, name.slice(1), value);
    if (force || old !== value) more.setProperty!(element, name.slice(1), value);
    else more.own!(element, name.slice(1));
  } else {
    if (value === true) value = "";
    setAttribute(element, name, value as string | null, old as string | null);
  }
  block.values[at] = value;
}

export function setAttribute(element: Element, name: string, value: string | null, old: string | null): void {
  if (value !== old) dom.setAttribute(element, name, value, old);
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

export function patch(up: Holder, at: number, delta: Wire): void {
  if (!isArray(delta)) return make(up, at, delta);
  const old = up.values[at];
  if (delta[0] === SPLICE || delta[0] === FEED) {
    check(old instanceof List && !old.symbol);
    const parts = delta.slice(1);
    if (delta[0] === FEED || !isQuiet(parts)) more.alter!(old, delta);
    else update(old, parts[3]);
  } else if (delta[0] === UPDATE) {
    check(old instanceof Block);
    for (const last of [false, true]) {
      for (let i = 1; i < delta.length; i += 2) {
        const slot = delta[i] as number;
        const name = old.template.slots[slot];
        check(name !== undefined && i + 1 < delta.length);
        if ((name[0] === ".") !== last) continue;
        if (name) setSlot(old, slot, delta[i + 1]!, true);
        else patch(old, slot, delta[i + 1]!);
      }
    }
  } else if (delta[0] === APPEND) {
    check(old instanceof Text);
    // What is selected in it stays so. To ask what is selected, and set `data`, may take a layout each time.
    old.appendData(delta[1] as string);
  } else make(up, at, delta);
}

// Adopting

/** Goes through the nodes of an element beside the tree, past nodes of others. What does not come is a mismatch. */
export class Cursor {
  private node: Node | null;

  /** With `clear`, what is passed is taken away: it is what the parser made of a tree that it could not keep. */
  constructor(
    readonly parent: Node,
    private readonly clear = false,
  ) {
    this.node = firstChildOf(parent);
  }

  next(): Node | null {
    const { node } = this;
    this.node = node && nextOf(node);
    return node;
  }

  find<T extends Node>(isOurs: (node: Node) => node is T): T {
    for (let node; (node = this.next()); ) {
      if (isOurs(node)) return node;
      if (this.clear && !KEPT.test(nameOf(node)!)) remove(node);
    }
    throw new Error();
  }

  text(length: number): Text {
    const node = this.find((node): node is Text => node instanceof Text);
    // Browsers cut long texts into several nodes while parsing.
    while (node.length < length && this.node instanceof Text) {
      const more = this.next() as Text;
      node.appendData(more.data);
      remove(more);
    }
    check(node.length >= length);
    if (node.length > length) this.node = node.splitText(length);
    return node;
  }

  element(tag: string): Element {
    const namespace = more.namespaceIn?.(this.parent, tag);
    return this.find(
      (node): node is Element =>
        nameOf(node) === tag &&
        (!namespace || dom.namespaceOf(node) === namespace) &&
        !(tag === "input" && getAttribute(node, "name")?.[0] === "$" && getAttribute(node, "type") === "hidden"),
    );
  }

  /** Nothing more of ours comes. */
  end(): void {
    if (this.clear) while (this.node) this.find((node): node is Node => KEPT.test(nameOf(node)!));
  }
}

/** Elements that stay where they are while a page is mended. */
const KEPT = /^(head|body|script|style|link|meta|template|noscript)$/;

/** Finds a child in the page: by its outline, or with `mend` by its whole value, making what is not there. */
export function adopt(value: Wire, up: Holder, cursor: Cursor, mend: boolean): Child {
  const { parent } = cursor;
  if (value === null) return null;
  // The parser took what is in there as text.
  if (nameOf(parent) === "noscript") return create(value, up, parent);
  if (typeof value === "number" || typeof value === "string") {
    const text = cursor.text(typeof value === "number" ? value : value.length);
    if (mend) keep(text, value);
    return text;
  }
  check(isArray(value));
  if (isSymbol(value)) {
    return more.symbolIn!(value, up, parent, (shown, list) => {
      if (!mend) for (shown = value; isSymbol(shown); ) shown = (shown as Wire[])[4] ?? null;
      return adopt(shown, list, cursor, mend);
    });
  }
  const head = value[0] as number;
  if (head === RAW) return more.adoptRaw!(cursor, mend ? (value[1] as string) : undefined);
  if (head === ITEMS || head === KEYED) {
    const list = new List(up, parent, head === KEYED ? (value[1] as Key[]).slice() : null);
    for (const item of value.slice(head === KEYED ? 2 : 1)) list.values.push(adopt(item, list, cursor, mend));
    return list;
  }
  const kind = templateOf(value);
  const element = cursor.element(kind.definition[0]);
  const block = new Block(up, kind, element);
  try {
    bind(block, kind.definition, element, (slot, inner) => adopt(value[slot + 1]!, block, inner, mend), mend);
  } catch (problem) {
    if (!mend) throw problem;
    const fresh = create(value, up, parent);
    const before = nextOf(element);
    remove(element);
    place(fresh, parent, before);
    return fresh;
  }
  // The outline leaves out what the markup shows; given are handlers, and styles that could not stand there.
  kind.slots.forEach((name, i) => {
    if (name && (mend || value[i + 1] !== null)) setSlot(block, i, value[i + 1]!, false);
    else if (name[0] === ".") more.own!(block.nodes[i] as Element, name.slice(1));
  });
  return block;
}

// The whole

export class Tree {
  readonly root: List;
  private templates = new Map<number, Template>();
  private readonly symbols = new Set<Holder>();

  /** The calls that have no answer yet and may be predicted, oldest first. */
  layers: Layer[] = [];
  /** The tree without the layers, as data, and with them; while there are any. */
  base: Wire | undefined;
  shown: Wire | undefined;
  /** A feed is not what the server takes it for: all of it is needed. */
  isLacking = false;

  /** The tree that stands in `parent`: the document, or in a test any element. */
  constructor(readonly parent: Node = document) {
    this.root = new List(null, parent, null);
  }

  /** Takes in new templates: [number, definition, …]. With `afresh` the numbers known before are forgotten. */
  learn(list: Wire[], afresh: boolean): void {
    if (afresh) {
      useTemplates(this.templates);
      if (this.base !== undefined) this.base = more.solid!(this.base);
      this.templates = new Map();
    }
    for (let i = 0; i < list.length; i += 2) this.templates.set(list[i] as number, intern(list[i + 1]!));
  }

  /** Finds the tree in the DOM that the server's HTML made. Throws when it is not there. */
  adopt(outline: Wire): void {
    this.run(() => this.root.values.push(adopt(outline, this.root, new Cursor(this.parent), false)));
  }

  /** Makes the tree this one. A page that could not be adopted is mended. */
  sync(child: Wire): void {
    this.run(() => more.renew!(this, child));
  }

  /** Whether it is known what the page shows. */
  get isKnown(): boolean {
    return this.root.values.length > 0 && !this.isLacking;
  }

  /** The tree as data, without what is predicted; `sync` shows it again. */
  keep(): Wire | undefined {
    const [root] = this.root.values;
    return this.base ?? (root && more.read!(root));
  }

  /** Applies a delta. Throws when it does not fit; a sync then puts right what was done of it. */
  patch(delta: Wire): void {
    this.run(() => {
      check(this.root.values.length);
      if (this.base === undefined) patch(this.root, 0, delta);
      else this.base = more.apply!(this.base, delta);
    });
  }

  /** Shows anew what depends on the calls under way: one has begun or ended. */
  settle(): void {
    if (this.symbols.size || this.layers.length || this.base !== undefined) this.run(() => {});
  }

  /** An element's handler for a type of event; null when it has none. */
  handler(element: Element, type: string): Wire {
    const found = slotOf(element, "@" + type);
    return found && (found[0].values[found[1]] as Wire);
  }

  /** The way from the root to that handler; null when it is no longer in the tree. */
  address(element: Element, type: string): Key[] | null {
    const found = slotOf(element, "@" + type);
    if (!found) return null;
    const steps: Key[] = [found[1]];
    for (let child: Block | List = found[0]; child.up; child = child.up) {
      const at = placeOf(child);
      if (at < 0) return null;
      if (child.up !== this.root) steps.unshift(child.up instanceof List && child.up.keys ? child.up.keys[at]! : at);
      else return steps;
    }
    return null;
  }

  private run(work: () => void): void {
    // What was disabled during a call has lost the focus, and gets it back unless the person took it elsewhere.
    const active = document.activeElement === document.body ? disabled : document.activeElement;
    const restoreSelection = more.keepSelection?.();
    more.onWork?.(false);
    useTemplates(this.templates);
    ({ symbols } = this);
    focusing.length = 0;
    applying = true;
    try {
      work();
      if (this.root.values.length && (this.layers.length || this.base !== undefined)) more.lay!(this);
      // The form of what is new was not known before.
      if (symbols.size) more.resolveAll!();
    } catch (error) {
      // Half of it is done: from now on only the DOM itself tells what is there.
      this.root.values.length = 0;
      this.base = this.shown = undefined;
      symbols.clear();
      throw error;
    } finally {
      more.settleSelects?.();
      // A move without moveBefore loses the focus.
      if (active && active !== document.activeElement && isConnected(active)) focus(active, { preventScroll: true });
      if (active === document.activeElement) restoreSelection?.();
      disabled = active && dom.closest(active, ":disabled") && active;
      const [first] = focusing.filter(isConnected).map((element) => (getAttribute(element, "autofocus") === null ? dom.querySelector(element, "[autofocus]") : element));
      if (first) focus(first);
      applying = false;
    }
    more.onWork?.(true);
  }
}
