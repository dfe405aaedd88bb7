/** Elements that templates are copied from. */

import type { Wire } from "./codec";
import { firstChildOf, homeOf, nextOf, setAttribute } from "./dom";
import { namespaceIn } from "./namespaces";
import { insert } from "./nodes";
import { attributesOf, childrenOf, type Definition, type Template } from "./templates";
import { Block, type Holder } from "./tree";

/** What is parsed and not yet run: elements are made here, so that nothing loads and no custom element wakes up. */
export const inert = document.implementation.createHTMLDocument("");

/** What the elements of a template are copied from, and where its slots are in a copy. */
class Prototype {
  /** The slots in the order in which they are filled. Properties come last: a value is read by the attributes and options beside it. */
  readonly order: number[];
  /** An element of it wants the focus when it appears. */
  focuses = false;
  /** How the nodes that matter are found in a fresh element, which is number 0: behind another one, or (~) as its first child. */
  private readonly steps = [0];
  /** By slot: the number of its element. */
  private readonly at: number[] = [];
  /** There is a <template> in it, whose children are kept apart. */
  private isParted = false;
  /** By slot: the number of the text that stands there. */
  private readonly texts: number[] = [];
  /** By child slot: the number of the node that follows, or (~) that of the child slot. */
  private readonly after: (number | null)[] = [];
  /** The same, for each copy, where no node follows. */
  private readonly sameAfter: (number | null)[] | undefined;
  private readonly elements: { [namespace: string]: Element } = {};

  /** `value`: a first one. Where it has a text there will be texts, so that a copy brings them. */
  constructor(
    private readonly template: Template,
    private readonly value: Wire[],
  ) {
    this.collect(template.definition, 0);
    const isProperty = (slot: number): boolean => template.slots[slot]![0] === ".";
    this.order = [...template.slots.keys()].sort((one, other) => +isProperty(one) - +isProperty(other));
    if (!this.after.some((number) => number !== null && number >= 0)) this.sameAfter = this.after.map((number) => number && ~number);
  }

  /** Takes in an element; tells whether it, or a node in it, matters. */
  private collect(definition: Definition, number: number): boolean {
    const { steps, at, after, texts, value } = this;
    this.isParted ||= definition[0] === "template";
    let isNeeded = false;
    const take = (slot: number): void => {
      at[slot] = number;
      texts[slot] = 0;
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
        if (hasText(definition, child, value)) {
          texts[child] = step = steps.push(step) - 1;
          ({ length } = steps);
        }
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

  /** A fresh element of the template. In its slots there is nothing yet, or an empty text. */
  copy(up: Holder, namespace: string): Block {
    const { steps, at, after, sameAfter, template, texts } = this;
    const element = document.importNode((this.elements[namespace] ??= build(template.definition, namespace, this.value)), true);
    // A thousand rows are made one after the other: each array takes what it needs, once.
    const found = new Array<Node>(steps.length);
    found[0] = element;
    const home = this.isParted ? homeOf : same;
    for (let i = 1; i < steps.length; i++) {
      const step = steps[i]!;
      found[i] = (step < 0 ? firstChildOf(home(found[~step]!)) : nextOf(found[step]!))!;
    }
    const nodes = new Array<Node>(at.length);
    const values = new Array<Text | null>(at.length);
    for (let slot = 0; slot < at.length; slot++) {
      const node = found[at[slot]!]!;
      nodes[slot] = template.slots[slot] ? node : home(node);
      values[slot] = texts[slot] ? (found[texts[slot]!] as Text) : null;
    }
    return new Block(
      up,
      template,
      element,
      nodes,
      values,
      sameAfter ?? after.map((number) => (number === null ? null : number < 0 ? ~number : found[number]!)),
    );
  }
}

const same = (node: Node): Node => node;

/** A template's prototype; `value`: the first of which a copy is made. */
export const prototypeOf = (template: Template, value: Wire[]): Prototype => (template.prototype ??= new Prototype(template, value));

/** Whether a text stands in a child slot. What stands in <noscript> is not made. */
const hasText = ([tag]: Definition, slot: number, value: Wire[]): boolean => typeof value[slot + 1] === "string" && tag !== "noscript";

/** An element of a definition; where `value` has texts, with empty ones. */
export function build(definition: Definition, namespace: string, value: Wire[] = []): Element {
  const element = inert.createElementNS(namespace, definition[0]);
  for (const [name, value] of attributesOf(definition)) {
    if (typeof value !== "number") setAttribute(element, name, value === true ? "" : value, null);
  }
  const home = homeOf(element);
  for (const child of childrenOf(definition)) {
    if (typeof child === "string") insert(home, inert.createTextNode(child), null);
    else if (typeof child !== "number") insert(home, build(child, namespaceIn(element, child[0]), value), null);
    else if (hasText(definition, child, value)) insert(home, inert.createTextNode(""), null);
  }
  return element;
}
