/** Starts the page: reads what the server put into it, finds the tree, listens. */

import { whenThere } from "./arriving";
import { heedLinks, remember, startCalls, sync, view } from "./calls";
import { decode, fromText, type Wire, type WireMap } from "./codec";
import { listen } from "./events";
import { load, more, type Part } from "./parts";
import { AWAITED, COMPLETE_COOKIE } from "./protocol";
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
  hook: (name: string, definition: object): void => void later(() => more.hook!(name, definition)),
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

  const tree = new Tree();
  const timeout = Number(options.timeout ?? TIMEOUT);
  startCalls(tree, page, timeout);
  const { parts = [], ahead = [] } = options as { [list: string]: Part[] };
  void load(ahead, true);
  // Perhaps the person comes back.
  if ((history.state as { reactor?: object } | null)?.reactor) parts.push("recovery");
  const loading = load(parts);
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
  if (!more.comeBack?.() && !isAdopted) sync();
  begin();
  if (options.live) void load(["listening"]);
  heedLinks();
  addEventListener("pagehide", remember);
  // What forgets it.
  if (document.cookie.includes(COMPLETE_COOKIE)) void load(["streams"], true);
  if (page.f === AWAITED) more.follow!(page, view, more.framesInPage!(1000 * timeout));
  document.dispatchEvent(new CustomEvent("reactor:start"));
}

Object.assign(globalThis, { reactor: Object.freeze(reactor) });
whenThere((data) => void start(data));
