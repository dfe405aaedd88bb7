/**
 * Hooks: what the page's own scripts do with elements of the tree.
 *
 * `data-hook` names a definition, `data-options` holds what the application gives to it. What is in the page is looked at
 * when the tree has been worked at; a hook learns of the outcome only, so a move is neither a coming nor a going.
 */

import type { Wire } from "./codec";
import { getAttribute, isConnected } from "./dom";
import { ask } from "./promises";

/** What a script defines, and what it gets to work with. */
interface Hook {
  element: Element;
  /** What the application gives to it; null: nothing. */
  options?: unknown;
  call(event: string, data?: object): Promise<Wire>;
  mounted?(): void;
  /** With the options from before. */
  updated?(before: unknown): void;
  destroyed?(): void;
}

const definitions = new Map<string, object>();
const hooks = new Map<Element, [name: string, hook: Hook]>();
/** Whose attributes a patch has changed. */
const changed = new Set<Node>();
const observer = new MutationObserver(() => {});
let isReady = false;
let isDue = false;

function tell(hook: Hook, what: "mounted" | "updated" | "destroyed"): void {
  try {
    const before = hook.options;
    if (what !== "destroyed") hook.options = JSON.parse(getAttribute(hook.element, "data-options") ?? "null");
    hook[what]?.(before);
  } catch (error) {
    console.error(error);
  }
}

/** Tells hooks what has become of their elements. */
function settle(): void {
  if (!isDue) return;
  isDue = false;
  for (const [element, [name, hook]] of hooks) {
    if (!isConnected(element) || getAttribute(element, "data-hook") !== name) {
      hooks.delete(element);
      tell(hook, "destroyed");
    } else if (changed.has(element)) tell(hook, "updated");
  }
  changed.clear();
  for (const element of document.querySelectorAll("[data-hook]")) {
    const name = getAttribute(element, "data-hook")!;
    const definition = definitions.get(name);
    if (!definition || hooks.has(element)) continue;
    const call: Hook["call"] = (event, data) => ask(element, event, data);
    const hook = Object.assign(Object.create(definition), { element, call }) as Hook;
    hooks.set(element, [name, hook]);
    observer.observe(element, { attributes: true });
    tell(hook, "mounted");
  }
}

function look(): void {
  if (!isReady || isDue || !definitions.size) return;
  isDue = true;
  queueMicrotask(settle);
}

/** Defines a hook; elements that name it may be in the page already. */
export function hook(name: string, definition: object): void {
  definitions.set(name, definition);
  look();
}

/** Hears of work at the tree. */
export function onWork(isDone: boolean): void {
  // What changed before the work is not of the tree: hooks and scripts did it themselves.
  const records = observer.takeRecords();
  if (!isDone) return;
  for (const { target } of records) changed.add(target);
  isReady = true;
  look();
}

/** Begins with the page that is there. */
export function startHooks(isKnown: boolean): void {
  isReady = isKnown;
  // Whoever is told of a patch finds its hooks mounted.
  document.addEventListener("reactor:patch", settle);
}
