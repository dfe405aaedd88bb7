/** The person comes back to a page through the history. */

import { setView, sync, type View, view } from "./calls";

/** Shows the page as it was left here; false when they have not come back. */
export function comeBack(): boolean {
  const [navigation] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  const left = navigation?.type === "back_forward" && (history.state as { reactor?: View } | null)?.reactor;
  if (!left || !left.id) return false;
  const served = view;
  setView({ id: left.id, version: left.version, sealed: left.sealed, address: location.href });
  sync(served);
  return true;
}
