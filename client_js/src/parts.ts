/**
 * Parts of the client that not every page needs. Each is loaded, from beside the client, when the first thing comes that
 * needs it; what it exports then stands in `more`.
 */

import { isMap, type Wire, type WireMap } from "./codec";
import { renew } from "./renewal";
import { APPEND, AWAITED, CHOICE, FEED, RAW, SPLICE, UPDATE } from "./protocol";

const LOADERS = {
  /** Keys, places and files of events, and the data of those of scripts. */
  details: () => import("./details"),
  /** Effects. */
  effects: () => import("./effects"),
  /** What the person enters, and forms. */
  fields: () => import("./fields"),
  /** Events that are not the browser's. */
  happenings: () => import("./happenings"),
  /** What the server says unasked. */
  listening: () => import("./listening"),
  /** Elements, lists and markup that were not in the page, and values that only the browser knows. */
  making: () => import("./making"),
  /** Other pages in this window. */
  navigation: () => import("./navigation"),
  /** Files that are sent in pieces. */
  pieces: () => import("./pieces"),
  /** Outcomes before the answer. */
  predictions: () => import("./predictions"),
  /** What the page's own scripts use. */
  scripts: () => import("./scripts"),
  /** Answers that come bit by bit. */
  streams: () => import("./streams"),
  /** Files. */
  uploads: () => import("./uploads"),
};
export type Part = keyof typeof LOADERS;
type Every<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void ? All : never;

/** What the parts that are there have brought. Who goes without asking has seen to it that the part is loaded. */
export const more = {} as Partial<Every<Awaited<ReturnType<(typeof LOADERS)[Part]>>>>;

export const PARTS = Object.keys(LOADERS) as Part[];
const PAUSE = 1000;
/** Events that are not the browser's. */
export const OURS = /^(interval|mount|visible|hidden|clickoutside)$/;
/** What is read in the same way from every event, of the control that it is about, or by its own name. */
export const PLAIN = /^(value|checked|key|code|repeat|ctrl|shift|alt|meta|button|client_[xy])$/;
const there = new Set<Part>();
/** What the server does not have any more: it has those of another release now. */
const gone = new Set<Part>();
/** What the page cannot do without. */
const wanted = new Set<Part>();
const loads: { [part in Part]?: Promise<void> } = {};
/** Without these everything works, only not as well. */
const SPARED = /^(navigation|predictions)$/;

async function fetched(part: Part): Promise<void> {
  const address = (): string => new URL(`./${part}.js`, import.meta.url).href;
  for (let tries = 1; !there.has(part); tries++) {
    try {
      // A browser may take what has failed once for failed for ever, unless it is asked for by another address.
      Object.assign(more, await (tries < 2 ? LOADERS[part]() : (import(/* @vite-ignore */ `${address()}?${tries}`) as Promise<object>)));
      there.add(part);
    } catch (problem) {
      console.error(problem);
      const status = await fetch(address()).then(({ status }) => status, () => 0);
      if (status === 404) (SPARED.test(part) ? there : gone).add(part);
      if (there.has(part)) return;
      goOn(part);
      await new Promise((resolve) => setTimeout(resolve, tries * PAUSE));
    }
  }
}

/** Where a part is wanted that is gone, the page goes on as one of the other release. */
const goOn = (part: Part): unknown => gone.has(part) && wanted.has(part) && renew();

/** Has parts loaded; nothing, when they are there. `ahead`: they may be wanted later. */
export function load(parts: Part[], ahead = false): Promise<unknown> | undefined {
  const missing = parts.filter((part) => !there.has(part));
  for (const part of ahead ? [] : missing) {
    wanted.add(part);
    goOn(part);
  }
  return missing.length ? Promise.all(missing.map((part) => (loads[part] ??= fetched(part)))) : undefined;
}

/** Does something as soon as the parts for it are there: now, or later. */
export function having(parts: Part[], work: () => unknown): void {
  const loading = load(parts);
  if (loading) void loading.then(work);
  else work();
}

/** Whether a change of a list leaves its items where they are, and changes only what is in them. */
export const isQuiet = (parts: Wire[]): boolean => Array.isArray(parts[3]) && !parts.slice(0, 3).some((part) => Array.isArray(part) && part.length);

/** What has to be there before a message is shown: of a page, or an answer. */
export function partsFor({ a, d, f, j, l, q, r, t, o }: WireMap, isServed = false): Part[] {
  const parts = new Set<Part>();
  if (there.size === PARTS.length) return [];
  /** `isOutline`: of what there are elements already, or will be none. */
  const look = (value: Wire, isOutline: boolean): void => {
    if (isMap(value)) {
      // What a handler asks for. Until it is there, events would be lost.
      const { f, d, t, w } = value;
      if (d || t || (Array.isArray(f) && f.some((name) => !PLAIN.test(name as string)))) parts.add("details");
      if (w) parts.add("happenings").add("details");
    }
    if (!Array.isArray(value)) return;
    const [head, names] = value;
    // A template's tag, or the first of its attributes.
    if (typeof head === "string") {
      if (/^(form|input|select|textarea)$|^\./.test(head)) parts.add("fields");
      // What stands in it is not in the page, so it is made.
      if (head === "noscript") parts.add("making");
      for (const name of Array.isArray(names) ? names : []) {
        if (typeof name !== "string" || name[0] !== "@") continue;
        const type = name.slice(1);
        if (OURS.test(type)) parts.add("happenings");
        else if (/^key/.test(type) || !(`on${type}` in window)) parts.add("details");
      }
    } else if (typeof head === "number" && (!isOutline || head === RAW || (head <= CHOICE && head !== FEED))) parts.add("making");
    for (const each of value) look(each, isOutline);
  };
  const lookAtChange = (delta: Wire): void => {
    if (!Array.isArray(delta)) return;
    const [head, ...rest] = delta;
    if (head === UPDATE) rest.forEach(lookAtChange);
    else if (head === SPLICE && isQuiet(rest)) (rest[3] as Wire[]).forEach(lookAtChange);
    else if (head !== APPEND) look(delta, false);
  };
  look(t!, true);
  look(r!, isServed);
  lookAtChange(d!);
  if (r && !isServed) parts.add("making");
  if (a) parts.add("predictions").add("making");
  if (j) parts.add("effects");
  if (l) parts.add("navigation");
  if (!isServed && (isMap(o) ? o.live : q)) parts.add("listening");
  if (f === AWAITED) parts.add("streams");
  return [...parts];
}
