/** Pages are asked for when the person turns to a link, so that they are there with the click. */

import { ask, isOurs, targetOf } from "./addresses";
import type { WireMap } from "./codec";

const PAUSE = 65;
const AGE = 30_000;
const MOST_AT_ONCE = 4;
const MOST_KEPT = 20;

const ahead = new Map<string, [since: number, page: Promise<WireMap | null>]>();
let under = 0;
let timer: ReturnType<typeof setTimeout> | undefined;
/** Counts what the person turns to and goes for: what is asked for meanwhile is not asked for ahead, too. */
let turns = 0;

const keyOf = ({ pathname, search }: URL): string => pathname + search;

/** The page at an address, if it was asked for; once. */
export function takeAhead(url: URL): Promise<WireMap | null> | undefined {
  clearTimeout(timer);
  turns++;
  const [since, page] = ahead.get(keyOf(url)) ?? [0];
  ahead.delete(keyOf(url));
  return Date.now() - since < AGE ? page : undefined;
}

/** Something was done that may change every page. */
export const forgetAhead = (): void => ahead.clear();

async function prefetch(url: URL): Promise<void> {
  const mine = ++turns;
  if (!(await isOurs(url, true)) || mine !== turns) return;
  for (const [name, [since]] of ahead) if (Date.now() - since >= AGE) ahead.delete(name);
  if (ahead.has(keyOf(url)) || under >= MOST_AT_ONCE) return;
  if (ahead.size >= MOST_KEPT) ahead.delete(ahead.keys().next().value!);
  under++;
  // What must not be asked for ahead can tell by the header.
  ahead.set(keyOf(url), [Date.now(), ask(url, null, undefined, { Purpose: "prefetch" }).finally(() => under--)]);
}

/** Begins to look where the person turns to. */
export function startPrefetching(): void {
  const turn = (event: Event, pause: number): void => {
    clearTimeout(timer);
    const { saveData, effectiveType } = (navigator as { connection?: { saveData?: boolean; effectiveType?: string } }).connection ?? {};
    if (saveData || /2g/.test(effectiveType ?? "")) return;
    const url = targetOf(event);
    if (url && url.href !== location.href && !(event.target as Element).closest('[data-prefetch="false"]')) timer = setTimeout(() => void prefetch(url), pause);
  };
  addEventListener("pointerover", (event) => event.pointerType === "mouse" && turn(event, PAUSE), { passive: true });
  addEventListener("pointerdown", (event) => turn(event, 0), { passive: true });
  addEventListener("focusin", (event) => turn(event, PAUSE));
}
