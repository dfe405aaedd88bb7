/**
 * Parts of the client that not every page needs. Each is loaded, from beside the client, when the first thing comes that
 * needs it; what it exports then stands in `more`.
 */

import { renew } from "./renewal";

interface Parts {
  /** Keys, places and files of events, and the data of those of scripts. */
  details: typeof import("./details");
  /** Effects. */
  effects: typeof import("./effects");
  /** What the person enters, and forms. */
  fields: typeof import("./fields");
  /** Events that are not the browser's. */
  happenings: typeof import("./happenings");
  /** What the server says unasked. */
  listening: typeof import("./listening");
  /** Elements, lists and markup that were not in the page, and values that only the browser knows. */
  making: typeof import("./making");
  /** Other pages in this window. */
  navigation: typeof import("./navigation");
  /** Files that are sent in pieces. */
  pieces: typeof import("./pieces");
  /** Outcomes before the answer. */
  predictions: typeof import("./predictions");
  /** What does not take its ordinary course. */
  recovery: typeof import("./recovery");
  /** What the page's own scripts use. */
  scripts: typeof import("./scripts");
  /** Answers that come bit by bit. */
  streams: typeof import("./streams");
  /** Files. */
  uploads: typeof import("./uploads");
}
export type Part = keyof Parts;
type Every<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void ? All : never;

/** What the parts that are there have brought. Who goes without asking has seen to it that the part is loaded. */
export const more = {} as Partial<Every<Parts[Part]>>;

const PAUSE = 1000;
const there = new Set<Part>();
/** What the server does not have any more: it has those of another release now. */
const gone = new Set<Part>();
/** What the page cannot do without. */
const wanted = new Set<Part>();
const loads: { [part in Part]?: Promise<void> } = {};
/** Without these everything works, only not as well. */
const SPARED = /^(navigation|predictions)$/;

async function fetched(part: Part): Promise<void> {
  for (let tries = 1; !there.has(part); tries++) {
    const address = `./${part}.js`;
    try {
      // A browser may take what has failed once for failed for ever, unless it is asked for by another address.
      Object.assign(more, await (import(/* @vite-ignore */ tries > 1 ? `${address}?${tries}` : address) as Promise<object>));
      there.add(part);
    } catch (problem) {
      console.error(problem);
      const { status } = await fetch(new URL(address, import.meta.url)).catch(() => ({ status: 0 }));
      if (status === 404) (SPARED.test(part) ? there : gone).add(part);
      if (there.has(part)) return;
      goOn(part);
      await new Promise((resolve) => {
        setTimeout(resolve, tries * PAUSE);
        addEventListener("online", resolve, { once: true });
      });
    }
  }
}

/** Where a part is wanted that is gone, the page goes on as one of the other release. */
const goOn = (part: Part): unknown => gone.has(part) && wanted.has(part) && renew();

/** Has parts loaded; nothing, when they are there. `ahead`: they may be wanted later. */
export function load(parts: Part[], ahead = false): Promise<unknown> | undefined {
  const missing = parts.filter((part) => !there.has(part));
  for (const part of ahead ? [] : missing) {
    wanted.add(part);
    goOn(part);
  }
  return missing.length ? Promise.all(missing.map((part) => (loads[part] ??= fetched(part)))) : undefined;
}

/** Does something as soon as the parts for it are there: now, or later. */
export function having(parts: Part[], work: () => unknown): void {
  const loading = load(parts);
  if (loading) void loading.then(work);
  else work();
}
