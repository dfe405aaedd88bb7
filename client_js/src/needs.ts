/** Which parts of the client have to be there before a message is shown. What the served page needs the server tells. */

import { isMap, type Wire, type WireMap } from "./codec";
import { load, type Part } from "./parts";
import { AWAITED } from "./protocol";
import { REPLACED } from "./types";

/** Events that are not the browser's. */
const OURS = /^(interval|mount|visible|hidden|clickoutside)$/;

/** The parts for a page, or an answer. */
export function needs({ a, d, f, j, l, o, q, r, t }: WireMap): Part[] {
  const parts = new Set<Part>();
  const look = (value: Wire | undefined): void => {
    if (isMap(value)) {
      // Of a handler's options: what it asks for. Until it is there, events would be lost.
      const has = (options: string): boolean => [...options].some((option) => option in value);
      if (has("cdfotwy")) parts.add("details");
      if (has("w")) parts.add("happenings");
      // Until these are there, they can be waited for.
      if (has("a")) void load(["predictions"], true);
      if (has("be")) void load(["effects"], true);
      // Of several handlers: each for some keys.
      Object.values(value).forEach(look);
    }
    if (!Array.isArray(value)) return;
    const [head, names] = value;
    // A template: its tag, and its attributes.
    if (typeof head === "string") {
      if (/^(form|input|select|textarea)$/.test(head)) parts.add("fields");
      for (const name of Array.isArray(names) ? names : []) {
        if (typeof name !== "string") continue;
        if (name[0] === ".") parts.add("fields");
        if (name[0] !== "@") continue;
        const type = name.slice(1);
        if (OURS.test(type)) parts.add("happenings");
        else if (/^(key|change$)/.test(type) || !(`on${type}` in window)) parts.add("details");
        if (REPLACED.test(type)) parts.add("details");
      }
    }
    value.forEach(look);
  };
  [a, d, r, t].forEach(look);
  if (j) parts.add("effects");
  if (a) parts.add("predictions");
  if (l) parts.add("navigation");
  if (isMap(o) ? o.live : q) parts.add("listening");
  if (f === AWAITED) parts.add("streams");
  return [...parts];
}
