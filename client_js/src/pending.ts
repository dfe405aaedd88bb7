/** Shows on the elements themselves that a call of theirs is under way: `aria-busy`, `data-pending`. */

import { getAttribute, removeAttribute, setAttribute } from "./dom";
import { slotOf } from "./tree";

const SLOW = 150;
const MARKS = [
  ["aria-busy", "true"],
  ["data-pending", ""],
] as const;

/** The elements that are marked, each with what takes its marks away. */
const marked = new Map<Element, () => void>();

/** Marks these elements and no others. What the tree sets itself is left to it. */
export function mark(elements: Set<Element>): void {
  for (const [element, undo] of marked) if (!elements.has(element) && marked.delete(element)) undo();
  for (const element of elements) {
    if (marked.has(element)) continue;
    const mine = MARKS.filter(([name]) => getAttribute(element, name) === null && !slotOf(element, name));
    for (const [name, value] of mine) setAttribute(element, name, value, null);
    // Style sheets may wait, so that nothing flickers when the answer is quick.
    const timer = setTimeout(() => mine.includes(MARKS[1]) && setAttribute(element, MARKS[1][0], "slow", null), SLOW);
    marked.set(element, () => {
      clearTimeout(timer);
      for (const [name] of mine) removeAttribute(element, name);
    });
  }
}
