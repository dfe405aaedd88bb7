/** Values that only the browser knows: whether a call is under way, and what is sent with it. */

import { isMap, type Wire, type WireMap } from "./codec";
import { formOf } from "./forms";
import { CHOICE, JOINED, PROGRESS } from "./protocol";
import type { Content } from "./contents";
import { isArray } from "./tree";

export const isSymbol = (value: unknown): value is [number, ...Wire[]] => isArray(value) && (value[0] as number) <= CHOICE;

/** A call that has no answer yet, as far as symbols want to know it. */
export interface UnderWay extends Content {
  /** The form that is sent. */
  form: Element | null;
  fields: WireMap | undefined;
  /** The element that has the handler. */
  element?: Element;
  /** How much of the files was sent, in per cent. */
  progress: number;
  isPaused?: boolean;
  /** Sees to it that the upload goes on, or does not; absent: it cannot be paused. */
  onPause?: () => void;
  /** The number that stands for such calls. */
  source(): Wire | undefined;
}

/** Oldest first. */
let underWay: UnderWay[] = [];
export const setUnderWay = (calls: UnderWay[]): unknown => (underWay = calls);

/** What is sent with a name, of a file its own name; null when nothing is. */
export function dataOf({ entries, files, fields }: UnderWay, name: string): string | null {
  const at = entries ? entries.findLastIndex((other, i) => !(i % 2) && other === name) : -1;
  const entry = entries?.[at + 1];
  const data = at < 0 ? fields?.[name] : typeof entry === "number" ? files[entry]!.name : entry;
  return data == null || typeof data === "object" ? null : String(data);
}

/** What a symbol is now, for an element or what stands in it; any other value as it is. */
export function resolve(value: Wire, element: Element): Wire {
  if (!isSymbol(value)) return value;
  const [kind, from, first, second] = value as [number, ...Wire[]] as [number, Wire, Wire, Wire];
  if (kind === JOINED) return value.slice(1).map((part) => resolve(part, element)).filter((part) => part).join(" ") || null;
  if (from === true) return resolve(document.documentElement.dataset.reactorLive === "up" ? first : second, element);
  const isOfPaused = isMap(from);
  const source = isOfPaused ? from.p! : from;
  const isOfForm = typeof source !== "number";
  const form = isOfForm && formOf(element);
  const number = isOfForm ? (source as Wire[] | null)?.[0] : source;
  const call = underWay.filter((each) => (!isOfForm || (form && each.form === form)) && (number === undefined || each.source() === number) && (!isOfPaused || each.isPaused)).at(-1);
  if (kind === CHOICE) return resolve(call ? first : second, element);
  if (kind === PROGRESS) return call?.files.length ? String(call.progress) : null;
  return call ? dataOf(call, first as string) : null;
}
