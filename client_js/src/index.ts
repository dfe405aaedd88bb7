/** Starts the page: reads what the server put into it, finds the tree, listens. */

import { Calls, type View } from "./calls";
import { decode, type Wire, type WireMap } from "./codec";
import { watchControls } from "./controls";
import { Events } from "./events";
import { texts } from "./notices";
import { Tree, watchHandlers } from "./tree";

const TIMEOUT = 30;

function start(): void {
  const block = document.querySelector('script[type="application/reactor"]');
  if (!block) return;
  const page = decode(Uint8Array.from(atob(block.textContent!.trim()), (char) => char.charCodeAt(0))) as WireMap;
  const options = (page.o ?? {}) as WireMap;
  Object.assign(texts, options.texts);

  const tree = new Tree();
  const served: View = { id: page.i!, version: page.v as number, sealed: page.s as Uint8Array | null };
  const calls = new Calls(tree, served, Number(options.timeout ?? TIMEOUT), (deed) => events.markOf(deed));
  const events: Events = new Events(tree, calls);
  watchHandlers((type, element, handler) => events.watch(type, element, handler));
  watchControls();

  tree.learn(page.t as Wire[], true);
  let isAdopted = true;
  try {
    tree.adopt(page.r!);
  } catch {
    isAdopted = false;
  }
  document.documentElement.dataset.reactorAdopted = String(isAdopted);

  const left = leftView();
  if (left) {
    calls.view = left;
    calls.sync(served);
  } else if (!isAdopted) calls.sync();
  addEventListener("pagehide", () => remember(calls.view));
  document.dispatchEvent(new CustomEvent("reactor:start"));
}

/** Keeps the view with the entry of the history, so that going back goes on with it. */
function remember({ id, version, sealed }: View): void {
  const state: unknown = history.state;
  const others = typeof state === "object" ? state : {};
  try {
    history.replaceState({ ...others, reactor: { id, version, sealed } }, "");
  } catch {
    // Browsers limit the size of the state: then the page begins afresh.
  }
}

/** The view that was left here, when the person comes back through the history. */
function leftView(): View | null {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const state = history.state as { reactor?: View } | null;
  return navigation?.type === "back_forward" && state?.reactor ? state.reactor : null;
}

start();
