/** Events that are not the browser's, or happen elsewhere in the page. Loaded when a handler is for one. */

import { isWaiting } from "./calls";
import type { Wire, WireMap } from "./codec";
import { isConnected } from "./dom";
import { type Handler, handlersIn, handlersOf, react } from "./events";
import { having } from "./parts";

const SHORTEST_INTERVAL = 0.02;

/** Elements with handlers for events that happen elsewhere in the page. */
const far = new Set<Element>();
const mounted = new WeakSet<Element>();
const seen = new WeakSet<Element>();
let observer: IntersectionObserver | undefined;

/** An event of our own. */
function happen(element: Element, type: string): void {
  if (isConnected(element)) for (const handler of handlersOf(element, type)) react(handler, type, null, element, element);
}

/** Tells when an element comes into view, and when it leaves it again. */
function watch(element: Element): void {
  observer ??= new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isConnected(target)) observer!.unobserve(target);
      else if (isIntersecting !== seen.has(target)) {
        if (isIntersecting) seen.add(target);
        else seen.delete(target);
        happen(target, isIntersecting ? "visible" : "hidden");
      }
    }
  });
  observer.observe(element);
}

function mount(element: Element): void {
  // The element is being made: it stands in the page afterwards.
  queueMicrotask(() => {
    if (!isConnected(element) || mounted.has(element)) return;
    mounted.add(element);
    happen(element, "mount");
  });
}

const timers = new Map<Element, [seconds: number, timer: ReturnType<typeof setInterval>]>();

/** A call every so many seconds, while the element is in the page and the page is seen. */
function time(element: Element): void {
  const handlerNow = (): Handler | undefined => (isConnected(element) ? handlersOf(element, "interval")[0] : undefined);
  // The slot is being set: its handler can be asked for afterwards.
  queueMicrotask(() => {
    const handler = handlerNow();
    const seconds = Math.max(Number(handler?.options.i ?? 1), SHORTEST_INTERVAL);
    const [before, timer] = timers.get(element) ?? [];
    if (handler && before === seconds) return;
    clearInterval(timer);
    timers.delete(element);
    if (!handler) return;
    const tick = (): void => {
      const now = handlerNow();
      if (!now) time(element);
      else if (!document.hidden && !isWaiting(element, "interval")) react(now, "interval", null, element, element);
    };
    timers.set(element, [seconds, setInterval(tick, seconds * 1000)]);
  });
}

const reachLater = (element: Element): unknown => far.add(element);
/** What is done for a handler of these events. */
const HEEDS: { [type: string]: (element: Element) => unknown } = { interval: time, mount, visible: watch, hidden: watch, clickoutside: reachLater };

/** Looks for what a handler is for, if it is not for an event of its element; null: there is none any more. */
export function heed(type: string, element: Element, handler: Wire): void {
  const work = HEEDS[type] ?? (handlersIn(handler, () => true).some(({ options }) => options.w) && reachLater);
  // Hooks that are there from the start hear of their elements first.
  if (work && (handler !== null || work === time)) having(document.querySelector("[data-hook]") ? ["scripts"] : [], () => work(element));
}

/** Reaches elements that are not on the way of an event. */
export function reachFar(event: Event, isInside: boolean, isStopped: () => boolean, reach: (node: Element, type: string, isMeant: (options: WireMap) => boolean) => void): void {
  const { type, bubbles } = event;
  for (const element of far) {
    if (!isConnected(element)) far.delete(element);
    else {
      if (!isStopped() && (bubbles || !isInside)) reach(element, type, ({ w }) => !!w && (w === "window" || event.target instanceof Node));
      if (type === "click" && !event.composedPath().includes(element)) reach(element, "clickoutside", () => true);
    }
  }
}
