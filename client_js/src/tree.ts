/**
 * The tree of values and the nodes that show it, held side by side.
 *
 * A child is nothing, a text node, a block (one element), a list, or raw markup. There are no marker nodes: where a child
 * belongs is found by looking for the next node of ours behind it.
 */

import type { Wire } from "./codec";
import { asRendered, keepSelection, own, rendered, setProperty, settleSelects } from "./controls";
import * as dom from "./dom";
import { firstChildOf, homeOf, focus, getAttribute, insert, isConnected, nameOf, namespaceIn, nextOf, parentOf, remove } from "./dom";
import { feed, hasFeed, solid, whole } from "./feeds";
import { APPEND, FEED, ITEMS, KEYED, RAW, SPLICE, UPDATE } from "./protocol";
import { isSymbol, resolve } from "./symbols";
import { apply, foretell, type Key, type Layer, layered } from "./layers";
import { type Definition, type Template, attributesOf, childrenOf, inert, intern, templateOf, useTemplates } from "./templates";

type Child = null | Text | Block | List | Raw;
/** What children stand in: a child has its place there, the index of `values`. */
type Holder = Block | List;

export type { Key };

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
class Raw {
  constructor(
    readonly html: string | null,
    readonly start: Node,
    readonly end: Node,
  ) {}
}

/** Throws when the DOM or a delta is not what it should be. A sync then mends it. */
function check(condition: unknown): asserts condition {
  if (!condition) throw new Error("does not fit the tree");
}

/** Of an element: the block that its event slots belong to. */
const OWNER = Symbol();
const ownerOf = (element: Element): Block | undefined => (element as { [OWNER]?: Block })[OWNER];
/** Where symbols stand in that tree; some of it may have gone. */
let symbols = new Set<Holder>();
/** Elements made since the work began that hold one with `autofocus`. */
let focusing: Element[] = [];
/** Told of every handler that is set. */
let onHandler: (type: string, element: Element, handler: Wire) => void = () => {};
export const watchHandlers = (listener: typeof onHandler): unknown => (onHandler = listener);
/** Told before a tree is worked at, and when that is done. */
let onWork: (isDone: boolean) => void = () => {};
export const watchWork = (listener: typeof onWork): unknown => (onWork = listener);
/** What had the focus when a patch disabled it. */
let disabled: Element | null = null;
/** Patches are being applied: events come from us, not from the person. */
export let applying = false;

/** Whether the tree itself sets an attribute of an element that has a handler. */
export function sets(element: Element, name: string): boolean {
  const block = ownerOf(element);
  return !!block && block.template.slots.some((slot, i) => slot === name && block.nodes[i] === element);
}

const isArray = (value: unknown): value is Wire[] => Array.isArray(value);

// Places

const parentAt = (up: Holder, at: number): Node => (up instanceof List ? up.parent : up.nodes[at]!);
const placeOf = (child: Block | List): number => (child.up!.values as unknown[]).indexOf(child);

function firstNode(child: Child): Node | null {
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
function nodeAfter(up: Holder, at: number): Node | null {
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
function nodesOf(child: Child): Node[] {
  if (child instanceof List) return child.values.flatMap(nodesOf);
  const first = firstNode(child);
  const nodes = first ? [first] : [];
  if (child instanceof Raw) for (let node: Node | null = first; node && node !== child.end; ) if ((node = nextOf(node))) nodes.push(node);
  return nodes;
}

function place(child: Child, parent: Node, before: Node | null): void {
  for (const node of nodesOf(child)) insert(parent, node, before);
}

/** Puts new children into the page, all at once. */
function put(children: Child[], parent: Node, before: Node | null): void {
  if (children.length < 2 && !(children[0] instanceof List)) return place(children[0] ?? null, parent, before);
  const fragment = document.createDocumentFragment();
  for (const child of children) place(child, fragment, null);
  insert(parent, fragment, before);
}

/** Takes a child away. Markup stays in one place: it may be shown again. */
function discard(child: Child): void {
  if (child instanceof List) child.values.forEach(discard);
  else if (child instanceof Raw) new DocumentFragment().append(...nodesOf(child));
  else if (child) remove(firstNode(child)!);
}

// Making

/** Keys and items of a list's value; undefined when it is no list. */
function listIn(value: Wire[]): [keys: Key[] | null, items: Wire[]] | undefined {
  if (value[0] === ITEMS) return [null, value.slice(1)];
  if (value[0] !== KEYED) return undefined;
  const keys = value[1] as Key[];
  check(keys.length === value.length - 2 && new Set(keys).size === keys.length);
  return [keys.slice(), value.slice(2)];
}

function listOf([keys, items]: [Key[] | null, Wire[]], up: Holder, parent: Node, child: (item: Wire, list: List) => Child): List {
  const list = new List(up, parent, keys);
  for (const item of items) list.values.push(child(item, list));
  return list;
}

/** A child's nodes, not yet put anywhere. `parent` is where they will stand. */
function create(value: Wire, up: Holder, parent: Node): Child {
  if (value === null) return null;
  // A number is the length of a text that is nowhere: adopted inside of <noscript>.
  if (typeof value !== "object") return document.createTextNode(typeof value === "string" ? value : "");
  check(isArray(value));
  if (isSymbol(value)) return symbolIn(value, up, parent, (shown, list) => create(shown, list, parent));
  if (value[0] === RAW) return createRaw(value[1] as string, parent);
  const list = listIn(value);
  if (list) return listOf(list, up, parent, (item, inner) => create(item, inner, parent));
  const kind = templateOf(value);
  const element = kind.clone(namespaceIn(parent, kind.definition[0]));
  const block = new Block(up, kind, element);
  [block.nodes, block.after] = kind.find(element);
  if (kind.focuses) focusing.push(element);
  for (const slot of kind.order) {
    const name = kind.slots[slot]!;
    const given = value[slot + 1]!;
    block.values[slot] = name[0] === "." ? rendered(block.nodes[slot] as Element, name.slice(1)) : null;
    if (given !== null || name[0] === ".") setSlot(block, slot, given, false);
  }
  return block;
}

function symbolIn(symbol: Wire[], up: Holder, parent: Node, child: (shown: Wire, list: List) => Child): List {
  const list = new List(up, parent, null);
  list.symbol = symbol;
  list.shown = resolve(symbol, parent as Element) || null;
  list.values.push(child(list.shown, list));
  symbols.add(list);
  return list;
}

/**
 * Finds the slots of a block in an element that its template made, here or on the server, and notes what the attributes
 * and properties are. `child` finds what stands in a child slot.
 */
function bind(
  block: Block,
  definition: Definition,
  element: Element,
  child: (slot: number, cursor: Cursor) => Child,
  clear = false,
): void {
  for (const [name, slot] of attributesOf(definition)) {
    if (typeof slot !== "number") continue;
    block.nodes[slot] = element;
    block.values[slot] = name[0] === "@" ? null : name[0] === "." ? rendered(element, name.slice(1)) : getAttribute(element, name);
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

/** Sets all slots. */
function fill(block: Block, value: Wire[], was?: Wire[]): void {
  for (const i of block.template.order) if (!was || was[i + 1] !== value[i + 1]) setSlot(block, i, value[i + 1]!, false, was?.[i + 1]);
}

function createRaw(html: string | Raw, parent: Node): Raw {
  if (html instanceof Raw) return html;
  const raw = new Raw(html, document.createComment("["), document.createComment("]"));
  // The nodes must be siblings: that is how they are gone through.
  document.createDocumentFragment().append(raw.start, ...parse(html, parent), raw.end);
  return raw;
}

/** The nodes of markup, as the parser would make them in this place. */
function parse(html: string, parent: Node): Node[] {
  const context = inert.createElementNS(parent instanceof Element ? dom.namespaceOf(parent) : dom.HTML, nameOf(parent) ?? "body");
  context.innerHTML = dom.trusted().createHTML(html);
  return [...context.childNodes].map((node) => document.importNode(node, true));
}

// Bringing up to date

/** Makes the child in this place what the value says, keeping what fits. `was`: the value that is shown, where it is known. */
function make(up: Holder, at: number, value: Wire, was?: Wire): void {
  const old = (up.values[at] ?? null) as Child;
  if (keep(old, value, was)) return;
  const parent = parentAt(up, at);
  const fresh = create(value, up, parent);
  put([fresh], parent, firstNode(old) ?? nodeAfter(up, at));
  discard(old);
  up.values[at] = fresh;
}

/** Brings a child up to date, if it is of the right kind. */
function keep(old: Child, value: Wire, was?: Wire): boolean {
  // What is the very same need not be looked at.
  if (value === was && value !== null) return true;
  if (old === null || value === null) return old === value;
  if (typeof value === "string") {
    if (!(old instanceof Text)) return false;
    if (old.data !== value) old.data = value;
    return true;
  }
  check(isArray(value));
  if (isSymbol(value)) {
    if (!(old instanceof List) || !old.symbol) return false;
    old.symbol = value;
    show(old);
    return true;
  }
  if (value[0] === RAW) return old instanceof Raw && isSame(old, value[1] as string);
  const list = listIn(value);
  if (list) {
    const [keys, items] = list;
    if (!(old instanceof List) || old.symbol || !keys !== !old.keys) return false;
    const before = (isArray(was) && was[0] === value[0] && listIn(was)) || undefined;
    if (keys) reconcile(old, keys, items, before);
    else {
      old.values.splice(items.length).forEach(discard);
      items.forEach((item, i) => make(old, i, item, before?.[1][i]));
    }
    return true;
  }
  if (!(old instanceof Block)) return false;
  const kind = templateOf(value);
  if (kind === old.template) fill(old, value, isArray(was) && !listIn(was) && templateOf(was) === kind ? was : undefined);
  else if (kind.definition[0] === old.template.definition[0]) change(old, kind, value);
  else return false;
  return true;
}

/** Brings a symbol's place up to date. */
function show(list: List): void {
  const now = resolve(list.symbol!, list.parent as Element) || null;
  if (now !== list.shown) make(list, 0, (list.shown = now));
}

/** Whether what holds a symbol is still in the page. */
function isThere(holder: Holder): boolean {
  for (; holder instanceof List; holder = holder.up!) if (!holder.up || placeOf(holder) < 0) return false;
  return isConnected(holder.element);
}

function resolveAll(): void {
  for (const holder of symbols) {
    if (!isThere(holder)) symbols.delete(holder);
    else if (holder instanceof List) show(holder);
    else for (const [at, symbol] of Object.entries(holder.symbols ?? {})) setSlot(holder, Number(at), symbol, false);
  }
}

/** A child as data. */
function read(child: Child): Wire {
  if (child instanceof Text) return child.data;
  if (child instanceof Raw) return [RAW, child as never];
  if (child instanceof List) {
    const items = child.values.map(read);
    return child.symbol ?? (child.keys ? [KEYED, child.keys.slice(), ...items] : [ITEMS, ...items]);
  }
  if (!child) return null;
  const { template, values, symbols } = child;
  return [template as never, ...template.slots.map((name, i) => (name ? (symbols?.[i] ?? (values[i] as Wire)) : read(values[i] as Child)))];
}

function isSame(raw: Raw, html: string): boolean {
  if ((html as unknown) === raw) return true;
  if (raw.html !== null) return raw.html === html;
  const nodes = nodesOf(raw);
  const wanted = nodesOf(createRaw(html, parentOf(raw.start)!));
  return nodes.length === wanted.length && nodes.every((node, i) => node.isEqualNode(wanted[i]!));
}

function setSlot(block: Block, at: number, value: Wire, force: boolean, was?: Wire): void {
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
    value = resolve(value, element);
  } else if (block.symbols) delete block.symbols[at];
  if (name[0] === ".") {
    value = asRendered(element, name.slice(1), value);
    if (force || old !== value) setProperty(element, name.slice(1), value);
    else own(element, name.slice(1));
  } else {
    if (value === true) value = "";
    setAttribute(element, name, value as string | null, old as string | null);
  }
  block.values[at] = value;
}

function setAttribute(element: Element, name: string, value: string | null, old: string | null): void {
  if (value !== old) dom.setAttribute(element, name, value, old);
}

/** Makes a block one of another template with the same tag: the element stays. */
function change(block: Block, kind: Template, value: Wire[]): void {
  const { element, template: before, values } = block;
  const contentOf = ([, , only, ...more]: Definition): number => (typeof only === "number" && !more.length ? only : -1);
  const stays = values[contentOf(before.definition)] as Child | undefined;
  const to = contentOf(kind.definition);

  const names = new Set(attributesOf(kind.definition).map(([name]) => name));
  for (const [name, is] of attributesOf(before.definition)) {
    if (names.has(name) || name[0] === "@") continue;
    if (name[0] === ".") setProperty(element, name.slice(1), asRendered(element, name.slice(1), null));
    else setAttribute(element, name, null, typeof is === "number" ? (values[is] as string | null) : getAttribute(element, name));
  }
  if (stays === undefined || to < 0) {
    const home = homeOf(element);
    before.slots.forEach((name, i) => !name && block.nodes[i] === home && discard(values[i] as Child));
    const cursor = new Cursor(home);
    for (const part of childrenOf(before.definition)) {
      if (typeof part !== "number") remove(typeof part === "string" ? cursor.text(part.length) : cursor.element(part[0]));
    }
    const fresh = kind.clone(dom.namespaceOf(element)!);
    for (let node; (node = firstChildOf(homeOf(fresh))); ) insert(home, node, null);
  }
  for (const [name, is] of attributesOf(kind.definition)) {
    if (typeof is !== "number") setAttribute(element, name, is === true ? "" : is, getAttribute(element, name));
  }
  block.template = kind;
  block.symbols = undefined;
  block.nodes.length = block.after.length = values.length = 0;
  bind(block, kind.definition, element, (slot) => (slot === to && stays) || null);
  fill(block, value);
}

// Lists

function reconcile(list: List, keys: Key[], children: Wire[], was?: [Key[] | null, Wire[]]): void {
  const old = new Map(list.keys!.map((key, i) => [key, i]));
  const sources = keys.map((key) => old.get(key) ?? -1);
  const kept = new Set(sources);
  // An item that had no key yet (one that was predicted, say) becomes the next one that is new.
  const nameless = list.keys!.flatMap((key, i) => (String(key)[0] === "\0" && !kept.has(i) ? i : []));
  sources.forEach((source, i) => source < 0 && nameless.length && kept.add((sources[i] = nameless.shift()!)));
  const shown = was && new Map(was[0]!.map((key, i) => [key, was[1][i]]));
  const before = list.values.slice();
  before.forEach((child, i) => kept.has(i) || discard(child));
  list.keys = keys;
  list.known = undefined;
  list.values.splice(0, before.length, ...sources.map((source) => before[source] ?? null));
  const still = longestRun(sources);
  // From the end, so that what stands behind an item is in its place already.
  let next = list.up && nodeAfter(list.up, placeOf(list));
  for (let i = keys.length - 1; i >= 0; i--) {
    const kept = list.values[i]!;
    if (!keep(kept, children[i]!, shown?.get(keys[i]!))) {
      const fresh = create(children[i]!, list, list.parent);
      place(fresh, list.parent, next);
      discard(kept);
      list.values[i] = fresh;
    } else if (!still.has(i)) place(kept, list.parent, next);
    next = firstNode(list.values[i]!) ?? next;
  }
}

/** Where the longest ascending run of sources is: the items that need not move. Sources below 0 are new. */
function longestRun(sources: number[]): Set<number> {
  const ends: number[] = []; // by length of a run: the index where the best run of that length ends
  const previous: number[] = [];
  sources.forEach((source, i) => {
    if (source < 0) return;
    let low = 0;
    for (let high = ends.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (sources[ends[middle]!]! < source) low = middle + 1;
      else high = middle;
    }
    previous[i] = low ? ends[low - 1]! : -1;
    ends[low] = i;
  });
  const run = new Set<number>();
  for (let i = ends.at(-1) ?? -1; i >= 0; i = previous[i]!) run.add(i);
  return run;
}

function splice(list: List, [removed, moved, inserted, updated]: Wire[]): void {
  const { values, keys, parent } = list;
  const part = (value: Wire | undefined): Wire[] => (isArray(value) ? value : []);
  const index = (value: Wire | undefined, below: number): number => {
    check(Number.isInteger(value) && (value as number) >= 0 && (value as number) < below);
    return value as number;
  };
  const runs = part(removed);
  for (let i = runs.length - 2; i >= 0; i -= 2) {
    const start = index(runs[i], values.length);
    const count = index(runs[i + 1], values.length - start + 1);
    values.splice(start, count).forEach(discard);
    keys?.splice(start, count);
  }
  const moves = part(moved);
  for (let i = 0; i < moves.length; i += 2) {
    const from = index(moves[i], values.length);
    const to = index(moves[i + 1], values.length);
    const [child] = values.splice(from, 1) as [Child];
    values.splice(to, 0, child);
    keys?.splice(to, 0, ...keys.splice(from, 1));
    place(child, parent, nodeAfter(list, to));
  }
  const items = part(inserted);
  for (let i = 0; i < items.length; ) {
    const start = index(items[i], values.length + 1);
    const fresh: Child[] = [];
    const names: Key[] = [];
    for (let at = start; items[i] === at; at++, i += 3) {
      names.push(items[i + 1] as Key);
      fresh.push(create(items[i + 2]!, list, parent));
    }
    values.splice(start, 0, ...fresh);
    keys?.splice(start, 0, ...names);
    put(fresh, parent, nodeAfter(list, start + fresh.length - 1));
  }
  const changes = part(updated);
  for (let i = 0; i < changes.length; i += 2) patch(list, index(changes[i], values.length), changes[i + 1]!);
}

function patch(up: Holder, at: number, delta: Wire): void {
  if (!isArray(delta)) return make(up, at, delta);
  const old = up.values[at];
  if (delta[0] === SPLICE) {
    check(old instanceof List && !old.symbol);
    old.known = undefined;
    splice(old, delta.slice(1));
  } else if (delta[0] === FEED) {
    check(old instanceof List && old.keys);
    const { keys, values, parent } = old;
    const put = (at: number, item: Wire, isMoved: boolean): void => {
      if (isMoved && values[at]) place(values[at], parent, nodeAfter(old, at));
      make(old, at, item);
    };
    feed<Child>(keys, values, (old.known ??= new Set(keys)), delta.slice(1), put, discard);
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
    const { anchorNode, focusNode } = getSelection()!;
    // Faster, but what is selected in it would not stay so.
    if (old !== anchorNode && old !== focusNode) old.data += delta[1] as string;
    else old.appendData(delta[1] as string);
  } else make(up, at, delta);
}

// Adopting

/** Goes through the nodes of an element beside the tree, past nodes of others. What does not come is a mismatch. */
class Cursor {
  private node: Node | null;

  /** With `clear`, what is passed is taken away: it is what the parser made of a tree that it could not keep. */
  constructor(
    readonly parent: Node,
    private readonly clear = false,
  ) {
    this.node = firstChildOf(parent);
  }

  private next(): Node | null {
    const { node } = this;
    this.node = node && nextOf(node);
    return node;
  }

  private find<T extends Node>(isOurs: (node: Node) => node is T): T {
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
    const namespace = namespaceIn(this.parent, tag);
    return this.find(
      (node): node is Element =>
        nameOf(node) === tag &&
        dom.namespaceOf(node) === namespace &&
        !(tag === "input" && getAttribute(node, "name")?.[0] === "$" && getAttribute(node, "type") === "hidden"),
    );
  }

  raw(): Raw {
    const isComment = (data: string) => (node: Node): node is Comment => node instanceof Comment && node.data === data;
    const start = this.find(isComment("["));
    for (let depth = 1, node; (node = this.next()); ) {
      if (isComment("[")(node)) depth++;
      if (isComment("]")(node) && !--depth) return new Raw(null, start, node);
    }
    throw new Error();
  }

  /** Nothing more of ours comes. */
  end(): void {
    if (this.clear) while (this.node) this.find((node): node is Node => KEPT.test(nameOf(node)!));
  }
}

/** Elements that stay where they are while a page is mended. */
const KEPT = /^(head|body|script|style|link|meta|template|noscript)$/;

/** Finds a child in the page: by its outline, or with `mend` by its whole value, making what is not there. */
function adopt(value: Wire, up: Holder, cursor: Cursor, mend: boolean): Child {
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
    return symbolIn(value, up, parent, (shown, list) => {
      if (!mend) for (shown = value; isSymbol(shown); ) shown = (shown as Wire[])[4] ?? null;
      return adopt(shown, list, cursor, mend);
    });
  }
  const head = value[0] as number;
  if (head === RAW) {
    const raw = cursor.raw();
    check(!mend || isSame(raw, value[1] as string));
    return raw;
  }
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
    else if (name[0] === ".") own(block.nodes[i] as Element, name.slice(1));
  });
  return block;
}

// The whole

export class Tree {
  private readonly root: List;
  private templates = new Map<number, Template>();
  private readonly symbols = new Set<Holder>();

  /** The calls that have no answer yet and may be predicted, oldest first. */
  layers: Layer[] = [];
  /** The tree without the layers, as data, and with them; while there are any. */
  private base: Wire | undefined;
  private shown: Wire | undefined;
  /** A feed is not what the server takes it for: all of it is needed. */
  isLacking = false;

  /** The tree that stands in `parent`: the document, or in a test any element. */
  constructor(private readonly parent: Node = document) {
    this.root = new List(null, parent, null);
  }

  /** Takes in new templates: [number, definition, …]. With `afresh` the numbers known before are forgotten. */
  learn(list: Wire[], afresh: boolean): void {
    if (afresh) {
      useTemplates(this.templates);
      if (this.base !== undefined) this.base = solid(this.base);
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
    this.run(() => {
      const { values } = this.root;
      this.isLacking = false;
      if (hasFeed(child)) child = whole(child, this.keep(), () => (this.isLacking = true));
      this.shown = undefined;
      this.base = this.layers.length ? child : undefined;
      if (values.length) return this.base === undefined && make(this.root, 0, child);
      try {
        const cursor = new Cursor(this.parent, this.parent !== document);
        values.push(adopt(child, this.root, cursor, true));
        cursor.end();
      } catch {
        const fresh = create(child, this.root, this.parent);
        for (let node; (node = firstChildOf(this.parent)); ) remove(node);
        place(fresh, this.parent, null);
        values[0] = fresh;
      }
    });
  }

  /** Whether it is known what the page shows. */
  get isKnown(): boolean {
    return this.root.values.length > 0 && !this.isLacking;
  }

  /** The tree as data, without what is predicted; `sync` shows it again. */
  keep(): Wire | undefined {
    const [root] = this.root.values;
    return this.base ?? (root && read(root));
  }

  /** Applies a delta. Throws when it does not fit; a sync then puts right what was done of it. */
  patch(delta: Wire): void {
    this.run(() => {
      check(this.root.values.length);
      if (this.base === undefined) patch(this.root, 0, delta);
      else this.base = apply(this.base, delta);
    });
  }

  /** Takes in what calls will do: [number of a handler's prediction, prediction or null, …]. */
  foretell(list: Wire[], afresh: boolean): void {
    foretell(list, afresh);
  }

  /** Shows anew what depends on the calls under way: one has begun or ended. */
  settle(): void {
    if (this.symbols.size || this.layers.length || this.base !== undefined) this.run(() => {});
  }

  /** Lays what is predicted over what the server says. */
  private lay(): void {
    const { layers, root } = this;
    if (!layers.length && this.base === undefined) return;
    if (this.base === undefined) this.base = this.shown = read(root.values[0]!);
    const next = layered(this.base, layers);
    make(root, 0, next, this.shown);
    this.shown = next;
    if (!layers.length) this.base = this.shown = undefined;
  }

  /** The block and slot that hold an element's handler for a type of event. */
  private slotOf(element: Element, type: string): [Block, number] | null {
    const block = ownerOf(element);
    const at = block ? block.template.slots.findIndex((name, i) => name === "@" + type && block.nodes[i] === element) : -1;
    return at < 0 ? null : [block!, at];
  }

  /** An element's handler for a type of event; null when it has none. */
  handler(element: Element, type: string): Wire {
    const found = this.slotOf(element, type);
    return found && (found[0].values[found[1]] as Wire);
  }

  /** All handlers of an element, with the types of their events. */
  handlers(element: Element): [type: string, handler: Wire][] {
    const block = ownerOf(element);
    return block ? block.template.slots.flatMap((name, i) => (name[0] === "@" && block.nodes[i] === element ? [[name.slice(1), block.values[i] as Wire]] : [])) : [];
  }

  /** The way from the root to that handler; null when it is no longer in the tree. */
  address(element: Element, type: string): Key[] | null {
    const found = this.slotOf(element, type);
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
    const restoreSelection = keepSelection();
    onWork(false);
    useTemplates(this.templates);
    ({ symbols } = this);
    focusing = [];
    applying = true;
    try {
      work();
      if (this.root.values.length) this.lay();
      // The form of what is new was not known before.
      resolveAll();
    } catch (error) {
      // Half of it is done: from now on only the DOM itself tells what is there.
      this.root.values.length = 0;
      this.base = this.shown = undefined;
      symbols.clear();
      throw error;
    } finally {
      settleSelects();
      // A move without moveBefore loses the focus.
      if (active && active !== document.activeElement && isConnected(active)) focus(active, { preventScroll: true });
      if (active === document.activeElement) restoreSelection();
      disabled = active && dom.closest(active, ":disabled") && active;
      const [first] = focusing.filter(isConnected).map((element) => (getAttribute(element, "autofocus") === null ? dom.querySelector(element, "[autofocus]") : element));
      if (first) focus(first);
      applying = false;
    }
    onWork(true);
  }
}
