/** Operations on nodes that only what makes them needs. */

import { getter, method, nameOf, parentOf, removeAttribute, setPlainAttribute } from "./dom";

const node = Node.prototype;
const element = Element.prototype;

export const namespaceOf = getter<string | null>(element, "namespaceURI");
const classesOf = getter<DOMTokenList>(element, "classList");
export const matches = method(element.matches);
export const querySelector = method(element.querySelector as (selector: string) => Element | null);
const setAttributeNS = method(element.setAttributeNS);
export const replaceChildren = method(element.replaceChildren);
const insertBefore = method(node.insertBefore);
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

/** Sets an attribute that is rare. Of a class the tokens stay that others have put there. */
export function setRare(on: Element, name: string, value: string | null, old: string | null): void {
  if (name === "class") {
    const tokens = (text: string | null): string[] => text?.match(/[^ \t\n\f\r]+/g) ?? [];
    const list = classesOf(on);
    const now = tokens(value);
    list.remove(...tokens(old).filter((token) => !now.includes(token)));
    list.add(...now);
  } else if (value === null) removeAttribute(on, name);
  else if (name === "src") setPlainAttribute(on, name, trusted().createScriptURL(value));
  else if (name === "srcdoc") setPlainAttribute(on, name, trusted().createHTML(value));
  else if (namespaceOf(on) === HTML) setPlainAttribute(on, name, value);
  else setAttributeNS(on, name[1] === "l" ? "http://www.w3.org/1999/xlink" : "http://www.w3.org/XML/1998/namespace", name, value);
}

/** Puts a node into a parent. A node to stand before that others have taken away counts as none. */
export function insert(parent: Node, child: Node, before: Node | null): void {
  // With scripts on, what stands in <noscript> is text that nobody sees: elements there would begin to load.
  if (nameOf(parent) === "noscript") return;
  if (before && parentOf(before) !== parent) before = null;
  if (moveBefore && parentOf(child) === parent) moveBefore.call(parent, child, before);
  else insertBefore(parent, child, before);
}
