/** The server speaks another version than this script: the page is loaded anew, once. */

import { more } from "./parts";

const RELOADED = "reactor-reloaded";
/** Shorter after a reload another one would not help. */
const AGAIN = 60_000;

/** Loads the page anew, with what was entered, unless that has just been done. */
export function renew(): void {
  try {
    if (Date.now() - Number(sessionStorage.getItem(RELOADED)) < AGAIN) return;
    sessionStorage.setItem(RELOADED, String(Date.now()));
    more.keepEntries?.();
  } catch {
    // Nothing can be kept here: then a loop could not be told, either.
    return;
  }
  location.reload();
}
