/** In which order calls go, and how an answer goes with what the page shows by then. */

import type { Wire, WireMap } from "./codec";
import { QUEUES, SEEN_SIZE } from "./protocol";

/** The number of the queue that a mark names. */
export const queueOf = (mark: Wire): number =>
  mark instanceof Uint8Array ? mark.slice(SEEN_SIZE).reduce((number, byte) => number * 256 + byte, 0) : Math.floor((mark as number) / QUEUES);

/** What the person saw, by a mark. */
export const seenIn = (mark: Wire): string => String(mark instanceof Uint8Array ? mark.slice(0, SEEN_SIZE) : (mark as number) % QUEUES);

/** The sealed states of the versions that were told while calls were under way. */
const states = new Map<number, Uint8Array | null>();
/** Versions of one lineage count up; others begin anywhere. */
export const NEAR = 32;
/** The bytes that those states may take. */
const MOST = 4_000_000;

/** Notes the state of a version. */
export function noteState(version: number, sealed: Uint8Array | null): void {
  states.set(version, sealed);
  if (states.size * (sealed?.length ?? 0) > MOST) states.delete(states.keys().next().value!);
}

/** Nothing is under way any more that may have begun before. */
export const forgetStates = (): void => states.clear();

/**
 * The state that an answer's version was made from. Of versions in between that were not told their calls have no answer
 * yet, so that nothing else can have become of what they did.
 */
export function stateBefore({ b, v }: WireMap): Uint8Array | null | undefined {
  const before = (b ?? (v as number) - 1) as number;
  for (let version = before; version > before - NEAR; version--) if (states.has(version)) return states.get(version);
  return undefined;
}
