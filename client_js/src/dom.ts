/**
 * The few operations on nodes that we need, taken from the prototypes: a control named "parentNode" or "setAttribute"
 * hides the property of that name of its form.
 */

import { more } from "./parts";

export const getter = <T>(prototype: object, name: string): ((node: Node) => T) => {
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
export const getAttribute = method(element.getAttribute);
export const closest = method(element.closest as (selector: string) => Element | null);
export const focus = method(HTMLElement.prototype.focus);
export const removeAttribute = method(element.removeAttribute);

/** Where the children of an element are: those of a template are kept apart. */
export const homeOf = (of: Node): Node => (of instanceof HTMLTemplateElement ? of.content : of);

const localName = getter<string>(element, "localName");
const styleOf = getter<CSSStyleDeclaration>(HTMLElement.prototype, "style");
export const setPlainAttribute = method(element.setAttribute);
const removeChild = method(node.removeChild);

/**
 * Whether an attribute takes more than to be set: those of namespaces, such as hold a script, and classes, where others have put
 * some beside the `old` ones, which the tree had set.
 */
export const isRare = (on: Element, name: string, old: unknown): boolean =>
  name === "class" ? getAttribute(on, name) !== old : /^(xlink:|xml:|srcdoc$)/.test(name) || (name === "src" && nameOf(on) === "script");

/** Sets (or with null removes) an attribute. `old` is what the tree had set. */
export function setAttribute(on: Element, name: string, value: string | null, old: string | null): void {
  if (isRare(on, name, old)) more.setRare!(on, name, value, old);
  else if (value === null) removeAttribute(on, name);
  else if (name === "style") (on instanceof HTMLElement ? styleOf(on) : (on as SVGElement).style).cssText = value;
  else setPlainAttribute(on, name, value);
}

export function remove(child: Node): void {
  const parent = parentOf(child);
  if (parent) removeChild(parent, child);
}
