/** What the person has entered on a page, to be put back when they return to it. */

import { differs, FIELDS, isSelect, markEdited, propertiesOf } from "./controls";
import { getAttribute, nameOf } from "./dom";

/** Which control, and what is in it. */
export type Entry = [control: string, value: unknown];

/** The controls of the page by what tells them from each other. Passwords and files are nobody's but the person's. */
function* controlsByName(): Generator<[string, HTMLInputElement]> {
  const seen = new Map<string, number>();
  for (const element of document.querySelectorAll<HTMLInputElement>(FIELDS)) {
    if (/^(password|file|hidden)$/.test(element.type)) continue;
    const value = /^(checkbox|radio)$/.test(element.type) ? getAttribute(element, "value") : "";
    const name = [nameOf(element), getAttribute(element, "id"), getAttribute(element, "name"), value].join();
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    yield [`${name},${count}`, element];
  }
}

/** What is in the controls that differ from what the tree shows. */
export const entered = (): Entry[] =>
  [...controlsByName()].flatMap(([name, element]): Entry[] => {
    if (!differs(element, false)) return [];
    if (isSelect(element)) return [[name, Array.from((element as HTMLSelectElement).selectedOptions, ({ value }) => value)]];
    return [[name, /^(checkbox|radio)$/.test(element.type) ? element.checked : element.value]];
  });

/** Puts it back. */
export function reenter(entries: Entry[]): void {
  const values = new Map(entries);
  for (const [name, element] of controlsByName()) {
    const value = values.get(name);
    if (value === undefined) continue;
    if (isSelect(element)) for (const option of (element as HTMLSelectElement).options) option.selected = (value as string[]).includes(option.value);
    else propertiesOf(element)[typeof value === "boolean" ? "checked" : "value"] = value;
    markEdited(element);
  }
}
