/**
 * What is shown before the server has answered: predictions, laid over the tree as the server has given it.
 *
 * All of it is data. A layer is not a change but a place in a row of calls: whenever what lies below changes, the layers are
 * worked out again from the predictions that the server has given for it.
 */

import { isMap, type Wire, type WireMap } from "./codec";
import { load, more } from "./parts";
import { APPEND, EDIT, FEED, ITEMS, KEYED, SPLICE, UPDATE } from "./protocol";
import { check, templateOf } from "./templates";
import type { Key } from "./tree";

/** A call that has no answer yet, and whose outcome may be predicted. */
export interface Layer {
  /** Number of the prediction. */
  ahead: number;
  /** Where the handler stood. */
  at: Key[];
  /** What is sent with a name. */
  data(name: string): string | null;
  /** Whether its outcome is shown; otherwise it is pending only. */
  isShown: boolean;
}

/** Notes a place that changes. */
type Touch = (place: Key[]) => void;

/** [steps to the component, state, …]; a state: [when, delta, number of the next state, …] */
const predictions = new Map<number, Wire[]>();

/** Takes in predictions: [number, prediction or null, …]. With `afresh` all from before are forgotten. */
export function foretell(list: Wire[], afresh: boolean): void {
  // What is foretold may have handlers, too.
  void load(more.needs?.({ d: list }) ?? [], true);
  if (afresh) predictions.clear();
  for (let i = 0; i < list.length; i += 2) {
    if (list[i + 1]) predictions.set(list[i] as number, list[i + 1] as Wire[]);
    else predictions.delete(list[i] as number);
  }
}

/** Whether enough is known: all, or some calls in a row. */
export function isForetold(number: number): boolean {
  const last = predictions.get(number)?.at(-1) as Wire[] | undefined;
  return !!last && (last.length > 0 || predictions.get(number)!.length > 4);
}

const isArray = (value: unknown): value is Wire[] => Array.isArray(value);

/** The tree with what the calls will do to it, as far as that is known. */
export function layered(base: Wire, layers: Layer[]): Wire {
  /** By prediction: the state that its calls have come to (null: not known), and those calls. */
  const rows = new Map<number, [state: number | null, calls: Layer[]]>();
  const touched: [prediction: number, place: Key[]][] = [];
  for (const layer of layers) {
    const { ahead, at } = layer;
    const prediction = predictions.get(ahead);
    const [state, calls] = rows.get(ahead) ?? [0, []];
    calls.unshift(layer);
    layer.isShown = false;
    let next: number | null = null;
    const own: typeof touched = [];
    try {
      check(prediction && state !== null);
      const [, delta, following] = transition(prediction[1 + state] as Wire[], layer)!;
      if (!isArray(delta) || delta.length) {
        const steps = at.slice(0, prediction[0] as number);
        base = within(base, steps, (child) =>
          apply(child, fill(delta!, calls), steps, (place) => {
            // Two calls that do not know of each other, at the same place: what comes of both is not known.
            check(!touched.some(([other, there]) => other !== ahead && there.every((step, i) => i >= place.length || step === place[i])));
            own.push([ahead, place]);
          }),
        );
      }
      touched.push(...own);
      next = following as number;
      layer.isShown = true;
    } catch {
      // It does not fit what is there now: the call is pending, and its answer will tell.
    }
    rows.set(ahead, [next, calls]);
  }
  return base;
}

/** The first transition whose conditions hold. */
function transition(state: Wire[], layer: Layer): Wire[] | undefined {
  for (let i = 0; i < state.length; i += 3) {
    const when = (state[i] ?? {}) as WireMap;
    if (Object.keys(when).every((name) => (when[name] as Wire[]).includes(layer.data(name)))) return state.slice(i, i + 3);
  }
  return undefined;
}

/** A delta with what is sent in its holes: {"": [text, name, text, …]}; a name with a number n is that of the n-th call before. */
function fill(delta: Wire, calls: Layer[]): Wire {
  if (isArray(delta)) return delta.map((part) => fill(part, calls));
  const parts = isMap(delta) && delta[""];
  if (!isArray(parts)) return delta;
  return parts
    .map((part, i) => {
      if (!(i % 2)) return part;
      const [name, age] = isArray(part) ? part : [part, 0];
      return calls[age as number]?.data(name as string) ?? "";
    })
    .join("");
}

const isList = (value: Wire): value is Wire[] => isArray(value) && (value[0] === ITEMS || value[0] === KEYED);

/** Changes what is some steps away. */
function within(child: Wire, steps: Key[], change: (child: Wire) => Wire): Wire {
  if (!steps.length) return change(child);
  const [step, ...rest] = steps as [Key, ...Key[]];
  check(isArray(child));
  const at = child[0] === KEYED ? (child[1] as Key[]).indexOf(step) + 2 : (step as number) + 1;
  check(at > (child[0] === KEYED ? 1 : 0) && at < child.length);
  const next = child.slice();
  next[at] = within(child[at]!, rest, change);
  return next;
}

/** What a child becomes by a delta. Nothing is changed in place, and what stays the same is the very same. */
export function apply(child: Wire, delta: Wire, place: Key[] = [], touch: Touch = () => {}): Wire {
  const [kind, ...parts] = (isArray(delta) ? delta : []) as [Wire, ...Wire[]];
  if (kind === UPDATE) {
    check(isArray(child));
    const { slots } = templateOf(child);
    const next = child.slice();
    for (let i = 0; i < parts.length; i += 2) {
      const slot = parts[i] as number;
      const to = [...place, slot];
      check(slots[slot] !== undefined);
      if (slots[slot]) touch(to);
      next[slot + 1] = slots[slot] ? parts[i + 1]! : apply(child[slot + 1]!, parts[i + 1]!, to, touch);
    }
    return next;
  }
  if (kind === SPLICE || kind === EDIT) {
    check(isList(child));
    return (kind === SPLICE ? splice : edit)(child, parts, place, touch);
  }
  if (kind === FEED) {
    check(isArray(child) && child[0] === KEYED);
    const [removed, , , updated] = parts as Wire[][];
    for (const key of [...(removed ?? []), ...(updated ?? []).filter((_, i) => !(i % 2))]) touch([...place, key as Key]);
    return more.fed!(child, parts);
  }
  touch(place);
  if (kind !== APPEND) return delta;
  check(typeof child === "string");
  return child + String(parts[0]);
}

const listOf = (keys: Key[] | null, items: Wire[]): Wire[] => (keys ? [KEYED, keys, ...items] : [ITEMS, ...items]);

/** Keys and items of a list, to be changed. */
function partsOf(list: Wire[]): [keys: Key[] | null, items: Wire[]] {
  return list[0] === KEYED ? [(list[1] as Key[]).slice(), list.slice(2)] : [null, list.slice(1)];
}

function splice(list: Wire[], [removed, moved, inserted, updated]: Wire[], place: Key[], touch: Touch): Wire[] {
  const [keys, items] = partsOf(list);
  const each = (part: Wire | undefined, size: number, work: (...of: Wire[]) => void): void => {
    for (let i = 0; isArray(part) && i < part.length; i += size) work(...part.slice(i, i + size));
  };
  // Indices mean something else as soon as somebody else changes the list.
  if ([removed, moved, inserted].some((part) => isArray(part) && part.length)) touch(place);
  let gone = 0;
  each(removed, 2, (start, count) => {
    items.splice((start as number) - gone, count as number);
    keys?.splice((start as number) - gone, count as number);
    gone += count as number;
  });
  each(moved, 2, (from, to) => {
    items.splice(to as number, 0, ...items.splice(from as number, 1));
    keys?.splice(to as number, 0, ...keys.splice(from as number, 1));
  });
  each(inserted, 3, (at, key, child) => {
    items.splice(at as number, 0, child!);
    keys?.splice(at as number, 0, key as Key);
  });
  each(updated, 2, (at, delta) => {
    const index = at as number;
    check(index < items.length);
    items[index] = apply(items[index]!, delta!, [...place, keys ? keys[index]! : index], touch);
  });
  return listOf(keys, items);
}

/** Changes a list by keys: it may have changed since. What an item follows: null nothing, true all, or the item with this key. */
function edit(list: Wire[], [removed, moved, inserted, updated]: Wire[], place: Key[], touch: Touch): Wire[] {
  const [keys, items] = partsOf(list);
  check(keys);
  const part = (value: Wire | undefined): Wire[] => (isArray(value) ? value : []);
  const indexOf = (key: Wire | undefined): number => {
    const at = keys.indexOf(key as Key);
    check(at >= 0);
    return at;
  };
  const put = (key: Wire, after: Wire | undefined, child: Wire): void => {
    const at = after === true ? keys.length : after === null ? 0 : indexOf(after) + 1;
    check(!keys.includes(key as Key));
    keys.splice(at, 0, key as Key);
    items.splice(at, 0, child);
  };
  const take = (key: Wire): Wire => {
    const at = indexOf(key);
    keys.splice(at, 1);
    return items.splice(at, 1)[0]!;
  };
  for (const key of part(removed)) {
    touch([...place, key as Key]);
    take(key);
  }
  const moves = part(moved);
  if (moves.length) touch([...place, ""]);
  for (let i = 0; i < moves.length; i += 2) put(moves[i]!, moves[i + 1], take(moves[i]!));
  const news = part(inserted);
  for (let i = 0; i < news.length; i += 3) put(news[i]!, news[i + 1], news[i + 2]!);
  const changes = part(updated);
  for (let i = 0; i < changes.length; i += 2) {
    const at = indexOf(changes[i]);
    items[at] = apply(items[at]!, changes[i + 1]!, [...place, changes[i] as Key], touch);
  }
  return listOf(keys, items);
}
