/** Calls whose page is left: they go on by themselves, and nothing of them is shown. */

import { type Call, calls, type Deed, errorIn, note, notify, remove, type Reply, settle, setView, told, type View, work } from "./calls";
import { more } from "./parts";
import { SUPERSEDED } from "./protocol";
import { states } from "./queues";
import { QUIET } from "./types";

/** Another page is shown in place of this one. Calls of the one before go on by themselves; nothing of them is shown. */
export function enter(next: View, draw: () => void): void {
  setView(next);
  more.forgetWishes?.();
  states.clear();
  for (const call of [...calls]) {
    const { deed, reply } = call;
    if (!deed) calls.splice(calls.indexOf(call), 1);
    else if (reply) conclude(call, reply);
    else {
      call.abort?.();
      const at = deed.address();
      const mark = deed.mark();
      Object.assign(deed, { address: () => at, mark: () => mark, source: () => undefined, layer: undefined } satisfies Partial<Deed>);
    }
  }
  note();
  draw();
  work();
}

/** Ends a call whose page was left: who waits for it is told, and the person of what went wrong. */
export function conclude(call: Call, { answer }: Reply): void {
  const { view, deed, isSuperseded } = call;
  const { c: code, m: message } = answer ? errorIn(answer) : more.failed!();
  if (answer && ("b" in answer ? answer.b === view.version : "r" in answer && call.base === view.sealed)) {
    view.version = answer.v as number;
    if (answer.s instanceof Uint8Array) view.sealed = answer.s;
  }
  remove(call);
  settle();
  if (code && code !== SUPERSEDED && !isSuperseded && !QUIET.test(deed!.type) && !deed!.end) notify(message as string | undefined);
  deed!.end?.(code ? errorIn(answer) : null, answer?.x);
  if (answer) told(answer, true, true);
}
