/** Elements that templates are copied from. */

import { homeOf, insert, setAttribute } from "./dom";
import { namespaceIn } from "./namespaces";
import { attributesOf, childrenOf, type Definition, type Template } from "./templates";

/** What is parsed and not yet run: elements are made here, so that nothing loads and no custom element wakes up. */
export const inert = document.implementation.createHTMLDocument("");

/** A fresh element of a template, slots empty. */
export function clone({ prototypes, definition }: Template, namespace: string): Element {
  return document.importNode((prototypes[namespace] ??= build(definition, namespace)), true);
}

function build(definition: Definition, namespace: string): Element {
  const element = inert.createElementNS(namespace, definition[0]);
  for (const [name, value] of attributesOf(definition)) {
    if (typeof value !== "number") setAttribute(element, name, value === true ? "" : value, null);
  }
  const home = homeOf(element);
  for (const child of childrenOf(definition)) {
    if (typeof child === "string") insert(home, inert.createTextNode(child), null);
    else if (typeof child !== "number") insert(home, build(child, namespaceIn(element, child[0])), null);
  }
  return element;
}
