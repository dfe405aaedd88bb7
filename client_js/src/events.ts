/** Events: one listener on the document for each type. It looks for handlers in the tree and makes calls of them. */

import { call, isWaiting } from "./calls";
import { isMap, type Wire, type WireMap } from "./codec";
import { controlsOf, groupOf, isControl } from "./controls";
import { isConnected, nameOf, parentOf } from "./dom";
import { applying, type Tree, watchHandlers } from "./tree";

interface Handler {
  mark: Wire;
  options: WireMap;
  /** The key combination, where the slot has several handlers. */
  filter?: string;
}

const SHORTEST_INTERVAL = 0.02;

let tree: Tree;

/** The handlers in a slot; of those for key combinations, the ones that `isMeant`. */
function handlersIn(value: Wire, isMeant: (filter: string) => boolean): Handler[] {
  if (value === null) return [];
  if (isMap(value)) {
    return Object.keys(value).flatMap((filter) => (isMeant(filter) ? handlersIn(value[filter]!, isMeant).map((handler) => ({ ...handler, filter })) : []));
  }
  const [mark, options] = Array.isArray(value) ? value : [value];
  return [{ mark: mark!, options: (options ?? {}) as WireMap }];
}

const handlersOf = (element: Element, type: string, event?: Event): Handler[] =>
  handlersIn(tree.handler(element, type), (filter) => event instanceof KeyboardEvent && matches(filter, event));

/** Whether a key event is the combination that a filter names, as in "Escape" or "Ctrl+Shift+s". */
function matches(filter: string, event: KeyboardEvent): boolean {
  const [, modifiers, key] = /^((?:\w+\+)*)(.+)$/.exec(filter)!;
  const fits = (is: boolean, modifier: string): boolean => is === modifiers!.includes(modifier);
  // Characters may need Shift, or AltGr, which some systems tell as Ctrl and Alt.
  const isCharacter = !modifiers && event.key.length === 1;
  return (
    event.key.toLowerCase() === (key === "Space" ? " " : key!.toLowerCase()) &&
    ((isCharacter && event.getModifierState("AltGraph")) || (fits(event.ctrlKey, "Ctrl") && fits(event.altKey, "Alt"))) &&
    fits(event.metaKey, "Meta") &&
    (isCharacter || fits(event.shiftKey, "Shift"))
  );
}

/** The fields of an event that an action wants. One that the event does not have is left out. */
function fieldsOf(names: string[], event: object, element: Element, target: Element): WireMap {
  const control = (isControl(element) || nameOf(element) === "button" ? element : target) as HTMLInputElement & HTMLSelectElement;
  const box = (): DOMRect => Element.prototype.getBoundingClientRect.call(element);
  // The page scrolls as a whole, though its body has the handler.
  const scroller = (element === document.body && document.scrollingElement) || element;
  const its = event as { [name: string]: unknown };
  const fields = Object.create(null) as WireMap;
  for (const name of names) {
    // "client_x" is clientX, "ctrl" is ctrlKey.
    const property = name.replace(/_./, (letter) => letter[1]!.toUpperCase());
    const value =
      name === "x" ? (its.clientX as number) - box().left
      : name === "y" ? (its.clientY as number) - box().top
      : /^(width|height)$/.test(name) ? box()[name as "width"]
      : name === "values" ? Array.from(control.selectedOptions ?? [], (option) => option.value)
      : /^(value|checked)$/.test(name) ? control[name as "value"]
      : (its[property] ?? its[name + "Key"] ?? scroller[property as "scrollTop"]);
    if (/^(string|number|boolean)$/.test(typeof value) || Array.isArray(value)) fields[name] = value as Wire;
  }
  return fields;
}

/** What an action is told of events when it does not say what it wants. */
const usualFields = (type: string): string[] =>
  /^(input|change)$/.test(type) ? ["value", "checked"] : /^key/.test(type) ? ["key"] : [];

function send({ mark, options, filter }: Handler, type: string, event: Event | null, element: Element, target: Element): void {
  if (options.p) event!.preventDefault();
  const isForm = type === "submit";
  const fields = isForm ? undefined : fieldsOf((options.f as string[] | undefined) ?? usualFields(type), event ?? {}, element, target);
  const control = isControl(element) ? element : target;
  call({
    element,
    type,
    target,
    mark,
    fields,
    entries: isForm ? entriesOf(target as HTMLFormElement, (event as SubmitEvent).submitter) : undefined,
    controls: isForm ? controlsOf(target) : fields && Object.keys(fields).some((name) => /^(value|checked)/.test(name)) ? groupOf(control) : [],
    address() {
      const stands = isConnected(element) && handlersIn(tree.handler(element, type), (other) => other === filter).some((now) => String(now.mark) === String(mark));
      const address = stands && tree.address(element, type);
      return address && filter !== undefined ? [...address, filter] : address || null;
    },
  });
}

/** The entries of a form as its submit would send them; files and our own fields for browsers without scripts left out. */
function entriesOf(form: HTMLFormElement, submitter: HTMLElement | null): Wire[] {
  return [...new FormData(form, submitter)].flatMap(([name, value]) => (name[0] !== "$" && typeof value === "string" ? [name, value] : []));
}

function handle(event: Event): void {
  const { type, bubbles } = event;
  const isKey = event instanceof KeyboardEvent;
  // Keys that go to an input method are not meant for us.
  if (applying || (isKey && (event.isComposing || event.keyCode === 229))) return;
  const target = event.target instanceof Element ? event.target : document.body;
  const { submitter } = event as SubmitEvent;
  // The handler of the button that sends a form stands for the form's.
  const isButtons = submitter && handlersOf(submitter, type).length;
  for (let node: Node | null = isButtons ? submitter : target; node instanceof Element; node = bubbles && !isButtons ? parentOf(node) : null) {
    const handlers = handlersOf(node, type, event);
    for (const handler of handlers) {
      // In served HTML each button with a handler sends a form, for browsers without scripts.
      const isSender = /^(button|input)$/.test(nameOf(node)!) && /^(submit|image)$/.test((node as HTMLButtonElement).type);
      if (type === "submit" || (type === "click" && isSender)) event.preventDefault();
      send(handler, type, event, node, target);
    }
    if (handlers.some((handler) => handler.options.s)) return;
  }
}

const types = new Set<string>();
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
      else if (!document.hidden && !isWaiting(element, "interval")) send(now, "interval", null, element, element);
    };
    timers.set(element, [seconds, setInterval(tick, seconds * 1000)]);
  });
}

/** Begins to listen for what has a handler in the tree. */
export function listen(to: Tree): void {
  tree = to;
  watchHandlers((type, element, handler) => {
    if (type === "interval") time(element);
    else if (handler !== null && !types.has(type)) {
      types.add(type);
      // Browsers take listeners on the document for passive ones, which cannot prevent anything.
      document.addEventListener(type, handle, { capture: true, passive: false });
    }
  });
}
