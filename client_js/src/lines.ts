/** Whether the page listens to what the server says unasked. */

import { calls, served, sync, tree, view } from "./calls";
import { decode, encode, type Wire, type WireMap } from "./codec";
import { Line } from "./line";
import { having, load, more } from "./parts";
import { PROTOCOL } from "./protocol";
import { SMALL_STATE } from "./types";

let line: Line | undefined;
/** The state of the page when its position was told last. */
let told: Uint8Array | null = null;
/** Where the page of now listens, and the seconds between two signs of life. */
let live: [address: string, beat: number] | undefined;

const show = (isUp: boolean): void => {
  document.documentElement.dataset.reactorLive = isUp ? "up" : "down";
  tree.settle();
};

/** How far the page has come. A large state is told only when it is asked for. */
function position(withState: boolean): WireMap {
  const { id, version, sealed, address } = view;
  told = sealed;
  return {
    p: PROTOCOL,
    i: id,
    v: version,
    s: withState || (sealed?.length ?? 0) <= SMALL_STATE ? sealed! : undefined!,
    a: address.split("#")[0]!.slice(location.origin.length),
    // What the page has read, for a server that does not hold it.
    k: more.readsNow?.() ?? ((served.k ?? []) as Wire[]),
    u: calls.filter(({ message }) => message).map(({ id }) => id),
  };
}

/** The page of now listens, or it does not. */
export function listen(wanted: Wire | undefined): void {
  live = Array.isArray(wanted) ? (wanted as [string, number]) : undefined;
  if (!live) return line?.close();
  if (line) return line.tell();
  show(false);
  line = new Line(
    live[0],
    {
      position,
      path: () => new URL(view.address, location.href).pathname,
      receive(frame, isAnswer) {
        const base = isAnswer ? told : undefined;
        const of = view;
        having(["recovery"], () => more.receive!(frame, base, of));
      },
      sync,
      show,
      encode,
      decode,
      async readFrames(...given) {
        await load(["streams"]);
        return more.readFrames!(...given);
      },
    },
    live[1],
  );
}

/** Something is missing before what came unasked. */
export const missed = (): void => (line && live ? line.missed() : sync());

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
