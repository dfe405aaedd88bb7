/** Starts the page: reads what the server put into it, finds the tree, listens. */

import { forgetComplete, whenThere } from "./arriving";
import { heedLinks, remember, setView, startCalls, sync, type View } from "./calls";
import { decode, fromText, type Wire, type WireMap } from "./codec";
import { listen } from "./events";
import { load, more, type Part } from "./parts";
import { AWAITED } from "./protocol";
import { texts } from "./notices";
import { Tree } from "./tree";

const TIMEOUT = 30;

let begin: () => void;
const begun = new Promise<void>((resolve) => (begin = resolve));
/** Does what a script wants, as soon as the page is known and the part for it is there. */
async function later<T>(work: () => T): Promise<Awaited<T>> {
  await begun;
  await load(["scripts"]);
  return await work();
}
/** What the page's own scripts may use. */
const reactor = {
  hook(name: string, definition: object): void {
    if (more.hook) more.hook(name, definition);
    else void later(() => more.hook!(name, definition));
  },
  call(reference: string, given?: object): Promise<Wire> {
    if (more.callReference) return more.callReference(reference, given);
    const called = later(() => more.callReference!(reference, given));
    // The person is told of what went wrong; nobody has to wait for it.
    called.catch((problem: Error) => problem.name === "CallError" || console.error(problem));
    return called;
  },
};

async function start(data: string): Promise<void> {
  const page = decode(fromText(data)) as WireMap;
  const options = (page.o ?? {}) as WireMap;
  Object.assign(texts, options.texts);

  const tree = new Tree();
  const timeout = Number(options.timeout ?? TIMEOUT);
  const served: View = { id: page.i!, version: page.v as number, sealed: page.s as Uint8Array | null, address: location.href };
  startCalls(tree, page, served, timeout);
  const isFilled = document.querySelector("input:not([type=hidden]),textarea,select");
  const { parts = [], ahead = [] } = options as { [list: string]: Part[] };
  void load(ahead, true);
  const loading = load(isFilled ? [...parts, "fields"] : parts);
  if (loading) await loading;
  listen(tree);
  tree.learn(page.t as Wire[], true);
  let isAdopted = true;
  try {
    tree.adopt(page.r!);
  } catch {
    isAdopted = false;
  }
  document.documentElement.dataset.reactorAdopted = String(isAdopted);

  more.foretell?.((page.a ?? []) as Wire[], true);
  const left = leftView();
  if (left) {
    setView(left);
    sync(served);
  } else if (!isAdopted) sync();
  begin();
  if (options.live) void load(["listening"]);
  heedLinks();
  addEventListener("pagehide", remember);
  addEventListener("dragenter", () => document.querySelector("[data-drop]") && void import("./drops"));
  forgetComplete();
  if (page.f === AWAITED) more.follow!(page, served, more.framesInPage!(1000 * timeout));
  document.dispatchEvent(new CustomEvent("reactor:start"));
}

/** The view that was left here, when the person comes back through the history. */
function leftView(): View | null {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const left = navigation?.type === "back_forward" && (history.state as { reactor?: View } | null)?.reactor;
  return left && left.id ? { id: left.id, version: left.version, sealed: left.sealed, address: location.href } : null;
}

Object.assign(globalThis, { reactor: Object.freeze(reactor) });
whenThere((data) => void start(data));
