/** What only some handlers want: to know more of an event, to hear of some keys only, not to be told each time. */

import { isMap, type Wire, type WireMap } from "./codec";
import { nameOf } from "./dom";
import { type Handler, handlersIn } from "./events";
import { isControl } from "./forms";

export { isDropped, replacedBy } from "./orders";
export { flush, isSpent, pace } from "./pacing";

/** The handlers for key combinations, of those that are meant. */
export const handlersAmong = (handlers: WireMap, isMeant: (filter: string) => boolean): Handler[] =>
  Object.entries(handlers).flatMap(([filter, value]) => (isMeant(filter) ? handlersIn(value, isMeant).map((handler): Handler => ({ ...handler, filter })) : []));

/** Whether a key event is the combination that a filter names, as in "Escape" or "Ctrl+Shift+s". */
export function matches(filter: string, event: Event | undefined): boolean {
  if (!(event instanceof KeyboardEvent)) return false;
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

/** Whether a key goes to an input method: it is not meant for us. */
export const isComposing = (event: Event): boolean => event instanceof KeyboardEvent && (event.isComposing || event.keyCode === 229);

/** "client_x" is clientX. */
const propertyOf = (name: string): string => name.replace(/_./, (letter) => letter[1]!.toUpperCase());

/** What an action is told of events when it does not say what it wants. */
const usualFields = (type: string): string[] =>
  /^(input|change)$/.test(type) ? ["value", "checked"] : /^key/.test(type) ? ["key"] : [];

/** The fields of an event that an action wants; its files are added to `files`. One that the event does not have is left out. */
export function fieldsOf({ f }: WireMap, type: string, event: object, element: Element, target: Element, files: File[]): WireMap {
  const control = (isControl(element) || nameOf(element) === "button" ? element : target) as HTMLInputElement & HTMLSelectElement;
  const its = event as { [name: string]: unknown };
  const fields = Object.create(null) as WireMap;
  const box = (): DOMRect => Element.prototype.getBoundingClientRect.call(element);
  // The page scrolls as a whole, though its body has the handler.
  const scroller = (element === document.body && document.scrollingElement) || element;
  for (const name of (f as string[] | undefined) ?? usualFields(type)) {
    const value =
      /^(value|checked)$/.test(name) ? control[name as "value"]
      : name === "x" ? (its.clientX as number) - box().left
      : name === "y" ? (its.clientY as number) - box().top
      : /^(width|height)$/.test(name) ? box()[name as "width"]
      : name === "values" ? Array.from(control.selectedOptions ?? [], (option) => option.value)
      : name === "files" ? Array.from(control.files ?? [], (file) => files.push(file) - 1)
      : name === "dataset" ? attributesOf(element as HTMLElement)
      : /^scroll/.test(name) ? scroller[propertyOf(name) as "scrollTop"]
      : (its[propertyOf(name)] ?? its[name + "Key"]);
    if (/^(string|number|boolean)$/.test(typeof value) || Array.isArray(value) || name === "dataset") fields[name] = value as Wire;
  }
  return Object.assign(fields, event instanceof CustomEvent && dataIn(event));
}

/** The data-… attributes of an element, named as in Python: "userId" is `user_id`. */
const attributesOf = ({ dataset }: HTMLElement): object =>
  Object.fromEntries(Object.entries(dataset).map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase()), value]));

/** What of a script's own event is data, as JSON has it. */
function dataIn(event: CustomEvent): WireMap {
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
