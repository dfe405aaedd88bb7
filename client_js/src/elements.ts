/** What was not in the page: elements, lists and markup are made, changed and put in their places; the whole tree is renewed. */

import type { Wire } from "./codec";
import { create, discard, discardAll, firstNode, index, keep, make, nodeAfter, nodesOf, place, put, Raw, setSlot, update } from "./children";
import { firstChildOf, focus, getAttribute, homeOf, isConnected, nameOf, nextOf, parentOf, remove } from "./dom";
import { feed, hasFeed, whole } from "./feeds";
import { more } from "./parts";
import { ITEMS, KEYED, RAW, SPLICE } from "./protocol";
import { isSymbol, resolve } from "./symbols";
import { adopt, bind, Block, changeAttribute, type Child, Cursor, type Holder, isArray, type Key, List, placeOf, symbols, type Tree } from "./tree";
import { attributesOf, check, childrenOf, type Definition, type Template, templateOf } from "./templates";
import { namespaceIn } from "./namespaces";
import { HTML, insert, matches, namespaceOf, querySelector, trusted } from "./nodes";
import { build, inert, prototypeOf } from "./prototypes";

// Making

/** Elements made since the work began that hold one with `autofocus`. */
let focusing: Element[] = [];

/** Gives the focus to what is new and wants it. */
export function focusNew(): void {
  const [first] = focusing.filter(isConnected).map((element) => (getAttribute(element, "autofocus") === null ? querySelector(element, "[autofocus]") : element));
  focusing = [];
  if (first) focus(first);
}

/** Keys and items of a list's value; undefined when it is no list. */
function listIn(value: Wire[]): [keys: Key[] | null, items: Wire[]] | undefined {
  if (value[0] === ITEMS) return [null, value.slice(1)];
  if (value[0] !== KEYED) return undefined;
  const keys = value[1] as Key[];
  check(keys.length === value.length - 2 && new Set(keys).size === keys.length);
  return [keys.slice(), value.slice(2)];
}

/** A child's nodes that are more than a text, not yet put anywhere. `parent` is where they will stand. */
export function compose(value: Wire[], up: Holder, parent: Node): Child {
  if (isSymbol(value)) return symbolIn(value, up, parent);
  if (value[0] === RAW) return createRaw(value[1] as string, parent);
  const list = listIn(value);
  return list ? listOf(list, up, parent) : blockOf(value, up, parent);
}

function listOf([keys, items]: [Key[] | null, Wire[]], up: Holder, parent: Node): List {
  const list = new List(up, parent, keys);
  for (const item of items) list.values.push(create(item, list, parent));
  return list;
}

function blockOf(value: Wire[], up: Holder, parent: Node): Block {
  const kind = templateOf(value);
  const prototype = prototypeOf(kind, value);
  const block = prototype.copy(up, namespaceIn(parent, kind.definition[0]));
  const { nodes, values } = block;
  if (prototype.focuses) focusing.push(block.element);
  const { order } = prototype;
  for (let i = 0; i < order.length; i++) {
    const slot = order[i]!;
    const name = kind.slots[slot]!;
    const given = value[slot + 1]!;
    const isProperty = name[0] === ".";
    if (isProperty) values[slot] = more.rendered!(nodes[slot] as Element, name.slice(1));
    // A text that was copied goes where none is wanted; one inside of <noscript> is only counted.
    if (isProperty || (given !== values[slot] && (name || typeof given !== "number"))) setSlot(block, slot, given, false);
  }
  return block;
}

/** `child`: what the symbol's place shows, if it is there already. */
function symbolIn(symbol: Wire[], up: Holder, parent: Node, child = (shown: Wire, list: List): Child => create(shown, list, parent)): List {
  const list = new List(up, parent, null);
  list.symbol = symbol;
  list.shown = resolve(symbol, parent as Element) || null;
  list.values.push(child(list.shown, list));
  symbols.add(list);
  return list;
}

/** Sets all slots. */
function fill(block: Block, value: Wire[], was?: Wire[]): void {
  for (const i of prototypeOf(block.template, value).order) if (!was || was[i + 1] !== value[i + 1]) setSlot(block, i, value[i + 1]!, false, was?.[i + 1]);
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
  const context = inert.createElementNS(parent instanceof Element ? namespaceOf(parent) : HTML, nameOf(parent) ?? "body");
  context.innerHTML = trusted().createHTML(html);
  return [...context.childNodes].map((node) => document.importNode(node, true));
}

// Bringing up to date

/** Brings a child up to date by a value that is more than a text, if it is of the right kind. */
export function adapt(old: Child, value: Wire[], was?: Wire): boolean {
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
      discardAll(old.values.splice(items.length), old.parent);
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

/** Notes that a slot of an attribute or property holds a symbol; tells what that is now. */
export function setSymbol(block: Block, at: number, symbol: Wire[], element: Element): Wire {
  (block.symbols ??= {})[at] = symbol;
  symbols.add(block);
  return resolve(symbol, element);
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

/** Brings all symbols up to date. */
export function resolveAll(): void {
  for (const holder of symbols) {
    if (!isThere(holder)) symbols.delete(holder);
    else if (holder instanceof List) show(holder);
    else for (const [at, symbol] of Object.entries(holder.symbols ?? {})) setSlot(holder, Number(at), symbol, false);
  }
}

/** A child as data. */
export function read(child: Child): Wire {
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

/** Makes a block one of another template with the same tag: the element stays. */
function change(block: Block, kind: Template, value: Wire[]): void {
  const { element, template: before, values } = block;
  const contentOf = ([, , only, ...more]: Definition): number => (typeof only === "number" && !more.length ? only : -1);
  const stays = values[contentOf(before.definition)] as Child | undefined;
  const to = contentOf(kind.definition);

  const names = new Set(attributesOf(kind.definition).map(([name]) => name));
  for (const [name, is] of attributesOf(before.definition)) {
    if (names.has(name) || name[0] === "@") continue;
    if (name[0] === ".") more.give!(element, name.slice(1), null, true);
    else changeAttribute(element, name, null, typeof is === "number" ? (values[is] as string | null) : getAttribute(element, name));
  }
  if (stays === undefined || to < 0) {
    const home = homeOf(element);
    before.slots.forEach((name, i) => !name && block.nodes[i] === home && discard(values[i] as Child));
    const cursor = new Cursor(home);
    for (const part of childrenOf(before.definition)) {
      if (typeof part !== "number") remove(typeof part === "string" ? cursor.text(part.length) : cursor.element(part[0]));
    }
    const fresh = document.importNode(build(kind.definition, namespaceOf(element)!), true);
    for (let node; (node = firstChildOf(homeOf(fresh))); ) insert(home, node, null);
  }
  for (const [name, is] of attributesOf(kind.definition)) {
    if (typeof is !== "number") changeAttribute(element, name, is === true ? "" : is, getAttribute(element, name));
  }
  block.template = kind;
  block.symbols = undefined;
  block.nodes = [];
  block.after = [];
  block.values = [];
  bind(block, kind.definition, element, new Cursor(element), (slot) => (slot === to && stays) || null);
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
  const runs = part(removed);
  for (let i = runs.length - 2; i >= 0; i -= 2) {
    const start = index(runs[i], values.length);
    const count = index(runs[i + 1], values.length - start + 1);
    discardAll(values.splice(start, count), parent);
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
  update(list, updated);
}

/** Changes a list in place. */
export function alter(list: List, how: number, parts: Wire[]): void {
  const { keys, values, parent } = list;
  if (how === SPLICE) {
    list.known = undefined;
    return splice(list, parts);
  }
  check(keys);
  const set = (at: number, item: Wire, isMoved: boolean): void => {
    if (isMoved && values[at]) place(values[at], parent, nodeAfter(list, at));
    make(list, at, item);
  };
  feed<Child>(keys, values, (list.known ??= new Set(keys)), parts, set, discard);
}

// Finding

/** Finds markup in the page; with `html` it must be this. */
function adoptRaw(cursor: Cursor, html?: string): Raw {
  const isComment = (data: string) => (node: Node): node is Comment => node instanceof Comment && node.data === data;
  const start = cursor.find(isComment("["));
  let depth = 1;
  for (let node; (node = cursor.next()); ) {
    if (isComment("[")(node)) depth++;
    if (!isComment("]")(node) || --depth) continue;
    const raw = new Raw(null, start, node);
    check(html === undefined || isSame(raw, html));
    return raw;
  }
  throw new Error();
}

/** Finds what is neither a text nor an element nor a list. */
export function adoptOther(value: Wire[], up: Holder, cursor: Cursor): Child {
  if (value[0] === RAW) return adoptRaw(cursor, value[1] as string | undefined);
  return symbolIn(value, up, cursor.parent, (shown, list) => {
    if (!(cursor instanceof Mender)) for (shown = value; isSymbol(shown); ) shown = (shown as Wire[])[4] ?? null;
    return adopt(shown, list, cursor);
  });
}

/** Elements that stay where they are while a page is mended. */
const KEPT = /^(head|body|script|style|link|meta|template|noscript)$/;

/** Finds what a whole tree says, and makes what is not there. */
class Mender extends Cursor {
  /** With `clears`, what is passed is taken away: it is what the parser made of a tree that it could not keep. */
  constructor(
    parent: Node,
    private readonly clears: boolean,
  ) {
    super(parent);
  }

  override within(element: Element): Cursor {
    // What hooks and custom elements put into themselves is theirs.
    return new Mender(homeOf(element), !matches(element, "[data-hook]") && !nameOf(element)!.includes("-"));
  }

  override find<T extends Node>(isOurs: (node: Node) => node is T): T {
    return super.find((node): node is T => {
      const isMeant = isOurs(node);
      if (!isMeant && this.clears && !KEPT.test(nameOf(node)!)) remove(node);
      return isMeant;
    });
  }

  override readonly isWhole = true;

  override end(): void {
    if (this.clears) while (this.node) this.find((node): node is Node => KEPT.test(nameOf(node)!));
  }

  override settle(text: Text, value: Wire): void {
    keep(text, value);
  }

  override refuse(value: Wire[], { up, element }: Block): Child {
    const { parent } = this;
    const fresh = create(value, up, parent);
    const before = nextOf(element);
    remove(element);
    place(fresh, parent, before);
    return fresh;
  }
}

// The whole

/** A tree as data, without what is predicted; `sync` shows it again. */
export function keptIn({ base, root }: Tree): Wire | undefined {
  const [child] = root.values;
  return base ?? (child && read(child));
}

/** Makes a tree this one. A page that could not be adopted is mended. */
export function renew(tree: Tree, child: Wire): void {
  const { root, parent } = tree;
  const { values } = root;
  tree.isLacking = false;
  if (hasFeed(child)) child = whole(child, keptIn(tree), () => (tree.isLacking = true));
  tree.shown = undefined;
  tree.base = tree.layers.length ? child : undefined;
  if (values.length) {
    if (tree.base === undefined) make(root, 0, child);
    return;
  }
  try {
    const cursor = new Mender(parent, parent !== document);
    values.push(adopt(child, root, cursor));
    cursor.end();
  } catch {
    const fresh = create(child, root, parent);
    for (let node; (node = firstChildOf(parent)); ) remove(node);
    place(fresh, parent, null);
    values[0] = fresh;
  }
}
