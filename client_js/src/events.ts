/** Events: one listener on the document for each type. It looks for handlers in the tree and makes calls of them. */

import { call, cancel, type Deed, type End, foresee, insist, isWaiting, leaving, promised } from "./calls";
import { type Content, contentOf } from "./uploads";
import { isMap, type Wire, type WireMap } from "./codec";
import { controlsOf, groupOf, isControl } from "./controls";
import { isConnected, nameOf, parentOf } from "./dom";
import { run } from "./effects";
import { texts } from "./notices";
import { CANCEL, CHANGED } from "./protocol";
import { seenIn } from "./queues";
import { dataOf } from "./symbols";
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

/** The fields of an event that an action wants; its files are added to `files`. One that the event does not have is left out. */
function fieldsOf(names: string[], event: object, element: Element, target: Element, files: File[]): WireMap {
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
      : name === "files" ? Array.from(control.files ?? [], (file) => files.push(file) - 1)
      : name === "dataset" ? attributesOf(element as HTMLElement)
      : /^(value|checked)$/.test(name) ? control[name as "value"]
      : (its[property] ?? its[name + "Key"] ?? scroller[property as "scrollTop"]);
    if (/^(string|number|boolean)$/.test(typeof value) || Array.isArray(value) || name === "dataset") fields[name] = value as Wire;
  }
  return fields;
}

/** The data-… attributes of an element, named as in Python: "userId" is `user_id`. */
const attributesOf = ({ dataset }: HTMLElement): object =>
  Object.fromEntries(Object.entries(dataset).map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => "_" + letter.toLowerCase()), value]));

/** What an action is told of events when it does not say what it wants. */
const usualFields = (type: string): string[] =>
  /^(input|change)$/.test(type) ? ["value", "checked"] : /^key/.test(type) ? ["key"] : [];

/** What of a script's own event is data, as JSON has it. */
function detailOf(event: Event | null): WireMap {
  const fields = Object.create(null) as WireMap;
  const detail = event instanceof CustomEvent ? (event.detail as Wire) : null;
  for (const [name, value] of Object.entries(isMap(detail) ? detail : detail === null ? {} : { detail })) {
    try {
      fields[name] = JSON.parse(JSON.stringify(value)) as Wire;
    } catch {
      // No data: a function, or something that is part of itself.
    }
  }
  return fields;
}

function send({ mark, options, filter }: Handler, type: string, event: Event | null, element: Element, target: Element, end?: End): void {
  const isForm = type === "submit";
  const wanted = (options.f as string[] | undefined) ?? usualFields(type);
  const { entries, files }: Content = isForm ? sentBy(target, event!, options) : { files: [] };
  const fields = isForm ? undefined : Object.assign(fieldsOf(wanted, event ?? {}, element, target, files), detailOf(event));
  const control = isControl(element) ? element : target;
  const now = (): Handler | false | undefined =>
    isConnected(element) && handlersIn(tree.handler(element, type), (other) => other === filter).find((other) => seenIn(other.mark) === seenIn(mark));
  const at = options.a === undefined ? null : tree.address(element, type);
  const deed: Deed = {
    element,
    type,
    target,
    mark: () => (now() || { mark }).mark,
    order: Number(options.y ?? 0),
    fields,
    form: isForm ? target : null,
    shows: isForm ? [element, target, (event as SubmitEvent).submitter ?? element] : [element],
    entries,
    files,
    progress: 0,
    controls: isForm ? controlsOf(target) : fields && Object.keys(fields).some((name) => /^(value|checked)/.test(name)) ? groupOf(control) : [],
    stays: options.r === false,
    layer: at ? { ahead: options.a as number, at, isShown: false, data: (name) => dataOf(deed, name) } : undefined,
    end,
    after: options.e,
    reference: options.g,
    // What was acted on may be gone; the number of its calls is the same in every process.
    source: () => (now() || { options }).options.k,
    address() {
      // What was acted on may be hidden, since its end is foreseen.
      const address = (now() && tree.address(element, type)) || (deed.layer?.isShown && at);
      return address && filter !== undefined ? [...address, filter] : address || (options.g ? undefined : null);
    },
  };
  if ((options.b as Wire[][] | undefined)?.some(([kind]) => kind === CANCEL)) cancel((now() || { options }).options.k!);
  // What is sent is what was there at the event.
  run(options.b, element);
  if (mark !== null) call(deed);
}

/** The person turns to something: what it would do should be known. */
function turnTo({ target }: Event): void {
  for (let node = target as Node | null; node instanceof Element; node = parentOf(node)) {
    for (const [type, value] of tree.handlers(node)) {
      for (const { mark, options, filter } of handlersIn(value, () => true)) {
        const at = options.a === undefined ? null : tree.address(node, type);
        if (at) void foresee(options.a as number, filter === undefined ? at : [...at, filter], mark);
      }
    }
  }
}
let isTurning = false;

/** How often a handler of an element is heard. */
interface Pace {
  /** It had its only event. */
  isOver?: boolean;
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
const flush = (all: boolean): void => waiting.forEach((pace) => (all || pace.isDebounced) && finish(pace));

/** Makes a call of an event, as the handler's options want it. */
function react(handler: Handler, type: string, event: Event | null, element: Element, target: Element, end?: End): void {
  const { options, filter } = handler;
  const drop = (): void => end?.(isConnected(element) ? { c: "superseded", m: "Not called." } : { c: CHANGED, m: texts.changed! });
  let known = paces.get(element);
  if (!known) paces.set(element, (known = {}));
  const pace = (known[type + filter] ??= { next: 0 });
  if (options.o && pace.isOver) return drop();
  if (options.p) event?.preventDefault();
  // A form is not sent twice with the same entries; clicks are counted.
  const content = type === "submit" ? sentBy(target, event!, options) : undefined;
  if (/^(click|submit)$/.test(type) && isWaiting(element, type, content) && (insist() || content)) return drop();
  if (options.c && !confirm(options.c as string)) return drop();
  pace.isOver = true;
  pace.work?.(true);
  pace.work = (isReplaced) => (isReplaced || !isConnected(element) ? drop() : send(handler, type, event, element, target, end));
  pace.isDebounced = !!options.d;
  const pause = 1000 * Number(options.t ?? 0);
  const wait = Math.max(1000 * Number(options.d ?? 0), pause && pace.next - performance.now());
  if (wait <= 0) return finish(pace, pause);
  if (options.d) clearTimeout(pace.timer);
  else if (pace.timer) return;
  waiting.add(pace);
  pace.timer = setTimeout(finish, wait, pace, pause);
}

/** What waits does not wait any more: the person leaves. */
export const hurry = (): void => flush(true);

/** What a submit sends to a handler. */
const sentBy = (form: Element, event: Event, { f }: WireMap): Content =>
  contentOf(form as HTMLFormElement, (event as SubmitEvent).submitter, !!f && (f as string[]).includes("files"));

function handle(event: Event): void {
  const { type, bubbles } = event;
  const isKey = event instanceof KeyboardEvent;
  // Keys that go to an input method are not meant for us.
  if (applying || (isKey && (event.isComposing || event.keyCode === 229))) return;
  const isInside = event.target instanceof Element;
  const target = isInside ? (event.target as Element) : document.body;
  const { submitter } = event as SubmitEvent;
  let isStopped = false;
  const reach = (node: Element, type: string, isMeant: (options: WireMap) => boolean): void => {
    for (const handler of handlersOf(node, type, event)) {
      const { mark, options } = handler;
      if (!isMeant(options) || (options.q && node !== event.target)) continue;
      // In served HTML each button with a handler sends a form, for browsers without scripts.
      const isSender = /^(button|input)$/.test(nameOf(node)!) && /^(submit|image)$/.test((node as HTMLButtonElement).type);
      if (mark !== null && (type === "submit" || (type === "click" && isSender))) event.preventDefault();
      isStopped ||= !!options.s;
      react(handler, type, event, node, target);
    }
  };
  // The handler of the button that sends a form stands for the form's.
  const isButtons = submitter && handlersOf(submitter, type).length;
  for (let node: Node | null = isButtons ? submitter : target; node instanceof Element && !isStopped; node = bubbles && !isButtons ? parentOf(node) : null) {
    reach(node, type, (options) => !options.w);
  }
  for (const element of far) {
    if (!isConnected(element)) far.delete(element);
    else {
      if (!isStopped && (bubbles || !isInside)) reach(element, type, ({ w }) => !!w && (w === "window" || event.target instanceof Node));
      if (type === "click" && !event.composedPath().includes(element)) reach(element, "clickoutside", () => true);
    }
  }
}

/**
 * Calls an element's handler for an event, as the page's own script wants it. The promise ends with what the action returned, or
 * with an error that has `code`, `message` and `fields`.
 */
export function ask(element: Element, type: string, data: object = {}): Promise<Wire> {
  const [handler] = handlersOf(element, type);
  if (!handler) throw new TypeError(`<${nameOf(element)}> has no handler for the event "${type}"`);
  return promised((end) => react(handler, type, new CustomEvent(type, { detail: data }), element, element, end));
}

const types = new Set<string>();
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

/** Begins to listen for what has a handler in the tree. */
export function listen(to: Tree): void {
  tree = to;
  // What was typed goes before what is done with it.
  for (const type of ["submit", "blur"]) addEventListener(type, () => applying || flush(false), true);
  addEventListener("pagehide", () => leaving(() => flush(true)));
  watchHandlers((type, element, handler) => {
    // Nothing but a mark, for what is heard already.
    if (typeof handler === "number" && types.has(type)) return;
    if (type === "interval") return time(element);
    if (handler === null) return;
    if (type === "mount") return mount(element);
    if (/^(visible|hidden)$/.test(type)) return watch(element);
    const all = handlersIn(handler, () => true);
    if (!isTurning && all.some(({ options }) => options.a !== undefined)) {
      isTurning = true;
      for (const turn of ["pointerover", "pointerdown", "focusin"]) addEventListener(turn, turnTo);
    }
    if (type === "clickoutside" || all.some(({ options }) => options.w)) far.add(element);
    if (type === "clickoutside") type = "click";
    if (types.has(type)) return;
    types.add(type);
    // Browsers take listeners up there for passive ones, which cannot prevent anything.
    addEventListener(type, handle, { capture: true, passive: false });
  });
}
