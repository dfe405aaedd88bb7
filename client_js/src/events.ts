/** Events: one listener on the document for each type. It looks for handlers in the tree and makes calls of them. */

import { call, type Deed, type End, isWaiting, leaving, run } from "./calls";
import { isMap, type Wire, type WireMap } from "./codec";
import type { Content } from "./contents";
import { isConnected, isControl, nameOf, parentOf } from "./dom";
import { having, more } from "./parts";
import { CANCEL, CHANGED, SUPERSEDED } from "./protocol";
import { seenIn } from "./queues";
import { applying, type Tree, watchHandlers } from "./tree";

export interface Handler {
  mark: Wire;
  options: WireMap;
  /** The key combination, where the slot has several handlers. */
  filter?: string;
}

let tree: Tree;

/** The handlers in a slot; of those for key combinations, the ones that `isMeant`. */
export function handlersIn(value: Wire, isMeant: (filter: string) => boolean): Handler[] {
  if (value === null) return [];
  if (isMap(value)) {
    return Object.keys(value).flatMap((filter) => (isMeant(filter) ? handlersIn(value[filter]!, isMeant).map((handler) => ({ ...handler, filter })) : []));
  }
  const [mark, options] = Array.isArray(value) ? value : [value];
  return [{ mark: mark!, options: (options ?? {}) as WireMap }];
}

export const handlersOf = (element: Element, type: string, event?: Event): Handler[] =>
  handlersIn(tree.handler(element, type), (filter) => event instanceof KeyboardEvent && !!more.matches?.(filter, event));

/** The fields of an event that an action wants; its files are added to `files`. One that the event does not have is left out. */
function fieldsOf(names: string[], event: object, element: Element, target: Element, files: File[]): WireMap {
  const control = (isControl(element) || nameOf(element) === "button" ? element : target) as HTMLInputElement;
  const its = event as { [name: string]: unknown };
  const fields = Object.create(null) as WireMap;
  for (const name of names) {
    const value = /^(value|checked)$/.test(name) ? control[name as "value"] : more.detailOf?.(name, its, element, control, files);
    if (/^(string|number|boolean)$/.test(typeof value) || Array.isArray(value) || name === "dataset") fields[name] = value as Wire;
  }
  return fields;
}

/** What an action is told of events when it does not say what it wants. */
const usualFields = (type: string): string[] =>
  /^(input|change)$/.test(type) ? ["value", "checked"] : /^key/.test(type) ? ["key"] : [];

function send({ mark, options, filter }: Handler, type: string, event: Event | null, element: Element, target: Element, end?: End): void {
  const isForm = type === "submit";
  const wanted = (options.f as string[] | undefined) ?? usualFields(type);
  const { entries, files }: Content = isForm ? sentBy(target, event!, options) : { files: [] };
  const fields = isForm ? undefined : Object.assign(fieldsOf(wanted, event ?? {}, element, target, files), event instanceof CustomEvent && more.dataIn?.(event));
  const control = isControl(element) ? element : target;
  const now = (): Handler | false | undefined =>
    isConnected(element) && handlersIn(tree.handler(element, type), (other) => other === filter).find((other) => seenIn(other.mark) === seenIn(mark));
  const at = options.a === undefined || !more.lay ? null : tree.address(element, type);
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
    controls: isForm ? more.controlsOf!(target) : fields && Object.keys(fields).some((name) => /^(value|checked)/.test(name)) ? (more.groupOf?.(control) ?? []) : [],
    stays: options.r === false,
    layer: at ? { ahead: options.a as number, at, isShown: false, data: (name) => more.dataOf!(deed, name) } : undefined,
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
  if ((options.b as Wire[][] | undefined)?.some(([kind]) => kind === CANCEL)) having(["effects"], () => more.cancel!((now() || { options }).options.k!));
  // What is sent is what was there at the event.
  run(options.b, element);
  if (mark !== null) call(deed);
}

/** The handlers that had their only event, by element. */
const once = new WeakMap<Element, Set<string>>();

/** Makes a call of an event, as the handler's options want it. */
export function react(handler: Handler, type: string, event: Event | null, element: Element, target: Element, end?: End): void {
  const { options, filter } = handler;
  const drop = (): void => end?.({ c: isConnected(element) ? SUPERSEDED : CHANGED });
  const key = type + filter;
  const had = once.get(element);
  if (options.o && had?.has(key)) return drop();
  if (options.p) event?.preventDefault();
  // A form is not sent twice with the same entries; clicks are counted.
  const content = type === "submit" ? sentBy(target, event!, options) : undefined;
  if (/^(click|submit)$/.test(type) && isWaiting(element, type, content) && (more.insist?.() || content)) return drop();
  if (options.c && !confirm(options.c as string)) return drop();
  if (options.o) once.set(element, (had ?? new Set()).add(key));
  const work = (isReplaced?: boolean): void => (isReplaced || !isConnected(element) ? drop() : send(handler, type, event, element, target, end));
  if (options.d || options.t) having(["details"], () => more.pace!(element, key, options, work));
  else work();
}

/** What waits does not wait any more: the person leaves. */
export const hurry = (): void => more.flush?.(true);

/** What a submit sends to a handler. */
const sentBy = (form: Element, event: Event, { f }: WireMap): Content =>
  more.contentOf!(form as HTMLFormElement, (event as SubmitEvent).submitter, !!f && (f as string[]).includes("files"));

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
  more.reachFar?.(event, isInside, () => isStopped, reach);
}

const types = new Set<string>();
/** Begins to listen for what has a handler in the tree. */
export function listen(to: Tree): void {
  tree = to;
  // What was typed goes before what is done with it.
  for (const type of ["submit", "blur"]) addEventListener(type, () => applying || more.flush?.(false), true);
  addEventListener("pagehide", () => leaving(hurry));
  watchHandlers((type, element, handler) => {
    more.heed?.(type, element, handler);
    if (handler === null) return;
    if (type === "clickoutside") type = "click";
    if (types.has(type)) return;
    types.add(type);
    // Browsers take listeners up there for passive ones, which cannot prevent anything.
    addEventListener(type, handle, { capture: true, passive: false });
  });
}
