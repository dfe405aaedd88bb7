/** Values that only the browser knows: whether a call is under way, and what is sent with it. */

import type { Wire, WireMap } from "./codec";
import { closest, nameOf } from "./dom";
import { CHOICE, JOINED } from "./protocol";

/** A call that has no answer yet, as far as symbols want to know it. */
export interface UnderWay {
  /** The form that is sent. */
  form: Element | null;
  fields: WireMap | undefined;
  entries: Wire[] | undefined;
  /** The number that stands for such calls. */
  source(): Wire | undefined;
}

/** Oldest first. */
let underWay: UnderWay[] = [];
export const setUnderWay = (calls: UnderWay[]): unknown => (underWay = calls);

/** What is sent with a name; null when nothing is. */
export function dataOf({ entries, fields }: UnderWay, name: string): string | null {
  const at = entries ? entries.findLastIndex((other, i) => !(i % 2) && other === name) : -1;
  const data = at < 0 ? fields?.[name] : entries![at + 1];
  return data == null || typeof data === "object" ? null : String(data);
}

export const isSymbol = (value: unknown): value is [number, ...Wire[]] => Array.isArray(value) && (value[0] as number) <= CHOICE;

/** The form that an element belongs to. */
export const formOf = (element: Element): Element | null => (nameOf(element) !== "form" && (element as HTMLInputElement).form) || closest(element, "form");

/** What a symbol is now, for an element or what stands in it; any other value as it is. */
export function resolve(value: Wire, element: Element): Wire {
  if (!isSymbol(value)) return value;
  const [kind, source, first, second] = value as [number, ...Wire[]] as [number, Wire, Wire, Wire];
  if (kind === JOINED) return value.slice(1).map((part) => resolve(part, element)).filter((part) => part).join(" ") || null;
  const form = source === null && formOf(element);
  const call = underWay.filter((each) => (source === null ? form && each.form === form : each.source() === source)).at(-1);
  if (kind === CHOICE) return resolve(call ? first : second, element);
  return call ? dataOf(call, first as string) : null;
}
