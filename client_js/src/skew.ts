/** The server speaks another version than this script: the page is loaded anew, once, with what was entered. */

import { entered, type Entry, reenter } from "./entries";

const RELOADED = "reactor-reloaded";
const ENTRIES = "reactor-entries";
/** Shorter after a reload another one would not help. */
const AGAIN = 60_000;

/** Loads the page anew, unless that has just been done. */
export function renew(): void {
  try {
    if (Date.now() - Number(sessionStorage.getItem(RELOADED)) < AGAIN) return;
    sessionStorage.setItem(RELOADED, String(Date.now()));
    sessionStorage.setItem(ENTRIES, JSON.stringify([location.pathname, entered()]));
  } catch {
    // Nothing can be kept here: then a loop could not be told, either.
    return;
  }
  location.reload();
}

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
