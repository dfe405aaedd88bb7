/** Events: one listener on the document for each type. It looks for handlers in the tree and makes calls of them. */

import { call, type Deed, type End, isWaiting, run } from "./calls";
import { isMap, type Wire, type WireMap } from "./codec";
import type { Content } from "./contents";
import { isConnected, nameOf, parentOf } from "./dom";
import { more } from "./parts";
import { CHANGED, SUPERSEDED } from "./protocol";
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
  if (isMap(value)) return more.handlersAmong!(value, isMeant);
  const [mark, options] = Array.isArray(value) ? value : [value];
  return [{ mark: mark!, options: (options ?? {}) as WireMap }];
}

export const handlersOf = (element: Element, type: string, event?: Event): Handler[] =>
  handlersIn(tree.handler(element, type), (filter) => more.matches!(filter, event));

function send({ mark, options, filter }: Handler, type: string, event: Event | null, element: Element, target: Element, end?: End): void {
  const isForm = type === "submit";
  const { entries, files }: Content = isForm ? more.contentOf!(target, event as SubmitEvent, options) : { files: [] };
  const fields = isForm ? undefined : (more.fieldsOf?.(options, type, event ?? {}, element, target, files) ?? {});
  const now = (): Handler | false | undefined =>
    isConnected(element) && handlersIn(tree.handler(element, type), (other) => other === filter).find((other) => seenIn(other.mark) === seenIn(mark));
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
    controls: more.controlsSent?.(element, target, fields) ?? [],
    stays: options.r === false,
    end,
    after: options.e,
    reference: options.g,
    // What was acted on may be gone; the number of its calls is the same in every process.
    source: () => (now() || { options }).options.k,
    address() {
      // What was acted on may be hidden, since its end is foreseen.
      const address = (now() && tree.address(element, type)) || (deed.layer?.isShown && deed.layer.at);
      return address && filter !== undefined ? [...address, filter] : address || (options.g ? undefined : null);
    },
  };
  more.foresee?.(deed, options.a);
  // What is sent is what was there at the event.
  run(options.b, element, deed.source);
  if (mark !== null) call(deed);
}

/** Makes a call of an event, as the handler's options want it. */
export function react(handler: Handler, type: string, event: Event | null, element: Element, target: Element, end?: End): void {
  const { options, filter } = handler;
  const drop = (): void => end?.({ c: isConnected(element) ? SUPERSEDED : CHANGED });
  const key = type + filter;
  if (more.isSpent?.(element, key, options)) return drop();
  if (options.p) event?.preventDefault();
  // A form is not sent twice with the same entries; clicks are counted.
  const content = type === "submit" ? more.contentOf!(target, event as SubmitEvent, options) : undefined;
  if (/^(click|submit)$/.test(type) && isWaiting(element, type, content) && (more.insist?.() || content)) return drop();
  const work = (isReplaced?: boolean): void => (isReplaced || !isConnected(element) ? drop() : send(handler, type, event, element, target, end));
  if (more.pace) more.pace(element, key, options, work);
  else work();
}

function handle(event: Event): void {
  const { type, bubbles } = event;
  if (applying || more.isComposing?.(event)) return;
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
