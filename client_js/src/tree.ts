/**
 * The tree of values and the nodes that show it, held side by side.
 *
 * A child is nothing, a text node, a block (one element), a list, or raw markup. There are no marker nodes: where a child
 * belongs is found by looking for the next node of ours behind it.
 *
 * Here it is found in the page, and its texts, attributes and handlers are changed; all else is done by `children` and
 * `elements`, which are loaded before a change is applied that is not plain.
 */

import type { Wire } from "./codec";
import type { Raw } from "./children";
import { closest, firstChildOf, focus, getAttribute, homeOf, isConnected, isRare, nameOf, nextOf, remove, setAttribute } from "./dom";
import type { Layer } from "./layers";
import { more } from "./parts";
import { CHOICE, ITEMS, KEYED, RAW, SPLICE, UPDATE } from "./protocol";
import { type Definition, Template, attributesOf, check, childrenOf, intern, templateOf, useTemplates } from "./templates";

export type Key = string | number;
export type Child = null | Text | Block | List | Raw;
/** What children stand in: a child has its place there, the index of `values`. */
export type Holder = Block | List;

export class Block {
  /** By slot of an attribute or property: the symbol whose value it has. */
  symbols?: { [slot: number]: Wire[] } | undefined;

  constructor(
    readonly up: Holder,
    public template: Template,
    readonly element: Element,
    /** By slot: the element of an attribute, property or event; the one that a child is in. */
    public nodes: Node[] = new Array<Node>(template.slots.length),
    /** By slot: what the tree has set, or the child. Absent attributes are null, present ones without a value "". */
    public values: (Child | Wire)[] = new Array<Child | Wire>(template.slots.length),
    /** By child slot: what follows in the template, a static node or the number of another child slot. */
    public after: (Node | number | null)[] = new Array<Node | number | null>(template.slots.length),
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

/** Of an element: the block that its event slots belong to. */
const OWNER = Symbol();
export const ownerOf = (element: Element): Block | undefined => (element as { [OWNER]?: Block })[OWNER];
/** Where symbols stand in the tree that is at work; some of it may have gone. */
export let symbols = new Set<Holder>();
/** Told of every handler that is set. */
let onHandler: (type: string, element: Element, handler: Wire) => void = () => {};
export const watchHandlers = (listener: typeof onHandler): unknown => (onHandler = listener);
/** What had the focus when a patch disabled it. */
let disabled: Element | null = null;
/** Patches are being applied: events come from us, not from the person. */
export let applying = false;

/** The block and slot that set something of an element that has a handler, as it is named on the wire. */
export function slotOf(element: Element, name: string): [Block, number] | null {
  const block = ownerOf(element);
  const at = block ? block.template.slots.findIndex((slot, i) => slot === name && block.nodes[i] === element) : -1;
  return at < 0 ? null : [block!, at];
}

export const isArray = (value: unknown): value is Wire[] => Array.isArray(value);

/** Where a child stands in what it stands in. */
export const placeOf = (child: Block | List): number => (child.up!.values as unknown[]).indexOf(child);

// Adopting

/** Goes through the nodes of an element beside the tree, past nodes of others. What does not come is a mismatch. */
export class Cursor {
  protected node: Node | null;

  constructor(readonly parent: Node) {
    this.node = firstChildOf(parent);
  }

  /** One for what stands in an element. */
  within(element: Element): Cursor {
    return new Cursor(homeOf(element));
  }

  next(): Node | null {
    const { node } = this;
    this.node = node && nextOf(node);
    return node;
  }

  find<T extends Node>(isOurs: (node: Node) => node is T): T {
    for (let node; (node = this.next()); ) if (isOurs(node)) return node;
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
    return this.find(
      (node): node is Element =>
        nameOf(node) === tag &&
        more.isPlaced?.(node, this.parent, tag) !== false &&
        !(tag === "input" && getAttribute(node, "name")?.[0] === "$" && getAttribute(node, "type") === "hidden"),
    );
  }

  // Of one that mends:

  /** It goes by whole values. The outline leaves out what the markup shows. */
  isWhole?: boolean;
  /** Nothing more of ours comes. */
  end?(): void;
  /** What a text is by its value. */
  settle?(text: Text, value: Wire): void;
  /** The element is not the block. */
  refuse?(value: Wire[], block: Block): Child;
}

/** Finds a child in the page by its outline, or with a cursor that mends by its whole value. */
export function adopt(value: Wire, up: Holder, cursor: Cursor): Child {
  const { parent } = cursor;
  if (value === null) return null;
  // The parser took what is in there as text.
  if (nameOf(parent) === "noscript") return more.create!(value, up, parent);
  if (typeof value === "number" || typeof value === "string") {
    const text = cursor.text(typeof value === "number" ? value : value.length);
    cursor.settle?.(text, value);
    return text;
  }
  check(isArray(value));
  const head = value[0] as number;
  if (head <= CHOICE || head === RAW) return more.adoptOther!(value, up, cursor);
  if (head === ITEMS || head === KEYED) {
    const list = new List(up, parent, head === KEYED ? (value[1] as Key[]).slice() : null);
    for (const item of value.slice(head === KEYED ? 2 : 1)) list.values.push(adopt(item, list, cursor));
    return list;
  }
  const kind = templateOf(value);
  const element = cursor.element(kind.definition[0]);
  const block = new Block(up, kind, element);
  try {
    bind(block, kind.definition, element, cursor, (slot, inner) => adopt(value[slot + 1]!, block, inner));
  } catch (problem) {
    if (!cursor.refuse) throw problem;
    return cursor.refuse(value, block);
  }
  kind.slots.forEach((name, i) => {
    // Given are handlers, and styles that could not stand in the markup.
    if (name && (cursor.isWhole || value[i + 1] !== null)) (more.setSlot ?? setPlain)(block, i, value[i + 1]!);
    else if (name[0] === ".") more.own!(block.nodes[i] as Element, name.slice(1));
  });
  return block;
}

/**
 * Finds the slots of a block in an element that its template made, here or on the server, and notes what the attributes
 * and properties are. `child` finds what stands in a child slot.
 */
export function bind(
  block: Block,
  definition: Definition,
  element: Element,
  cursor: Cursor,
  child: (slot: number, cursor: Cursor) => Child,
): void {
  for (const [name, slot] of attributesOf(definition)) {
    if (typeof slot !== "number") continue;
    block.nodes[slot] = element;
    block.values[slot] = name[0] === "@" ? null : name[0] === "." ? more.rendered!(element, name.slice(1)) : getAttribute(element, name);
  }
  const inner = cursor.within(element);
  let before: number[] = [];
  for (const part of childrenOf(definition)) {
    let after: Node | number;
    if (typeof part === "number") {
      block.nodes[part] = inner.parent;
      block.after[part] = null;
      block.values[part] = child(part, inner);
      after = part;
    } else if (typeof part === "string") check((after = inner.text(part.length)).data === part);
    else bind(block, part, (after = inner.element(part[0])), inner, child);
    for (const slot of before) block.after[slot] = after;
    before = typeof part === "number" ? [part] : [];
    if (part === definition.at(-1)) inner.end?.();
  }
}

// Bringing up to date

/** Sets a handler, or an attribute. */
export function setPlain(block: Block, at: number, value: Wire): void {
  const { nodes, template, values } = block;
  const name = template.slots[at]!;
  const element = nodes[at] as Element;
  const old = values[at];
  values[at] = value === true ? "" : value;
  if (name[0] !== "@") return changeAttribute(element, name, values[at] as string | null, old as string | null);
  (element as { [OWNER]?: Block })[OWNER] = block;
  onHandler(name.slice(1), element, value);
}

export function changeAttribute(element: Element, name: string, value: string | null, old: string | null): void {
  if (value !== old) setAttribute(element, name, value, old);
}

/** What a delta does, if it changes texts, attributes and handlers only; undefined: it is not plain. */
function plainly(old: Child | Wire | undefined, delta: Wire): (() => void)[] | undefined {
  if (old instanceof Text && typeof delta === "string") return [() => (old.data = delta)];
  if (!isArray(delta)) return undefined;
  const [head, ...parts] = delta;
  const isItems = head === SPLICE && old instanceof List && isQuiet(parts);
  if (!isItems && (head !== UPDATE || !(old instanceof Block))) return undefined;
  const changes = isItems ? (parts[3] as Wire[]) : parts;
  const all: (() => void)[] = [];
  for (let i = 0; i < changes.length; i += 2) {
    const at = changes[i] as number;
    const value = changes[i + 1]!;
    const name = old instanceof Block && old.template.slots[at];
    if (!name) {
      const inner = plainly(old.values[at], value);
      if (!inner) return undefined;
      all.push(...inner);
    } else {
      const isData = value === null || typeof value !== "object" || value instanceof Uint8Array;
      if (name[0] === "." || !isData || isRare((old as Block).nodes[at] as Element, name, old.values[at])) return undefined;
      all.push(() => setPlain(old as Block, at, value));
    }
  }
  return all;
}

/** Whether a change of a list leaves its items where they are, and changes only what is in them. */
export const isQuiet = (parts: Wire[]): boolean => isArray(parts[3]) && !parts.slice(0, 3).some((part) => isArray(part) && part.length);

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
    this.run(() => this.root.values.push(adopt(outline, this.root, new Cursor(this.parent))));
  }

  /** Makes the tree this one. A page that could not be adopted is mended. */
  sync(child: Wire): void {
    this.run(() => more.renew!(this, child));
  }

  /** Whether it is known what the page shows. */
  get isKnown(): boolean {
    return this.root.values.length > 0 && !this.isLacking;
  }

  /** Whether a delta can be applied without what makes elements. */
  changesPlainly(delta: Wire): boolean {
    return !!plainly(this.root.values[0], delta);
  }

  /** Applies a delta. Throws when it does not fit; a sync then puts right what was done of it. */
  patch(delta: Wire): void {
    this.run(() => {
      check(this.root.values.length);
      if (this.base !== undefined) this.base = more.apply!(this.base, delta);
      else if (more.patch) more.patch(this.root, 0, delta);
      else plainly(this.root.values[0], delta)!.forEach((change) => change());
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
      disabled = active && closest(active, ":disabled") && active;
      more.focusNew?.();
      applying = false;
    }
    more.onWork?.(true);
  }
}
