/** Which elements are fields, and where they belong. */

import { closest, nameOf } from "./dom";

/** Whether an element is one that the person fills in. */
export const isControl = (element: Element | null): element is HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement => !!element && /^(input|textarea|select)$/.test(nameOf(element)!);

/** The form that an element belongs to. */
export const formOf = (element: Element): Element | null => (nameOf(element) !== "form" && (element as HTMLInputElement).form) || closest(element, "form");
