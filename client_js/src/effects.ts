/** What the browser does by itself, at an event or after an answer: "Effects" in docs/protocol.md. */

import { calls, end, newCall, post, settle, underWay, view, work } from "./calls";
import { encode, type Wire } from "./codec";
import { closest, focus, getAttribute, getter, isConnected, method, nameOf, removeAttribute, setAttribute } from "./dom";
import { formOf, isControl } from "./forms";
import { having } from "./parts";
import { BLUR, CANCEL, COPY, DISPATCH, FOCUS, PAUSE, PROTOCOL, SCROLL, SEND_FORM, SET_ATTRIBUTE, SET_CLASS, SET_OPEN, SET_SHOWN, SET_VALUE, SUPERSEDED } from "./protocol";

/** A selector of the whole page; one of the nearest element around and one within that; or the element itself. */
type Target = string | [around: string | null, within?: string] | null;
type Text = string | true | null;

const LONGEST_CHAIN = 9;

// Controls often have these names, and hide what their form does.
const classesOf = getter<DOMTokenList>(Element.prototype, "classList");
const querySelectorAll = method(Element.prototype.querySelectorAll as (selector: string) => NodeListOf<Element>);
const reset = method(HTMLFormElement.prototype.reset);
const requestSubmit = method(HTMLFormElement.prototype.requestSubmit);

const kinds: { [kind: number]: (on: Element, ...given: never[]) => unknown } = {
  [SET_CLASS]: (on, names: string, wanted: boolean | null) => names.split(" ").forEach((name) => classesOf(on).toggle(name, wanted ?? undefined)),

  [SET_ATTRIBUTE](on, name: string, value: Text, ...others: Text[]) {
    const text = (value: Text): string | null => (value === true ? "" : value);
    const now = getAttribute(on, name);
    if (others.length && now !== null && now !== text(others[0]!)) value = others[0]!;
    // Whichever attribute it is: there are many that hold an address, or animate one.
    const isScript = /^(java|vb|live)script:/i.test(String(value).replace(/[\0- ]/g, ""));
    if (isScript || /^(on.*|srcdoc)$/i.test(name) || nameOf(on) === "script") throw new Error(`${name} could run script`);
    // One of a namespace is a matter of what makes elements.
    having(name.includes(":") ? ["making"] : [], () => setAttribute(on, name, text(value), now));
  },

  [SET_SHOWN]: show,
  [DISPATCH]: (on, type: string, detail: Wire) => on.dispatchEvent(new CustomEvent(type, { bubbles: true, detail })),

  [SET_VALUE](on, value: string | boolean) {
    const field = on as unknown as { [name: string]: unknown };
    const property = typeof value === "string" ? "value" : "checked";
    if (field[property] === value) return;
    field[property] = value;
    for (const type of ["input", "change"]) on.dispatchEvent(new Event(type, { bubbles: true }));
  },

  [FOCUS]: (on) => focus(on),
  [BLUR]: (on) => (on as HTMLElement).blur(),
  [SCROLL]: (on, isSmooth: boolean, block: ScrollLogicalPosition) =>
    on.scrollIntoView({ block, behavior: isSmooth && !matchMedia("(prefers-reduced-motion: reduce)").matches ? "smooth" : "auto" }),

  [SET_OPEN](on, wanted: boolean | null, isModal?: boolean) {
    const its = on as HTMLDialogElement;
    if (getAttribute(on, "popover") !== null) its.togglePopover(wanted ?? undefined);
    else if ((wanted ??= !its.open) !== its.open) {
      if (!(on instanceof HTMLDialogElement)) its.open = wanted;
      else if (!wanted) its.close();
      else if (isModal) its.showModal();
      else its.show();
    }
  },

  [COPY](on, text: string = isControl(on) ? on.value : on.textContent!) {
    // Only secure pages have the clipboard, and it may be refused.
    const { clipboard } = navigator as { clipboard?: Clipboard };
    if (clipboard) clipboard.writeText(text).catch(() => copyByEvent(text));
    else copyByEvent(text);
  },

  [SEND_FORM](on, isSent: boolean) {
    const form = formOf(on);
    if (form) (isSent ? requestSubmit : reset)(form);
  },

  [PAUSE]: pause,
};

/** Pauses the uploads of a form, or of a field, or lets them go on. */
function pause(on: Element, wanted: boolean | null): void {
  const form = formOf(on);
  for (const call of underWay()) {
    if (!call.onPause || (call.element !== on && (!form || call.form !== form))) continue;
    call.isPaused = wanted ?? !call.isPaused;
    call.onPause();
  }
}

/** Answers the event by which the browser asks what is to be copied. Nothing is selected for it, no focus moves. */
function copyByEvent(text: string): void {
  const answer = (event: Event): void => {
    (event as ClipboardEvent).clipboardData?.setData("text/plain", text);
    event.preventDefault();
  };
  // Some browsers copy nothing while nothing is selected, unless the first is prevented.
  const events = ["beforecopy", "copy"];
  for (const type of events) addEventListener(type, answer, true);
  document.execCommand("copy");
  for (const type of events) removeEventListener(type, answer, true);
}

/** What is on its way to be shown or hidden, with the class that it has meanwhile. */
const goals = new WeakMap<Element, { shown: boolean; name: string }>();

const motionsOf = (on: Element): Animation[] => on.getAnimations?.() ?? [];

async function show(on: Element, wanted: boolean | null, transition?: string): Promise<void> {
  const before = goals.get(on);
  const isShown = before?.shown ?? getAttribute(on, "hidden") === null;
  const shown = wanted ?? !isShown;
  if (shown === isShown) return;
  const goal = { shown, name: `${transition}-${shown ? "enter" : "leave"}` };
  const classes = classesOf(on);
  if (before) classes.remove(before.name);
  goals.delete(on);
  if (shown) removeAttribute(on, "hidden");
  if (transition) {
    goals.set(on, goal);
    classes.add(goal.name);
    // An animation goes on as long as it has the class; a transition begins when it has it no more.
    if (shown && !motionsOf(on).some((motion) => motion instanceof CSSAnimation)) classes.remove(goal.name);
    await Promise.allSettled(motionsOf(on).map((motion) => (motion.effect?.getComputedTiming().endTime === Infinity ? null : motion.finished)));
    // It was turned back in the meantime.
    if (goals.get(on) !== goal) return;
    goals.delete(on);
    classes.remove(goal.name);
  }
  if (!shown) setAttribute(on, "hidden", "", null);
}

/** The elements that are meant; without our own fields, which serve browsers without scripts. */
function targetsOf(to: Target, element: Element): Element[] {
  let found: Iterable<Element>;
  if (typeof to === "string") found = document.querySelectorAll(to);
  else {
    const [around, within] = to ?? [];
    const from = around ? closest(element, around) : element;
    found = !from ? [] : within ? querySelectorAll(from, within) : [from];
  }
  return [...found].filter((each) => isConnected(each) && !(nameOf(each) === "input" && getAttribute(each, "name")?.[0] === "$"));
}

let depth = 0;

/** Does effects, one after the other, as seen from an element; those that cancel calls cancel them of the `source`. One that fails does not hold up the others. */
export function run(effects: Wire | undefined, element: Element, source?: () => Wire | undefined): void {
  // An effect may lead to an event whose effects lead to that event again.
  if (!Array.isArray(effects) || depth > LONGEST_CHAIN) return;
  if (source && effects.some((effect) => (effect as Wire[])[0] === CANCEL)) cancel(source()!);
  depth++;
  for (const [kind, to = null, ...given] of effects as [number, Target?, ...never[]][]) {
    try {
      const targets = targetsOf(to, element);
      for (const on of kind < FOCUS ? targets : targets.slice(0, 1)) kinds[kind]?.(on, ...given);
    } catch (problem) {
      console.error(problem);
    }
  }
  depth--;
}

/** Cancels the calls of a source. What was shown of them stays. */
function cancel(source: Wire): void {
  const those = calls.filter((other) => other.deed && other.deed.source() === source);
  const ids = those.filter(({ message }) => message).map((each) => ((each.isSuperseded = true), each.id));
  for (const each of those) {
    if (!each.message) end(each, { c: SUPERSEDED, m: "" });
    // No further piece of its files is sent.
    else each.deed!.onPause?.();
  }
  settle();
  if (ids.length) void post(encode({ p: PROTOCOL, i: view.id, v: view.version, c: newCall().id, y: true, z: ids }), view);
  work();
}
