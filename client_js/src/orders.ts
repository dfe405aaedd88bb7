/** Calls that take the place of others of their kind. */

import { type Call, calls, type Deed, end, view } from "./calls";
import { DROP, LATEST, SUPERSEDED } from "./protocol";
import { queueOf } from "./queues";
import { REPLACED } from "./types";

/** How a call ends in whose place another one stands. */
export const TAKEN_OVER = { c: SUPERSEDED, m: "" };

/** Makes room for a call; true: there is none, since others are under way. */
export function isDropped({ order, type, element, target, ...deed }: Deed): boolean {
  const source = deed.source();
  const same = order && source !== undefined ? calls.filter((other) => other.deed?.source() === source) : [];
  if (order === DROP && same.length) {
    deed.end?.(TAKEN_OVER);
    return true;
  }
  if (order === LATEST) {
    for (const other of same) {
      if (other.message) other.isSuperseded = true;
      else end(other, TAKEN_OVER);
    }
  }
  if (REPLACED.test(type)) {
    const last = calls.filter((other) => other.view === view && other.deed && !other.deed.end && !other.message && queueOf(other.deed.mark()) === queueOf(deed.mark())).at(-1);
    if (type === last?.deed!.type && element === last.deed!.element && target === last.deed!.target) end(last, TAKEN_OVER);
  }
  return false;
}

/** Those of the calls that are under way whose place a deed has taken. */
export const replacedBy = (deed: Deed | undefined, others: Call[]): Call[] =>
  deed?.order === LATEST ? others.filter((other) => other.isSuperseded && other.deed!.source() === deed.source()) : [];
