/** Templates: one element with its static content and numbered slots. */

import type { Wire } from "./codec";
import { firstChildOf, homeOf, insert, namespaceIn, nextOf, setAttribute } from "./dom";

/** A template as it is sent: [tag, [name, value, …], child, …]. */
export type Definition = [tag: string, attributes: (string | number | true)[], ...children: (string | number | Definition)[]];

/** What is parsed and not yet run: elements are made here, so that nothing loads and no custom element wakes up. */
export const inert = document.implementation.createHTMLDocument("");

/** Name and value of each attribute of a definition's own element; a number is that of a slot. */
export function attributesOf([, list]: Definition): [name: string, value: string | number | true][] {
  return list.flatMap((name, i) => (i % 2 ? [] : [[name as string, list[i + 1]!]]));
}

export const childrenOf = (definition: Definition) => definition.slice(2) as (string | number | Definition)[];

export class Template {
  /** What each slot sets, as it is named on the wire: "@click", ".value", "class"; "" for a child. */
  readonly slots: string[] = [];
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
  private readonly prototypes: { [namespace: string]: Element } = {};

  constructor(readonly definition: Definition) {
    this.collect(definition, 0);
    const isProperty = (slot: number): boolean => this.slots[slot]![0] === ".";
    this.order = [...this.slots.keys()].sort((one, other) => +isProperty(one) - +isProperty(other));
  }

  /** Takes in an element; tells whether it, or a node in it, matters. */
  private collect(definition: Definition, number: number): boolean {
    const { slots, steps, at, after } = this;
    let isNeeded = false;
    const take = (slot: number, name: string): void => {
      slots[slot] = name;
      at[slot] = number;
      isNeeded = true;
    };
    for (const [name, value] of attributesOf(definition)) {
      if (typeof value === "number") take(value, name);
      this.focuses ||= name === "autofocus";
    }
    let { length } = steps;
    let step = ~number;
    let before: number | undefined;
    for (const child of childrenOf(definition)) {
      let next: number;
      if (typeof child === "number") {
        take(child, "");
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

  /** A fresh element of this template, slots empty. */
  clone(namespace: string): Element {
    return document.importNode((this.prototypes[namespace] ??= build(this.definition, namespace)), true);
  }

  /** By slot, in a fresh element: the element that it belongs to; what follows a child, a node or the number of its slot. */
  find(element: Element): [nodes: Node[], after: (Node | number | null)[]] {
    const nodes: Node[] = [element];
    const { steps, at, after, slots } = this;
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

/** The templates of the tree that is at work, by number. */
let numbered = new Map<number, Template>();
export const useTemplates = (templates: typeof numbered): unknown => (numbered = templates);

/** The template of a block's value: [its number, or itself; a value for each slot]. */
export function templateOf(value: Wire[]): Template {
  const head: unknown = value[0];
  const template = head instanceof Template ? head : numbered.get(head as number);
  if (template?.slots.length !== value.length - 1) throw new Error("does not fit its template");
  return template;
}

const known = new Map<string, Template>();

/** The template of a definition; the same one for equal definitions, whatever number a view gives them. */
export function intern(definition: Wire): Template {
  const text = JSON.stringify(definition);
  let template = known.get(text);
  if (!template) known.set(text, (template = new Template(definition as Definition)));
  return template;
}
