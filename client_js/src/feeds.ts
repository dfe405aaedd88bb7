/** Feeds: lists of which only the browser has the items. The server tells what changes, by keys. */

import type { Wire } from "./codec";
import { FEED, ITEMS, KEYED } from "./protocol";
import { templateOf } from "./templates";

type Key = string | number;

const isArray = (value: unknown): value is Wire[] => Array.isArray(value);

/**
 * Changes a list in place: [removed, first, last, updated, limit]. What is not there is passed over.
 *
 * `known` has the keys, so that what is put in costs the same in lists of any length. `make` makes the item at an index
 * this one; `isMoved`: it stood elsewhere, or is new.
 */
export function feed<T>(
  keys: Key[],
  values: (T | null)[],
  known: Set<Key>,
  [removed, first, last, updated, limit = 0]: Wire[],
  make: (at: number, item: Wire, isMoved: boolean) => void,
  drop: (value: T | null) => void,
): void {
  const part = (value: Wire | undefined): Wire[] => (isArray(value) ? value : []);
  const cut = (at: number, count: number): (T | null)[] => {
    for (const key of keys.splice(at, count)) known.delete(key);
    return values.splice(at, count);
  };
  const put = (items: Wire[], isFirst: boolean): void => {
    for (let i = 0; i < items.length; i += 2) {
      let key = items[i] as Key;
      // One without a key of its own is another than those that are there.
      while (String(key)[0] === "\0" && known.has(key)) key += "\0";
      const from = known.has(key) ? keys.indexOf(key) : -1;
      const [old = null] = from < 0 ? [] : cut(from, 1);
      const at = isFirst ? i / 2 : keys.length;
      keys.splice(at, 0, key);
      values.splice(at, 0, old);
      known.add(key);
      make(at, items[i + 1]!, from !== at);
    }
  };
  for (const key of part(removed)) if (known.has(key as Key)) cut(keys.indexOf(key as Key), 1).forEach(drop);
  const changes = part(updated);
  for (let i = 0; i < changes.length; i += 2) if (known.has(changes[i] as Key)) make(keys.indexOf(changes[i] as Key), changes[i + 1]!, false);
  put(part(first), true);
  put(part(last), false);
  const over = keys.length - Math.abs(limit as number);
  if (limit && over > 0) cut((limit as number) > 0 ? 0 : -limit!, over).forEach(drop);
}

/** What a list becomes, as data. */
export function fed(list: Wire[], parts: Wire[]): Wire[] {
  const keys = (list[1] as Key[]).slice();
  const items = list.slice(2);
  feed<Wire>(keys, items, new Set(keys), parts, (at, item) => (items[at] = item), () => {});
  return [KEYED, keys, ...items];
}

/** Whether a feed stands in a tree as what changes in it. */
export const hasFeed = (value: Wire): boolean => isArray(value) && (value[0] === FEED || value.some(hasFeed));

/** Applies `work` to the children in a child: the items of a list, or what stands in the child slots of a block. */
function within(value: Wire[], work: (child: Wire, i: number) => Wire): Wire[] {
  const [head] = value;
  if (typeof head === "number" && head < KEYED) return value;
  const start = head === KEYED ? 2 : 1;
  const slots = head === KEYED || head === ITEMS ? undefined : templateOf(value).slots;
  return value.map((part, i) => (i < start || slots?.[i - 1] ? part : work(part, i)));
}

/** A tree that has its templates themselves, so that it does not matter which numbers they will have. */
export function solid(value: Wire): Wire {
  if (!isArray(value)) return value;
  const made = within(value, solid);
  return (value[0] as number) >= 0 ? [templateOf(value) as never, ...made.slice(1)] : made;
}

/** A tree in which feeds show what they have shown in `was`, and what has changed. `lack`: told when there is none. */
export function whole(value: Wire, was: Wire | undefined, lack: () => void): Wire {
  if (!isArray(value)) return value;
  const [head] = value;
  const old = isArray(was) ? was : [];
  const isList = head === KEYED || head === ITEMS;
  if (head === FEED) {
    if (old[0] !== KEYED) lack();
    return fed(old[0] === KEYED ? old : [KEYED, []], value.slice(1));
  }
  let isSame = old[0] === head;
  if (!isList && old.length) isSame = !((old[0] as number) < 0) && templateOf(old) === templateOf(value);
  const places = isSame && head === KEYED ? new Map((old[1] as Key[]).map((key, i) => [key, i + 2])) : undefined;
  return within(value, (child, i) => whole(child, isSame ? old[places ? places.get((value[1] as Key[])[i - 2]!)! : i] : undefined, lack));
}
