/** What only some handlers want: to know more of an event, to hear of some keys only, not to be told each time. */

import { isMap, type Wire, type WireMap } from "./codec";

export { isDropped, replacedBy } from "./orders";
export { flush, pace } from "./pacing";

/** Whether a key event is the combination that a filter names, as in "Escape" or "Ctrl+Shift+s". */
export function matches(filter: string, event: KeyboardEvent): boolean {
  const [, modifiers, key] = /^((?:\w+\+)*)(.+)$/.exec(filter)!;
  const fits = (is: boolean, modifier: string): boolean => is === modifiers!.includes(modifier);
  // Characters may need Shift, or AltGr, which some systems tell as Ctrl and Alt.
  const isCharacter = !modifiers && event.key.length === 1;
  return (
    event.key.toLowerCase() === (key === "Space" ? " " : key!.toLowerCase()) &&
    ((isCharacter && event.getModifierState("AltGraph")) || (fits(event.ctrlKey, "Ctrl") && fits(event.altKey, "Alt"))) &&
    fits(event.metaKey, "Meta") &&
    (isCharacter || fits(event.shiftKey, "Shift"))
  );
}

/** "client_x" is clientX. */
const propertyOf = (name: string): string => name.replace(/_./, (letter) => letter[1]!.toUpperCase());

/** A field of an event; files are added to `files`. */
export function detailOf(name: string, event: { [name: string]: unknown }, element: Element, target: Element, files: File[]): unknown {
  const control = target as HTMLInputElement & HTMLSelectElement;
  const box = (): DOMRect => Element.prototype.getBoundingClientRect.call(element);
  // The page scrolls as a whole, though its body has the handler.
  const scroller = (element === document.body && document.scrollingElement) || element;
  return (
    name === "x" ? (event.clientX as number) - box().left
    : name === "y" ? (event.clientY as number) - box().top
    : /^(width|height)$/.test(name) ? box()[name as "width"]
    : name === "values" ? Array.from(control.selectedOptions ?? [], (option) => option.value)
    : name === "files" ? Array.from(control.files ?? [], (file) => files.push(file) - 1)
    : name === "dataset" ? attributesOf(element as HTMLElement)
    : /^scroll/.test(name) ? scroller[propertyOf(name) as "scrollTop"]
    : (event[propertyOf(name)] ?? event[name + "Key"])
  );
}

/** The data-… attributes of an element, named as in Python: "userId" is `user_id`. */
const attributesOf = ({ dataset }: HTMLElement): object =>
  Object.fromEntries(Object.entries(dataset).map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase()), value]));

/** What of a script's own event is data, as JSON has it. */
export function dataIn(event: CustomEvent): WireMap {
  const fields = Object.create(null) as WireMap;
  const detail = event.detail as Wire;
  for (const [name, value] of Object.entries(isMap(detail) ? detail : detail === null ? {} : { detail })) {
    try {
      fields[name] = JSON.parse(JSON.stringify(value)) as Wire;
    } catch {
      // No data: a function, or something that is part of itself.
    }
  }
  return fields;
}
