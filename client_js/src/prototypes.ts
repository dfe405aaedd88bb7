/** Elements that templates are copied from. */

import { firstChildOf, homeOf, nextOf, setAttribute } from "./dom";
import { namespaceIn } from "./namespaces";
import { insert } from "./nodes";
import { attributesOf, childrenOf, type Definition, type Template } from "./templates";

/** What is parsed and not yet run: elements are made here, so that nothing loads and no custom element wakes up. */
export const inert = document.implementation.createHTMLDocument("");

/** What the elements of a template are copied from, and where its slots are in a copy. */
export class Prototype {
  /** The slots in the order in which they are filled. Properties come last: a value is read by the attributes and options beside it. */
  readonly order: number[];
  /** An element of it wants the focus when it appears. */
  focuses = false;
  /** How the nodes that matter are found in a fresh element, which is number 0: behind another one, or (~) as its first child. */
  private readonly steps = [0];
  /** By slot: the number of its element. */
  private readonly at: number[] = [];
  /** By child slot: the number of the node that follows, or (~) that of the child slot. */
  private readonly after: (number | null)[] = [];
  private readonly elements: { [namespace: string]: Element } = {};

  constructor(private readonly template: Template) {
    this.collect(template.definition, 0);
    const isProperty = (slot: number): boolean => template.slots[slot]![0] === ".";
    this.order = [...template.slots.keys()].sort((one, other) => +isProperty(one) - +isProperty(other));
  }

  /** Takes in an element; tells whether it, or a node in it, matters. */
  private collect(definition: Definition, number: number): boolean {
    const { steps, at, after } = this;
    let isNeeded = false;
    const take = (slot: number): void => {
      at[slot] = number;
      isNeeded = true;
    };
    for (const [name, value] of attributesOf(definition)) {
      if (typeof value === "number") take(value);
      this.focuses ||= name === "autofocus";
    }
    let { length } = steps;
    let step = ~number;
    let before: number | undefined;
    for (const child of childrenOf(definition)) {
      let next: number;
      if (typeof child === "number") {
        take(child);
        after[child] = null;
        next = ~child;
      } else {
        next = steps.push(step) - 1;
        step = next;
        if ((typeof child !== "string" && this.collect(child, next)) || before !== undefined) {
          isNeeded = true;
          ({ length } = steps);
        }
      }
      if (before !== undefined) after[before] = next;
      before = typeof child === "number" ? child : undefined;
    }
    steps.length = length;
    return isNeeded;
  }

  /** A fresh element of the template, slots empty. */
  clone(namespace: string): Element {
    return document.importNode((this.elements[namespace] ??= build(this.template.definition, namespace)), true);
  }

  /** By slot, in a fresh element: the element that it belongs to; what follows a child, a node or the number of its slot. */
  find(element: Element): [nodes: Node[], after: (Node | number | null)[]] {
    const nodes: Node[] = [element];
    const { steps, at, after } = this;
    const { slots } = this.template;
    for (let i = 1; i < steps.length; i++) {
      const step = steps[i]!;
      nodes[i] = (step < 0 ? firstChildOf(homeOf(nodes[~step] as Element)) : nextOf(nodes[step]!))!;
    }
    return [
      at.map((number, i) => (slots[i] ? nodes[number]! : homeOf(nodes[number] as Element))),
      after.map((number) => (number === null ? null : number < 0 ? ~number : nodes[number]!)),
    ];
  }
}

export const prototypeOf = (template: Template): Prototype => (template.prototype ??= new Prototype(template));

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
