/** Links, redirects and the browser's history: another page of ours is shown in this window without a load. Loaded when a page has a link. */

import { ask, bare, decoded, isOurs, startAddresses, targetOf } from "./addresses";
import { errorIn, flow, leave, notify, partsFor, remember, served, show, sync, timeout, tree, type View, view } from "./calls";
import type { Wire, WireMap } from "./codec";
import { enter } from "./departures";
import { isControl } from "./forms";
import type { Entry } from "./entries";
import { load, more } from "./parts";
import { forgetAhead, startPrefetching, takeAhead } from "./prefetch";
import { AWAITED } from "./protocol";

/** What an entry of the history keeps of the page that was left there. */
interface Left extends Partial<View> {
  /** Which page it is an entry of: links within a page make entries, too. */
  page: string;
  /** Where things were scrolled to: the window, and elements with an id. */
  scroll?: Scroll[];
  entries?: Entry[];
}
type Scroll = [id: string, left: number, top: number];

/** A page that was left, as it was; in this window only. */
interface Kept extends Left {
  view: View;
  tree: Wire;
  /** Names of what it has read. */
  reads: string[];
  /** Where it listens. */
  live: Wire | undefined;
}

type How = "push" | "replace" | "pop";

const MOST_KEPT = 10;
const STYLES_TIMEOUT = 1000;
const TRIES = 3;

/** By page, oldest first. */
const kept = new Map<string, Kept>();
/** The page that is shown, its address, and what it has read. */
let here: string;
let shown: string;
let hasLayout: boolean;
let reads: string[] = [];
/** Counts ways to other pages: only the last one leads there. */
let ways = 0;
let way: AbortController | undefined;
/** Ends the response in which parts of the page that is shown may follow. */
let parts: AbortController | undefined;
/** Counts calls that were done: what was fetched before does not know of it. */
let writes = 0;
let region: HTMLElement | undefined;

const newPage = (): string => Math.random().toString(36).slice(2);
const namesIn = (value: Wire | undefined): string[] => (Array.isArray(value) ? value.map(String) : []);
const entryIn = (state: unknown): Left | undefined => (state as { reactor?: Left } | null)?.reactor;

/** Begins with the page that was loaded. */
function startNavigation(): void {
  const options = (served.o ?? {}) as WireMap;
  reads = namesIn(served.k);
  hasLayout = !!options.layout;
  here = entryIn(history.state)?.page ?? newPage();
  shown = bare(location.href);
  if (!options.pages) return;
  startAddresses(options.pages as string, () => (hasLayout ? view : null));
  startPrefetching();
  addEventListener("click", follow);
  addEventListener("popstate", ({ state }) => traverse(entryIn(state)));
  // The browser puts back what it loads by itself.
  addEventListener("pagehide", () => (history.scrollRestoration = "auto"));
  addEventListener("pageshow", ({ persisted }) => persisted && kept.size && (history.scrollRestoration = "manual"));
}

/** Goes where an answer leads, and forgets what is not good any more. */
export function noteOutcome(answer: WireMap, isLeft: boolean, isAsked: boolean): void {
  if (!errorIn(answer).c && isAsked) {
    writes++;
    forgetAhead();
  }
  const stale = namesIn(answer.k);
  for (const [name, { reads }] of kept) if (reads.some((read) => stale.includes(read))) kept.delete(name);
  if (!answer.l || isLeft || way) return;
  const [isReplaced, message] = (answer.y ?? []) as [boolean?, WireMap?];
  const url = new URL(answer.l as string, location.href);
  const how = isReplaced || !isAsked || url.href === location.href ? "replace" : "push";
  if (message) void go(url, how, message);
  else void isOurs(url).then((is) => (is ? go(url, how) : leave(url.href, how === "replace")));
}

/** What the page that is shown has read. */
export const readsNow = (): string[] => reads;

/** What an entry of the history keeps of the page that is shown. */
export const leftHere = (): Left => ({ ...view, page: here, scroll: scrolled(), entries: more.entered?.() ?? [] });

function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const url = targetOf(event);
  if (!url) return;
  event.preventDefault();
  const how = url.href === location.href ? "replace" : "push";
  const mine = ++ways;
  setNavigating(true);
  void isOurs(url).then((is) => {
    if (mine !== ways) return;
    if (is) return go(url, how);
    setNavigating(false);
    leave(url.href);
  });
}

/** Has loaded what a page needs before it is shown. */
const prepare = (page: WireMap): Promise<unknown> | undefined => load(partsFor(page))?.then(() => prepare(page));

/** The person is on the way to another page, or no longer. */
function setNavigating(is: boolean): void {
  flow.isNavigating = is;
  show();
}

/** Goes to a page of ours; whatever comes in between, the browser loads it. `given`: it is there already. */
async function go(url: URL, how: How, given?: WireMap, left?: Left): Promise<void> {
  if (how !== "pop" && !document.dispatchEvent(new CustomEvent("reactor:navigate", { cancelable: true, detail: { url: url.href, replace: how === "replace" } }))) return;
  // What is told while the page is on its way stays.
  more.dismiss?.();
  const mine = ++ways;
  way?.abort();
  const controller = (way = new AbortController());
  const timer = setTimeout(() => controller.abort(), timeout);
  if (!given) setNavigating(true);
  try {
    const page = given ?? (await fetched(url, controller.signal, left, how === "pop"));
    const options = (page?.o ?? {}) as WireMap;
    if (mine === ways) await Promise.all([styles(options.styles as string[] | undefined), prepare(page ?? {})]);
    if (mine !== ways) return;
    way = undefined;
    if (page?.l) {
      const next = new URL(page.l as string, url);
      const on = how === "push" && !(page.y as Wire[] | undefined)?.[0] ? "push" : "replace";
      return (await isOurs(next)) ? go(next, on) : leave(next.href, on === "replace");
    }
    // A page of another build, or for which another policy holds, needs a window of its own.
    if (!page || (page.o && options.build !== (served.o as WireMap).build)) return how === "pop" ? location.reload() : leave(url.href, how === "replace");
    const { hash } = url;
    const to = new URL((page.u as string | undefined) ?? url, url);
    to.hash ||= hash;
    const view: View = { id: page.i!, version: page.v as number, sealed: (page.s ?? null) as Uint8Array | null, address: bare(to.href) };
    await arrive(to, how, view, namesIn(page.k), options.live, left, () => {
      tree.learn((page.t ?? []) as Wire[], true);
      more.foretell?.((page.a ?? []) as Wire[], true);
      tree.sync(page.r!);
      if (page.o) hasLayout = !!options.layout;
    });
    parts?.abort();
    parts = controller;
    if (page.f === AWAITED) more.follow!(page, view);
    if (page.n) notify(page.n as string, false);
  } finally {
    clearTimeout(timer);
    if (mine === ways) {
      way = undefined;
      setNavigating(false);
    }
  }
}

/** The page at an address; asked for again when a call was done meanwhile. */
async function fetched(url: URL, signal: AbortSignal, left: Left | undefined, isPop: boolean): Promise<WireMap | null> {
  for (let tries = 1; ; tries++) {
    const before = writes;
    const { id, version, sealed } = left ?? {};
    let page = isPop ? null : ((await takeAhead(url)) ?? null);
    if (id && (page = await ask(url, signal, { id, version: version!, sealed: sealed! }))) Object.assign(page, { i: id, u: url.pathname + url.search, ...page });
    // What was left may not be there any more as it was.
    page ??= await ask(url, signal);
    if (before === writes || tries === TRIES || signal.aborted) return page;
  }
}

/** Loads what the new page is to look like before it is shown, for a while. */
async function styles(wanted: string[] = []): Promise<void> {
  const there = new Set([...document.querySelectorAll<HTMLLinkElement>('link[rel~="stylesheet"]')].map(({ href }) => href));
  const loads = wanted.flatMap((address) => {
    const { href } = new URL(address, location.href);
    if (there.has(href)) return [];
    const link = document.createElement("link");
    link.rel = "preload";
    link.as = "style";
    link.href = href;
    document.head.append(link);
    return new Promise((resolve) => (link.onload = link.onerror = resolve)).then(() => link.remove());
  });
  if (loads.length) await Promise.race([Promise.all(loads), new Promise((resolve) => setTimeout(resolve, STYLES_TIMEOUT))]);
}

/** Shows a page in place of the one that is shown. */
async function arrive(to: URL, how: How, next: View, read: string[], live: Wire | undefined, left: Left | undefined, draw: () => void): Promise<void> {
  const work = (): void => {
    // What was done on the page before belongs to it.
    more.flush?.(true);
    const isSame = bare(to.href) === shown && how === "replace";
    const content = more.keptIn!(tree);
    if (how !== "replace" && content) {
      kept.delete(here);
      kept.set(here, { ...leftHere(), view, tree: content, reads, live: more.listensNow?.() });
      if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value!);
    }
    history.scrollRestoration = "manual";
    if (how === "push") remember();
    if (how === "push") history.pushState({ reactor: { page: (here = newPage()) } }, "", to);
    else here = left?.page ?? newPage();
    if (how === "replace") history.replaceState({ reactor: { page: here } }, "", to);
    reads = read;
    shown = bare(to.href);
    // What the server itself has put there for a browser without scripts.
    document.querySelector("body > p.reactor-notice")?.remove();
    const before = document.activeElement;
    try {
      enter(next, draw);
    } catch (problem) {
      console.error(problem);
      return location.reload();
    }
    more.listen?.(live);
    if (left?.entries) more.reenter?.(left.entries);
    if (left?.scroll) scrollBack(left.scroll);
    else if (!isSame) scrollTo(to.hash);
    lead(before, to.hash);
    announce();
    document.dispatchEvent(new CustomEvent("reactor:arrive", { detail: { url: to.href } }));
  };
  const { startViewTransition } = document as { startViewTransition?: (work: () => void) => { updateCallbackDone: Promise<void> } };
  const isWanted = document.querySelector('meta[name="view-transition"][content="same-origin"]') && !matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (startViewTransition && isWanted && !document.hidden) await startViewTransition.call(document, work).updateCallbackDone;
  else work();
}

/** The browser has gone to another entry of its history. */
function traverse(left: Left | undefined): void {
  if (bare(location.href) === shown && (!left || left.page === here)) {
    // Within the page.
    if (left?.scroll && history.scrollRestoration === "manual") scrollBack(left.scroll);
    if (!left) history.replaceState({ ...(history.state as object | null), reactor: { page: here } }, "");
    return;
  }
  const url = new URL(location.href);
  const found = left && kept.get(left.page);
  if (!found) return void go(url, "pop", undefined, left);
  more.dismiss?.();
  ways++;
  way?.abort();
  way = undefined;
  setNavigating(false);
  void arrive(url, "pop", found.view, found.reads, found.live, found, () => {
    kept.delete(found.page);
    tree.learn([], true);
    more.foretell?.([], true);
    tree.sync(found.tree);
  }).then(() => sync());
}

const target = (hash: string): HTMLElement | null => (hash ? document.getElementById(decoded(hash.slice(1))) : null);

function scrollTo(hash: string): void {
  const part = target(hash);
  if (part) part.scrollIntoView({ behavior: "instant" });
  else window.scrollTo({ left: 0, top: 0, behavior: "instant" });
}

function scrolled(): Scroll[] {
  const inner = [...document.querySelectorAll("[id]")].filter(({ scrollTop, scrollLeft }) => scrollTop || scrollLeft);
  return [["", scrollX, scrollY], ...inner.map(({ id, scrollLeft, scrollTop }): Scroll => [id, scrollLeft, scrollTop])];
}

function scrollBack(positions: Scroll[]): void {
  for (const [id, left, top] of positions) (id ? document.getElementById(id) : window)?.scrollTo({ left, top, behavior: "instant" });
}

/** Leads the focus into the new page, unless a field has it, or one that wants it. */
function lead(before: Element | null, hash: string): void {
  const active = document.activeElement;
  if (active && active !== document.body && (active !== before || isControl(active) || (active as HTMLElement).isContentEditable)) return;
  const goal = target(hash) ?? document.querySelector<HTMLElement>("h1") ?? document.querySelector<HTMLElement>("main");
  if (!goal) return;
  goal.focus({ preventScroll: true });
  if (document.activeElement === goal) return;
  goal.tabIndex = -1;
  goal.addEventListener("blur", () => goal.removeAttribute("tabindex"), { once: true });
  goal.focus({ preventScroll: true });
}

/** Says where one is, for those who do not see it. */
function announce(): void {
  if (!region?.isConnected) {
    region = document.createElement("div");
    region.setAttribute("role", "status");
    region.setAttribute("aria-live", "polite");
    region.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap";
    document.body.append(region);
  }
  region.textContent = document.title;
}

export { conclude } from "./departures";

startNavigation();
