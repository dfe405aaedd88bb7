/** Starts the page: reads what the server put into it, finds the tree, listens. */

import { follow, startCalls, sync, type View } from "./calls";
import { decode, fromText, type Wire, type WireMap } from "./codec";
import { watchControls } from "./controls";
import { listen } from "./events";
import { hook, startHooks } from "./hooks";
import { callReference } from "./references";
import { listenForShortcuts } from "./shortcuts";
import { remember, startNavigation } from "./navigation";
import { texts } from "./notices";
import { forgetComplete, framesInPage, whenThere } from "./arriving";
import { restoreEntries } from "./skew";
import { Tree } from "./tree";
import { limitUploads } from "./uploads";

const TIMEOUT = 30;

function start(data: string): void {
  const page = decode(fromText(data)) as WireMap;
  const options = (page.o ?? {}) as WireMap;
  Object.assign(texts, options.texts);

  const tree = new Tree();
  // What the page's own scripts may use.
  Object.assign(globalThis, { reactor: Object.freeze({ hook, call: callReference }) });
  startHooks();
  watchControls();
  listen(tree);
  listenForShortcuts(tree);
  tree.learn(page.t as Wire[], true);
  let isAdopted = true;
  try {
    tree.adopt(page.r!);
  } catch {
    isAdopted = false;
  }
  document.documentElement.dataset.reactorAdopted = String(isAdopted);

  tree.foretell((page.a ?? []) as Wire[], true);
  limitUploads(options.upload as number | undefined, options.piece as number | undefined);
  const left = leftView();
  const served: View = { id: page.i!, version: page.v as number, sealed: page.s as Uint8Array | null, address: location.href };
  const timeout = Number(options.timeout ?? TIMEOUT);
  startCalls(tree, served, timeout, left);
  if (!isAdopted && !left) sync();
  startNavigation(tree, page);
  restoreEntries();
  addEventListener("pagehide", remember);
  addEventListener("dragenter", () => document.querySelector("[data-drop]") && void import("./drops.js"));
  forgetComplete();
  follow(page, served, framesInPage(1000 * timeout));
  document.dispatchEvent(new CustomEvent("reactor:start"));
}

/** The view that was left here, when the person comes back through the history. */
function leftView(): View | null {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const left = navigation?.type === "back_forward" && (history.state as { reactor?: View } | null)?.reactor;
  return left && left.id ? { id: left.id, version: left.version, sealed: left.sealed, address: location.href } : null;
}

whenThere(start);
