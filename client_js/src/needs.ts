/** Which parts of the client have to be there before a message is shown. What the served page needs the server tells. */

import { isMap, type Wire, type WireMap } from "./codec";
import { load, type Part } from "./parts";
import { AWAITED } from "./protocol";
import { REPLACED } from "./types";

/** Options that are read by the part for details. */
const DETAILS = new Set("cdfotwy");
/** Events that are not the browser's. */
const OURS = /^(interval|mount|visible|hidden|clickoutside)$/;

/** The parts for a page, or an answer. */
export function needs({ a, d, f, j, l, o, q, r, t }: WireMap): Part[] {
  const parts = new Set<Part>();
  /** What handlers ask for by their options. Until it is there, events would be lost. */
  const look = (value: Wire | undefined): void => {
    // Every value of a message comes by: nothing is made on the way.
    if (Array.isArray(value)) for (let i = 0; i < value.length; i++) typeof value[i] === "object" && look(value[i]);
    else if (isMap(value)) {
      for (const option in value) {
        if (DETAILS.has(option)) parts.add("details");
        if (option === "w") parts.add("happenings");
        // Until these are there, they can be waited for.
        if (option === "a") void load(["predictions"], true);
        if (option === "b" || option === "e") void load(["effects"], true);
        // Of several handlers: each for some keys.
        look(value[option]);
      }
    }
  };
  /** What a template has: its tag, its attributes, and what stands in it. */
  const lookIn = ([tag, names, ...children]: Wire[]): void => {
    if (/^(form|input|select|textarea)$/.test(String(tag))) parts.add("fields");
    for (const name of Array.isArray(names) ? names : []) {
      if (typeof name !== "string") continue;
      if (name[0] === ".") parts.add("fields");
      if (name[0] !== "@") continue;
      const type = name.slice(1);
      if (OURS.test(type)) parts.add("happenings");
      else if (/^(key|change$)/.test(type) || !(`on${type}` in window)) parts.add("details");
      if (REPLACED.test(type)) parts.add("details");
    }
    for (const child of children) if (Array.isArray(child)) lookIn(child);
  };
  [a, d, r].forEach(look);
  for (const template of (t ?? []) as Wire[]) if (Array.isArray(template)) lookIn(template);
  if (j) parts.add("effects");
  if (a) parts.add("predictions");
  if (l) parts.add("navigation");
  if (isMap(o) ? o.live : q) parts.add("listening");
  if (f === AWAITED) parts.add("streams");
  return [...parts];
}
