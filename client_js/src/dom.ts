/**
 * The few operations on nodes that we need, taken from the prototypes: a control named "parentNode" or "setAttribute"
 * hides the property of that name of its form.
 */

const getter = <T>(prototype: object, name: string): ((node: Node) => T) => {
  const get = Object.getOwnPropertyDescriptor(prototype, name)!.get!;
  return (node) => get.call(node) as T;
};
export const method = <F extends (this: never, ...args: never[]) => unknown>(
  of: F,
): ((node: Node, ...args: Parameters<F>) => ReturnType<F>) => Function.prototype.call.bind(of) as never;

const node = Node.prototype;
const element = Element.prototype;

export const parentOf = getter<Node | null>(node, "parentNode");
export const firstChildOf = getter<Node | null>(node, "firstChild");
export const nextOf = getter<Node | null>(node, "nextSibling");
export const isConnected = getter<boolean>(node, "isConnected");
/** The name of an element; undefined for other nodes. */
export const nameOf = (of: Node): string | undefined => (of instanceof Element ? localName(of) : undefined);
export const namespaceOf = getter<string | null>(element, "namespaceURI");
export const getAttribute = method(element.getAttribute);
export const closest = method(element.closest as (selector: string) => Element | null);
export const matches = method(element.matches);
export const querySelector = method(element.querySelector as (selector: string) => Element | null);
export const querySelectorAll = method(element.querySelectorAll as (selector: string) => NodeListOf<Element>);
export const focus = method(HTMLElement.prototype.focus);
export const removeAttribute = method(element.removeAttribute);

export const isControl = (element: Element | null): element is HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement => !!element && /^(input|textarea|select)$/.test(nameOf(element)!);

/** The form that an element belongs to. */
export const formOf = (element: Element): Element | null => (nameOf(element) !== "form" && (element as HTMLInputElement).form) || closest(element, "form");

/** Where the children of an element are: those of a template are kept apart. */
export const homeOf = (of: Element): Node => (of instanceof HTMLTemplateElement ? of.content : of);

const localName = getter<string>(element, "localName");
export const classesOf = getter<DOMTokenList>(element, "classList");
const styleOf = getter<CSSStyleDeclaration>(HTMLElement.prototype, "style");
const setAttributeNS = method(element.setAttributeNS);
const setPlainAttribute = method(element.setAttribute);
const insertBefore = method(node.insertBefore);
const removeChild = method(node.removeChild);
/** Moves a node without ending what goes on in it (focus, animation, playing); newer browsers have it. */
const moveBefore = (element as { moveBefore?: typeof node.insertBefore }).moveBefore;

export const HTML = "http://www.w3.org/1999/xhtml";

interface Policy {
  createHTML(markup: string): string;
  createScriptURL(address: string): string;
}
let policy: Policy | undefined;
/** Markup and script addresses from the server, as the browser wants them under Trusted Types. Made when first needed. */
export function trusted(): Policy {
  const same: Policy = { createHTML: (markup) => markup, createScriptURL: (address) => address };
  const types = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }).trustedTypes;
  return (policy ??= types ? types.createPolicy("reactor", same) : same);
}

/** Sets (or with null removes) an attribute. `old` is what the tree had set; tokens of a class put there by others stay. */
export function setAttribute(on: Element, name: string, value: string | null, old: string | null): void {
  if (name === "class" && getAttribute(on, name) !== old) {
    const tokens = (text: string | null): string[] => text?.match(/[^ \t\n\f\r]+/g) ?? [];
    const list = classesOf(on);
    const now = tokens(value);
    list.remove(...tokens(old).filter((token) => !now.includes(token)));
    list.add(...now);
  } else if (value === null) removeAttribute(on, name);
  else if (name === "style") (on instanceof HTMLElement ? styleOf(on) : (on as SVGElement).style).cssText = value;
  else if (/^(xlink|xml):/.test(name) && namespaceOf(on) !== HTML)
    setAttributeNS(on, name[1] === "l" ? "http://www.w3.org/1999/xlink" : "http://www.w3.org/XML/1998/namespace", name, value);
  else {
    if (name === "srcdoc") value = trusted().createHTML(value);
    else if (name === "src" && nameOf(on) === "script") value = trusted().createScriptURL(value);
    setPlainAttribute(on, name, value);
  }
}

/** Puts a node into a parent. A node to stand before that others have taken away counts as none. */
export function insert(parent: Node, child: Node, before: Node | null): void {
  // With scripts on, what stands in <noscript> is text that nobody sees: elements there would begin to load.
  if (nameOf(parent) === "noscript") return;
  if (before && parentOf(before) !== parent) before = null;
  if (moveBefore && parentOf(child) === parent) moveBefore.call(parent, child, before);
  else insertBefore(parent, child, before);
}

export function remove(child: Node): void {
  const parent = parentOf(child);
  if (parent) removeChild(parent, child);
}
