/** Handlers that are not heard at each event: after a pause, or so often. */

import { flow } from "./calls";
import type { WireMap } from "./codec";

/** How often a handler of an element is heard. */
interface Pace {
  timer?: ReturnType<typeof setTimeout> | undefined;
  /** Does not wait when the person goes on to something else. */
  isDebounced?: boolean;
  /** What is to be done when the time has come, unless something newer has taken its place. */
  work?: ((isReplaced?: boolean) => void) | undefined;
  /** Not before this time. */
  next: number;
}
const paces = new WeakMap<Element, { [handler: string]: Pace }>();
const waiting = new Set<Pace>();

function finish(pace: Pace, pause = 0): void {
  const { work } = pace;
  clearTimeout(pace.timer);
  pace.timer = pace.work = undefined;
  waiting.delete(pace);
  pace.next = performance.now() + pause;
  work?.();
}

/** Does what waits: of an element that is typed in, or all. */
export const flush = (all: boolean): void => waiting.forEach((pace) => (all || pace.isDebounced) && finish(pace));

/** The handlers that had their only event, by element. */
const spent = new WeakMap<Element, Set<string>>();

/** Whether a handler had its only event. */
export const isSpent = (element: Element, key: string, { o }: WireMap): boolean => !!o && !!spent.get(element)?.has(key);

/**
 * Does something for an event, if the person says yes to it, and as often as the handler's options want it. `work` is told when
 * it is not done, or something newer has taken its place.
 */
export function pace(element: Element, key: string, options: WireMap, work: (isReplaced?: boolean) => void): void {
  if (options.c && !confirm(options.c as string)) return work(true);
  if (options.o) spent.set(element, (spent.get(element) ?? new Set()).add(key));
  if (!options.d && !options.t) return work();
  let known = paces.get(element);
  if (!known) paces.set(element, (known = {}));
  const its = (known[key] ??= { next: 0 });
  its.work?.(true);
  its.work = work;
  its.isDebounced = !!options.d;
  const pause = 1000 * Number(options.t ?? 0);
  const wait = Math.max(1000 * Number(options.d ?? 0), pause && its.next - performance.now());
  if (wait <= 0) return finish(its, pause);
  if (options.d) clearTimeout(its.timer);
  else if (its.timer) return;
  waiting.add(its);
  its.timer = setTimeout(finish, wait, its, pause);
}

// What waits does not wait any more when the person leaves; it is sent all the same.
addEventListener("pagehide", () => {
  flow.isLeaving = true;
  flush(true);
  flow.isLeaving = false;
});
