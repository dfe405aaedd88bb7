/** Events: one listener on the document for each type. It looks for handlers in the tree and makes calls of them. */

import type { Calls, Deed } from "./calls";
import type { Wire, WireMap } from "./codec";
import { controlsOf, groupOf, isControl } from "./controls";
import { isConnected, nameOf, parentOf } from "./dom";
import { applying, type Tree } from "./tree";

interface Options {
  fields: string[];
  prevent: boolean;
  stop: boolean;
  /** Seconds between two calls of an interval. */
  interval: number;
}

interface Handler extends Options {
  mark: Wire;
  filter: string | undefined;
}

const FIELDS: { [type: string]: string[] } = {
  input: ["value", "checked"],
  change: ["value", "checked"],
  keydown: ["key"],
  keyup: ["key"],
};

const SHORTEST_INTERVAL = 0.02;

/** Options may be wrong in a page that was tampered with, but a type is never more than what it says. */
function handlerOf(value: Wire, type: string, filter?: string): Handler {
  const [mark, given] = (Array.isArray(value) ? value : [value]) as [Wire, WireMap | undefined];
  return {
    mark,
    filter,
    fields: (given?.f as string[] | undefined) ?? FIELDS[type] ?? [],
    prevent: !!given?.p,
    stop: !!given?.s,
    interval: Math.max(Number(given?.i ?? 1), SHORTEST_INTERVAL),
  };
}

/** The handlers that a slot's value has for an event. */
function handlersOf(value: Wire, type: string, event: Event | null): Handler[] {
  if (value === null) return [];
  if (typeof value !== "object" || Array.isArray(value) || value instanceof Uint8Array) return [handlerOf(value, type)];
  return Object.keys(value)
    .filter((filter) => event instanceof KeyboardEvent && matches(filter, event))
    .map((filter) => handlerOf(value[filter]!, type, filter));
}

/** Whether a key event is the combination that a filter names, as in "Escape" or "Ctrl+Shift+s". */
export function matches(filter: string, event: KeyboardEvent): boolean {
  const [, modifiers, key] = /^((?:(?:Ctrl|Alt|Shift|Meta)\+)*)(.+)$/.exec(filter) ?? ["", "", ""];
  const has = (modifier: string): boolean => modifiers!.includes(modifier + "+");
  const wanted = key === "Space" ? " " : key!;
  // AltGr, which makes characters, is told as Ctrl and Alt on some systems.
  const isAltGraph = event.getModifierState("AltGraph") && !modifiers;
  const isCharacter = [...event.key].length === 1;
  return (
    event.key.toLowerCase() === (isCharacter ? wanted.toLowerCase() : wanted.toLowerCase()) &&
    (isAltGraph || (event.ctrlKey === has("Ctrl") && event.altKey === has("Alt"))) &&
    event.metaKey === has("Meta") &&
    (event.shiftKey === has("Shift") || (!modifiers && isCharacter))
  );
}

/** The fields of an event that an action wants. One that the event does not have is left out. */
function fieldsOf(names: string[], event: Event | null, element: Element, target: Element): WireMap {
  const its = (event ?? {}) as Partial<KeyboardEvent & MouseEvent>;
  const valued = [element, target].find((each) => typeof (each as HTMLInputElement).value === "string" && nameOf(each) !== "form");
  const control = valued as HTMLInputElement & HTMLSelectElement;
  // The page scrolls as a whole, whoever of its outermost elements has the handler.
  const scroller = (element === document.body && document.scrollingElement) || element;
  const box = (): DOMRect => Element.prototype.getBoundingClientRect.call(element);
  const known: { [name: string]: () => unknown } = {
    value: () => control?.value,
    checked: () => control?.checked,
    values: () => control?.selectedOptions && [...control.selectedOptions].map((option) => option.value),
    key: () => its.key,
    code: () => its.code,
    repeat: () => its.repeat,
    ctrl: () => its.ctrlKey,
    shift: () => its.shiftKey,
    alt: () => its.altKey,
    meta: () => its.metaKey,
    button: () => its.button,
    x: () => its.clientX! - box().left,
    y: () => its.clientY! - box().top,
    client_x: () => its.clientX,
    client_y: () => its.clientY,
    width: () => box().width,
    height: () => box().height,
    scroll_top: () => scroller.scrollTop,
    scroll_left: () => scroller.scrollLeft,
  };
  const fields = Object.create(null) as WireMap;
  for (const name of names) {
    const value = Object.hasOwn(known, name) ? known[name]!() : undefined;
    if (value !== undefined && !Number.isNaN(value)) fields[name] = value as Wire;
  }
  return fields;
}

/** The entries of a form as its submit would send them; files and our own fields for browsers without scripts left out. */
function entriesOf(form: HTMLFormElement, submitter: HTMLElement | null): Wire[] {
  const entries: Wire[] = [];
  for (const [name, value] of new FormData(form, submitter)) {
    if (name[0] !== "$" && typeof value === "string") entries.push(name, value);
  }
  return entries;
}

export class Events {
  private readonly types = new Set<string>();
  private readonly timers = new Map<Element, { seconds: number; timer: ReturnType<typeof setTimeout> }>();

  constructor(
    private readonly tree: Tree,
    private readonly calls: Calls,
  ) {}

  /** Sees to it that a handler is heard. */
  watch(type: string, element: Element, value: Wire): void {
    if (type === "interval") return this.time(element, value);
    if (value === null || this.types.has(type)) return;
    this.types.add(type);
    const passive = /^(scroll|wheel|touch)/.test(type) ? { passive: false } : {};
    document.addEventListener(type, (event) => this.handle(event), { capture: true, ...passive });
  }

  /** The mark of the handler that now stands where the person acted. */
  markOf({ element, type, filter }: Deed): Wire {
    let value = this.tree.handler(element, type);
    if (filter !== undefined) value = (value as WireMap | null)?.[filter] ?? null;
    return value === null ? null : handlerOf(value, type).mark;
  }

  private handle(event: Event): void {
    const { type } = event;
    if (applying) return;
    if (event instanceof KeyboardEvent && (event.isComposing || event.keyCode === 229)) return;
    let target = event.target as Node;
    if (target === document) target = document.body;
    if (type === "submit") return this.submit(event as SubmitEvent);
    for (let node: Node | null = target; node; node = event.bubbles ? parentOf(node) : null) {
      if (!(node instanceof Element)) continue;
      const handlers = handlersOf(this.tree.handler(node, type), type, event);
      for (const handler of handlers) {
        if (handler.prevent || (type === "click" && isSubmitter(node))) event.preventDefault();
        this.call(handler, event, type, node, target instanceof Element ? target : node);
      }
      if (handlers.some((handler) => handler.stop)) return;
    }
  }

  private call(handler: Handler, event: Event | null, type: string, element: Element, target: Element): void {
    const fields = fieldsOf(handler.fields, event, element, target);
    const control = [element, target].find(isControl);
    const carries = "value" in fields || "checked" in fields || "values" in fields;
    const controls = control && carries ? groupOf(control) : [];
    this.calls.call({ element, type, filter: handler.filter, mark: handler.mark, fields, target, controls });
  }

  /** The submitter's own handler, else the form's and those around it. */
  private submit(event: SubmitEvent): void {
    const form = event.target as HTMLFormElement;
    const { submitter } = event;
    const isOwn = submitter && this.tree.handler(submitter, "submit") !== null;
    for (let node: Node | null = isOwn ? submitter : form; node; node = isOwn ? null : parentOf(node)) {
      if (!(node instanceof Element)) continue;
      for (const handler of handlersOf(this.tree.handler(node, "submit"), "submit", event)) {
        event.preventDefault();
        this.calls.call({
          element: node,
          type: "submit",
          filter: undefined,
          mark: handler.mark,
          entries: entriesOf(form, submitter),
          target: form,
          controls: controlsOf(form),
        });
        if (handler.stop) return;
      }
    }
  }

  /** A call every so many seconds, while the element is in the page and the page is seen. */
  private time(element: Element, value: Wire): void {
    const handler = handlersOf(value, "interval", null)[0];
    const seconds = handler?.interval ?? 0;
    const running = this.timers.get(element);
    if (running?.seconds === seconds) return;
    clearInterval(running?.timer);
    this.timers.delete(element);
    if (handler) this.timers.set(element, { seconds, timer: setInterval(() => this.tick(element), seconds * 1000) });
  }

  private tick(element: Element): void {
    const handler = isConnected(element) ? handlersOf(this.tree.handler(element, "interval"), "interval", null)[0] : undefined;
    if (!handler) this.time(element, null);
    else if (!document.hidden && !this.calls.isWaiting(element, "interval")) this.call(handler, null, "interval", element, element);
  }
}

/** A button that would send a form: in served HTML each button with a handler does, for browsers without scripts. */
const isSubmitter = (element: Element): boolean =>
  /^(button|input)$/.test(nameOf(element)!) && /^(submit|image)$/.test((element as HTMLButtonElement).type);
