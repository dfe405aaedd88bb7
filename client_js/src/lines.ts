/** Whether the page listens to what the server says unasked; the line itself is loaded when it is first needed. */

import { bare } from "./addresses";
import { idsUnderWay, positionOf, receive, sync, viewNow, watchMissed } from "./calls";
import { decode, encode, type Wire, type WireMap } from "./codec";
import { readFrames } from "./frames";
import type { Line } from "./line";
import { PROTOCOL } from "./protocol";
import { setConnected } from "./symbols";

let line: Line | undefined;
let isLoading = false;
/** How often the position was told, and the state of the page when that was last. */
let asks = 0;
let told: Uint8Array | null = null;
/** Where the page of now listens, the script that does so, and the seconds between two signs of life. */
let live: [address: string, script: string, beat: number] | undefined;
let settle = (): void => {};
/** What the page has read, for a server that does not hold it. */
let reads = (): string[] => [];

const show = (isUp: boolean): void => {
  document.documentElement.dataset.reactorLive = isUp ? "up" : "down";
  setConnected(isUp);
  settle();
};

/** Begins. `shown`: shows what depends on the line. */
export function startLines(shown: () => void, read: () => string[]): void {
  settle = shown;
  reads = read;
  watchMissed(() => (line && live ? line.missed() : sync()));
}

/** The page of now listens, or it does not. */
export function listen(wanted: Wire | undefined): void {
  live = Array.isArray(wanted) ? (wanted as [string, string, number]) : undefined;
  if (!live) return line?.close();
  if (line) return line.tell();
  if (isLoading) return;
  isLoading = true;
  const [address, script, beat] = live;
  show(false);
  void import(/* @vite-ignore */ script).then((module: { Line: typeof Line }) => {
    line = new module.Line(address, {
      position: (withState) => ((told = viewNow().sealed), { p: PROTOCOL, c: ++asks, ...positionOf(withState), a: bare(viewNow().address).slice(location.origin.length), k: reads(), u: idsUnderWay() }),
      path: () => new URL(viewNow().address, location.href).pathname,
      // An answer to what was told before goes on from another state.
      receive: (frame) => receive(frame, frame.q && frame.c === asks ? told : undefined),
      sync,
      show,
      encode,
      decode,
      readFrames,
    }, beat);
    if (!live) line.close();
  }, console.error);
}

/** Where the page of now listens, to be told to `listen` when it is shown again. */
export const listensNow = (): Wire | undefined => live;

/** Hears of the answers to calls. */
export function noteAnswer(answer: WireMap, isLeft: boolean): void {
  if (isLeft) return;
  if (Array.isArray(answer.q)) listen(answer.q);
  // It is told by another process, perhaps.
  else if ("r" in answer && !answer.q) line?.tell();
  else if (live) line?.revive();
}

/** Cookies have changed: the line was opened with others. */
export const renewLine = (): void => line?.renew();
