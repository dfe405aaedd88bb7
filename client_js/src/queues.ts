/** In which order calls go, and how an answer goes with what the page shows by then. */

import type { Wire } from "./codec";
import { QUEUES, SEEN_SIZE } from "./protocol";

/** The number of the queue that a mark names. */
export const queueOf = (mark: Wire): number =>
  mark instanceof Uint8Array ? mark.slice(SEEN_SIZE).reduce((number, byte) => number * 256 + byte, 0) : Math.floor((mark as number) / QUEUES);

/** What the person saw, by a mark. */
export const seenIn = (mark: Wire): string => String(mark instanceof Uint8Array ? mark.slice(0, SEEN_SIZE) : (mark as number) % QUEUES);

/** The sealed states of the versions that were told while calls were under way. */
export const states = new Map<number, Uint8Array | null>();
