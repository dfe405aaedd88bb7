/** Calls that are not answered, or not well: sent again, given up, told to the person. */

import { type Call, type Deed, end, errorIn, finish, flow, type Reply, setView, show, sync, work } from "./calls";
import { isMap, type WireMap } from "./codec";
import { notify, texts } from "./notices";
import { more } from "./parts";
import { CAUGHT, CHANGED, FAILED, INVALID, SUPERSEDED, WRONG_PROTOCOL } from "./protocol";
import { renew } from "./renewal";
import { QUIET } from "./types";

const TRIES = 10;
const LONGEST_RETRY = 60_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 8000;

/** By what is called: how many calls there had been when the last one was refused. What was done before does not know of it. */
const refused = new WeakMap<Element, number>();
/** Ends the pauses before the next tries. */
const wakes = new Set<() => void>();

export const failed = (): WireMap => ({ c: FAILED, m: texts.failed! });

/** Goes on with what was given up. */
export function resume(): void {
  flow.isStopped = false;
  wakes.forEach((wake) => wake());
  work();
}

/** The person does something that they would miss: nothing stays given up. */
export function goOn({ type }: Deed): void {
  if (!QUIET.test(type)) flow.isStopped = false;
}

/** The person insists: goes on, if it was given up; tells whether it was. */
export function insist(): boolean {
  const wasStopped = flow.isStopped;
  if (wasStopped) resume();
  return wasStopped;
}

/** Sends a call again until there is an answer, which is then returned; null when there is none to be had. */
export async function repeat(call: Call, reply: Reply | null, send: () => Promise<Reply | null>): Promise<Reply | null> {
  for (; (!reply || reply.pause) && call.tries! < TRIES && Date.now() - call.begun! < LONGEST_RETRY; call.tries!++) {
    const pause = reply?.pause ? Math.min(reply.pause * 1000, LONGEST_RETRY / 2) * (1 + Math.random() / 4) : Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (call.tries! - 1)) * (0.75 + Math.random() / 2);
    call.isRetrying = true;
    show();
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        wakes.delete(wake);
        resolve();
      };
      wakes.add(wake);
      setTimeout(wake, pause);
    });
    reply = await send();
  }
  return reply;
}

/** Ends a call that has no answer, or one that is not to be understood; undefined: what it was for is no more. */
export function fail(call: Call, reply?: Reply | null): void {
  const { deed, fallback, joins } = call;
  if (reply === null) {
    flow.isStopped = true;
    return notify(texts.unreachable, true, resume);
  }
  if (!reply) {
    if (!QUIET.test(deed!.type)) notify(texts.changed, false);
    return end(call, { c: CHANGED, m: texts.changed! });
  }
  end(call, failed());
  if (fallback) return setView(fallback);
  joins.forEach((each) => finish(each, false));
  notify();
  // It may have been done: what the page shows can be out of date.
  if (deed && reply.status >= 200 && reply.status < 300) sync();
}

/** Whether a call was made when the person had not seen yet that the one before was refused. */
export const isUnaware = ({ deed, number }: Call): boolean => !!deed && number < refused.get(deed.element)!;

/** Whether the server speaks another version: then the page is loaded anew. */
export function isRenewed(answer: WireMap): boolean {
  const is = errorIn(answer).c === WRONG_PROTOCOL;
  if (is) renew();
  return is;
}

/** Tells what an answer says besides what is shown. */
export function tell({ deed, isSuperseded, reply }: Call): void {
  const { status, answer } = reply!;
  const { c: code, m: message, f: wrong, t: trace } = errorIn(answer);
  const isSync = "r" in answer;
  if (deed && !isSuperseded) {
    if (status >= 300 || code) {
      refused.set(deed.element, flow.made);
      deed.putBack?.();
    }
    if (code === INVALID && isMap(wrong)) more.focusWrong?.(deed.form, Object.keys(wrong));
  }
  const isTold = code && code !== SUPERSEDED && code !== CAUGHT && !isSuperseded && (code !== INVALID || (!isSync && !("d" in answer) && !deed?.end));
  if (answer.n) notify(answer.n as string, false);
  // A script that waits says itself what is wrong with its data.
  else if (isTold) notify(message as string | undefined, !isSync && code !== CHANGED);
  if (trace) void import("./overlay").then(({ show }) => show(trace));
}

addEventListener("online", resume);
