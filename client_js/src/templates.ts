/** Templates: one element with its static content and numbered slots. */

import type { Wire } from "./codec";
import type { prototypeOf } from "./prototypes";

/** A template as it is sent: [tag, [name, value, …], child, …]. */
export type Definition = [tag: string, attributes: (string | number | true)[], ...children: (string | number | Definition)[]];

/** Name and value of each attribute of a definition's own element; a number is that of a slot. */
export function attributesOf([, list]: Definition): [name: string, value: string | number | true][] {
  return list.flatMap((name, i) => (i % 2 ? [] : [[name as string, list[i + 1]!]]));
}

export const childrenOf = (definition: Definition) => definition.slice(2) as (string | number | Definition)[];

export class Template {
  /** What each slot sets, as it is named on the wire: "@click", ".value", "class"; "" for a child. */
  readonly slots: string[] = [];
  /** What new elements are copies of. */
  prototype?: ReturnType<typeof prototypeOf>;

  constructor(readonly definition: Definition) {
    this.collect(definition);
  }

  private collect(definition: Definition): void {
    for (const [name, value] of attributesOf(definition)) if (typeof value === "number") this.slots[value] = name;
    for (const child of childrenOf(definition)) {
      if (typeof child === "number") this.slots[child] = "";
      else if (typeof child !== "string") this.collect(child);
    }
  }
}

/** Throws when the DOM or a delta is not what it should be. A sync then mends it. */
export function check(condition: unknown): asserts condition {
  if (!condition) throw new Error("does not fit the tree");
}

/** The templates of the tree that is at work, by number. */
let numbered = new Map<number, Template>();
export const useTemplates = (templates: typeof numbered): unknown => (numbered = templates);

/** The template of a block's value: [its number, or itself; a value for each slot]. */
export function templateOf(value: Wire[]): Template {
  const head: unknown = value[0];
  const template = head instanceof Template ? head : numbered.get(head as number);
  check(template?.slots.length === value.length - 1);
  return template!;
}

const known = new Map<string, Template>();

/** The template of a definition; the same one for equal definitions, whatever number a view gives them. */
export function intern(definition: Wire): Template {
  const text = JSON.stringify(definition);
  let template = known.get(text);
  if (!template) known.set(text, (template = new Template(definition as Definition)));
  return template;
}
