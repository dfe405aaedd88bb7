/** What was entered, while the page is loaded anew. */

import { entered, type Entry, reenter } from "./entries";

const ENTRIES = "reactor-entries";

/** Keeps it. */
export const keepEntries = (): void => sessionStorage.setItem(ENTRIES, JSON.stringify([location.pathname, entered()]));

/** Puts back what was entered before the page was loaded anew. */
export function restoreEntries(): void {
  try {
    const [address, entries] = JSON.parse(sessionStorage.getItem(ENTRIES)!) as [string, Entry[]];
    sessionStorage.removeItem(ENTRIES);
    if (address === location.pathname) reenter(entries);
  } catch {
    // There is nothing.
  }
}
