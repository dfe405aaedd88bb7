/** Which addresses are pages of ours, and what is to be had from them. */

import { messageOf } from "./calls";
import { encode, isMap, type Wire, type WireMap } from "./codec";
import { FROM_HEADER, MEDIA_TYPE, PROTOCOL, STATE_HEADER } from "./protocol";

/** A page that was left: what stood for it on the server. */
export interface Left {
  id: Wire;
  version: number;
  sealed: Uint8Array | null;
  address?: string;
}

let list: string;
/** The page that is shown, if its layout has components. */
let shownLayout = (): Left | null => null;
let patterns: Promise<RegExp[] | null> | undefined;

/** Where the list of all pages is. */
export function startAddresses(address: string, layout: typeof shownLayout): void {
  list = address;
  shownLayout = layout;
}

/** Sealed states up to this size go with a request, so that the layout of the next page keeps its own. */
const SMALL_STATE = 1500;

/** What tells of the layout of a page. */
const layoutOf = (shown: Left | null): { [name: string]: string } =>
  shown?.sealed && shown.sealed.length <= SMALL_STATE
    ? {
        [FROM_HEADER]: bare(shown.address!).replace(/^\w+:\/\/[^/]+/, ""),
        [STATE_HEADER]: btoa(String.fromCharCode(...shown.sealed)).replace(/[+/]/g, (char) => (char === "+" ? "-" : "_")).replace(/=+$/, ""),
      }
    : {};

/** The patterns of all pages, and of those that are not to be asked for before the person does. */
const patternsOfPages = (): Promise<RegExp[] | null> =>
  (patterns ??= fetch(list)
    .then((response) => response.json())
    .then((lists: string[][]) => lists.map((each) => new RegExp(`^(?:${each.join("|") || "(?!)"})$`)))
    .catch(() => null));

/** Whether an address is that of a page of ours; with `unasked`, one that may be asked for before the person does. */
export async function isOurs({ origin, pathname }: URL, unasked = false): Promise<boolean> {
  if (!list || origin !== location.origin) return false;
  const [all, asked] = (await patternsOfPages()) ?? [];
  const path = decoded(pathname);
  return !!all?.test(path) && !(unasked && asked?.test(path));
}

/** What percent signs stand for. */
export function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** An address without the part of the page. */
export const bare = (address: string): string => address.split("#")[0]!;

/** Where a link leads, if it is one that may be followed without a load. */
export function targetOf({ target }: Event): URL | null {
  const link = target instanceof Element && target.closest("a[href]");
  if (!(link instanceof HTMLAnchorElement) || link.hasAttribute("download") || link.closest("[data-reload]")) return null;
  if (/\bexternal\b/.test(link.rel) || !/^(_self)?$/.test(link.target)) return null;
  const url = new URL(link.href);
  // To a part of this page the browser goes by itself.
  return url.origin !== location.origin || (url.hash && bare(url.href) === bare(location.href)) ? null : url;
}

/**
 * The page at an address, as it was `left` or afresh, or an answer that leads elsewhere; null: what is there is not for us, or
 * cannot be had.
 */
export async function ask(url: URL, signal: AbortSignal | null, left?: Left, headers: { [name: string]: string } = {}): Promise<WireMap | null> {
  const post = left && {
    method: "POST",
    body: encode({ p: PROTOCOL, i: left.id, v: left.version, c: crypto.getRandomValues(new Uint8Array(16)), s: left.sealed! }),
  };
  try {
    const response = await fetch(bare(url.href), {
      ...post,
      headers: { Accept: MEDIA_TYPE, ...(post ? { "Content-Type": MEDIA_TYPE } : layoutOf(shownLayout())), ...headers },
      cache: "no-store",
      signal,
    });
    if (!response.headers.get("Content-Type")?.startsWith(MEDIA_TYPE)) return null;
    const page = await messageOf(response, () => {}, () => {});
    return isMap(page) && ("r" in page || "l" in page) ? page : null;
  } catch {
    return null;
  }
}
